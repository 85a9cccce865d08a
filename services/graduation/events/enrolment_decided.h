// The ministry decided on a nomination: with PKH a case begins.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_DECIDED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_DECIDED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

// Everything about the case is counted from starts_on. A family that enrols again gets a new case; the old one stays as it ended.
struct OnEnrolmentDecided {
  using Message = registry::v1::EnrolmentDecided;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_DECIDED_H_
