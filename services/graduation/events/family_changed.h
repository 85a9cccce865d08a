// A family has changed: members, card or village. Its components may have, and where it lives.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_FAMILY_CHANGED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_FAMILY_CHANGED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

struct OnFamilyChanged {
  using Message = registry::v1::FamilyChanged;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_FAMILY_CHANGED_H_
