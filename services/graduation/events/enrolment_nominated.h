// A family is nominated for a programme. Nothing to decide before the ministry has; only the version moves.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_NOMINATED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_NOMINATED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

struct OnEnrolmentNominated {
  using Message = registry::v1::EnrolmentNominated;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_ENROLMENT_NOMINATED_H_
