// The field reports what the dinas decided on a proposal.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_DECISION_REPORTED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_DECISION_REPORTED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

struct OnGraduationDecisionReported {
  using Message = registry::v1::GraduationDecisionReported;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_DECISION_REPORTED_H_
