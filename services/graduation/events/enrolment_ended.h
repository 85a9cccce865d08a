// A family no longer takes part in a programme.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_ENDED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_ENDED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

// After a graduation this is only the registry's echo of it. A case that is still open ends here, and that is no graduation.
struct OnEnrolmentEnded {
  using Message = registry::v1::EnrolmentEnded;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_ENDED_H_
