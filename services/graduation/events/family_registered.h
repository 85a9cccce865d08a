// A family is known from now on. There is nothing to decide; its facts are followed from the first.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_FAMILY_REGISTERED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_FAMILY_REGISTERED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

struct OnFamilyRegistered {
  using Message = registry::v1::FamilyRegistered;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_FAMILY_REGISTERED_H_
