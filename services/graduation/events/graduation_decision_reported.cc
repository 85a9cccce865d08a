#include "services/graduation/events/graduation_decision_reported.h"

#include <optional>
#include <utility>

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/graduation/events/deciding.h"
#include "services/graduation/events/followed_family.h"

namespace berdaya::graduation {

void OnGraduationDecisionReported::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  WantFamily(m.info(), keys);
  WantDecision(m.case_id(), m.verdict(), m.letter_number(), m.decided_by(), keys);
}

absl::StatusOr<flow::Outcome> OnGraduationDecisionReported::Decide(const Message& m, const flow::Origin& origin,
                                                                   const flow::View& view) {
  absl::StatusOr<std::optional<FollowedFamily>> family = FollowedFamily::At(m.info(), origin, view);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return flow::Outcome::Done();  // seen before
  FollowedFamily& f = **family;
  const absl::StatusOr<calendar::Day> decided_on = calendar::FromProto(m.decided_on(), "decided_on");
  if (!decided_on.ok()) return WithReason(decided_on.status(), "decided_on_invalid", "decided_on");
  if (!f.was_in_pkh()) return std::move(f).Answer(m.report(), Reply::Rejected("not_in_pkh", "local_family_ref"));
  if (m.case_id() != f.pkh().case_id) return std::move(f).Answer(m.report(), Reply::Rejected("case_unknown", "case_id"));
  const Decision decision{m.verdict(), m.decided_by(), *decided_on, m.letter_number()};
  DecisionRow kept;
  const Reply reply = DecideOnce(f.pkh(), decision, f.day(), view, f.moves(), kept);
  flow::Outcome out = std::move(f).Answer(m.report(), reply);
  if (reply.changed()) out.Put(std::move(kept));
  return out;
}

}  // namespace berdaya::graduation
