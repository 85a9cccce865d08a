// An officer of the ministry confirms an open or held proposal.
#ifndef BERDAYA_SERVICES_GRADUATION_COMMANDS_CONFIRM_GRADUATION_H_
#define BERDAYA_SERVICES_GRADUATION_COMMANDS_CONFIRM_GRADUATION_H_

#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

// The caller, who is of the whole nation, decides on the case's own day. The same letter again gives the case as it stands.
struct ConfirmGraduation {
  using Message = v1::ConfirmGraduationRequest;
  using Response = v1::ConfirmGraduationResponse;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_COMMANDS_CONFIRM_GRADUATION_H_
