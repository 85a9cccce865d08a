// An MoU was signed: it is recorded, and takes the families that wait in its area. Natural key: mou_number.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_SIGN_MOU_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_SIGN_MOU_H_

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::mentoring {

// A caller records MoUs for areas inside its own region. An MoU recorded before its signed_on, which happens where this service's
// day is behind the caller's, begins to take families on that day. Where more wait than one transaction takes, the sweep goes on
// (sweeps/take_due_lines.h). The same MoU again changes nothing; another one under the same number is AlreadyExists.
struct SignMou {
  using Message = enterprise_mentoring::v1::SignMouRequest;
  using Response = enterprise_mentoring::v1::SignMouResponse;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_SIGN_MOU_H_
