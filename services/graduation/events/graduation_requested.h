// The field says that a family asks to leave PKH.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_REQUESTED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_REQUESTED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

// The request is kept with the case and shown in explanations; what follows from it is a recommendation by a pendamping.
struct OnGraduationRequested {
  using Message = registry::v1::GraduationRequested;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_REQUESTED_H_
