// A mentor held a session with a family. Natural key: case, day.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_RECORD_SESSION_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_RECORD_SESSION_H_

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::mentoring {

// The first session recorded makes the case a mentored one. Sessions may be recorded in any order: count and earliest day end
// alike. A session before the MoU was signed is refused: it would have had no basis.
struct RecordSession {
  using Message = enterprise_mentoring::v1::RecordSessionRequest;
  using Response = enterprise_mentoring::v1::RecordSessionResponse;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_RECORD_SESSION_H_
