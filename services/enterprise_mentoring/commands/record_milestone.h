// An enterprise reached a milestone; the first is that personal and business money are kept apart. Natural key: case, milestone.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_RECORD_MILESTONE_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_RECORD_MILESTONE_H_

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::mentoring {

// Milestones come in any order: an enterprise may sell before it keeps books. A milestone reached stays reached.
struct RecordMilestone {
  using Message = enterprise_mentoring::v1::RecordMilestoneRequest;
  using Response = enterprise_mentoring::v1::RecordMilestoneResponse;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_RECORD_MILESTONE_H_
