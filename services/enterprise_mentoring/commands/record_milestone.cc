#include "services/enterprise_mentoring/commands/record_milestone.h"

#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/enterprise_mentoring/commands/known_case.h"
#include "services/enterprise_mentoring/events/facts.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

void RecordMilestone::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) { WantCase(m.case_id(), keys); }

absl::StatusOr<flow::Outcome> RecordMilestone::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  if (m.milestone() == v1::MILESTONE_UNSPECIFIED || !v1::Milestone_IsValid(m.milestone())) {
    return Invalid("milestone_missing", "milestone", "say which milestone was reached");
  }
  const absl::StatusOr<const CaseRow*> known = FindCase(m.case_id(), origin, view);
  if (!known.ok()) return known.status();
  if (absl::Status s = CheckHasPartner(**known); !s.ok()) return s;
  const absl::StatusOr<calendar::Day> reached_on = PastDay(m.reached_on(), "reached_on", origin);
  if (!reached_on.ok()) return reached_on.status();
  if (absl::Status s = CheckUnderMou(**known, *reached_on, "reached_on", view); !s.ok()) return s;

  CaseRow row = **known;
  flow::Outcome out = flow::Outcome::Done();
  if (!row.milestones.Has(m.milestone())) {
    row.milestones.Add(m.milestone());
    v1::MilestoneReached fact;
    NextFact(row, origin.day, *fact.mutable_info());
    fact.set_case_id(row.case_id);
    fact.set_milestone(m.milestone());
    calendar::ToProto(*reached_on, *fact.mutable_reached_on());
    out.Publish(row.family_id, fact);
    out.Put(MilestoneRow{row.case_id, m.milestone(), *reached_on, origin.day});
    out.Put(CaseRow(row));
  }
  Response response;
  FillCase(row, *response.mutable_case_());
  out.Answer(std::move(response));
  return out;
}

}  // namespace berdaya::mentoring
