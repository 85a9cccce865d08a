// The ministry records what it decided on nominations: up to 1,000 rows a command, a result for each, each decision once.
#ifndef BERDAYA_SERVICES_REGISTRY_COMMANDS_RECORD_ENROLMENT_DECISIONS_H_
#define BERDAYA_SERVICES_REGISTRY_COMMANDS_RECORD_ENROLMENT_DECISIONS_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/registry_service.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

// The ministry enrols: only a caller of the whole nation may. Refuses a row, never the whole command, unless the command itself is
// malformed.
struct RecordEnrolmentDecisions {
  using Message = v1::RecordEnrolmentDecisionsRequest;
  using Response = v1::RecordEnrolmentDecisionsResponse;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_COMMANDS_RECORD_ENROLMENT_DECISIONS_H_
