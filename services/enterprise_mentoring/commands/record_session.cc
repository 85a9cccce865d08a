#include "services/enterprise_mentoring/commands/record_session.h"

#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "common/text/text.h"
#include "services/enterprise_mentoring/commands/known_case.h"
#include "services/enterprise_mentoring/events/facts.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {
namespace {

constexpr size_t kMaxMentorRef = 64;
constexpr size_t kMaxTopic = 200;

void Hold(const RecordSession::Message& m, calendar::Day held_on, const flow::Origin& origin, CaseRow& row, flow::Outcome& out) {
  const bool first = row.sessions == 0;
  ++row.sessions;
  row.stage = v1::CASE_STAGE_MENTORED;
  if (first || held_on < row.first_session_on) row.first_session_on = held_on;
  v1::SessionHeld fact;
  NextFact(row, origin.day, *fact.mutable_info());
  fact.set_case_id(row.case_id);
  calendar::ToProto(held_on, *fact.mutable_held_on());
  fact.set_first(first);
  calendar::ToProto(row.first_session_on, *fact.mutable_first_session_on());
  fact.set_mentor_ref(m.mentor_ref());
  out.Publish(row.family_id, fact);
  out.Put(SessionRow{row.case_id, held_on, m.mentor_ref(), m.topic(), origin.day});
  out.Put(CaseRow(row));
}

}  // namespace

void RecordSession::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  WantCase(m.case_id(), keys);
  if (const auto day = calendar::FromProto(m.held_on()); day.ok()) keys.Want<SessionRow>({m.case_id(), *day});
}

absl::StatusOr<flow::Outcome> RecordSession::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  if (!IsPlainText(m.mentor_ref(), 1, kMaxMentorRef)) {
    return Invalid("mentor_ref_invalid", "mentor_ref", "say who mentored, by the partner's own reference of 1 to 64 characters");
  }
  if (!IsPlainText(m.topic(), 0, kMaxTopic)) return Invalid("topic_invalid", "topic", "a topic has at most 200 characters");
  const absl::StatusOr<const CaseRow*> known = FindCase(m.case_id(), origin, view);
  if (!known.ok()) return known.status();
  if (absl::Status s = CheckHasPartner(**known); !s.ok()) return s;
  const absl::StatusOr<calendar::Day> held_on = PastDay(m.held_on(), "held_on", origin);
  if (!held_on.ok()) return held_on.status();

  CaseRow row = **known;
  flow::Outcome out = flow::Outcome::Done();
  if (view.Find<SessionRow>({row.case_id, *held_on}) == nullptr) {
    if (absl::Status s = CheckUnderMou(row, *held_on, "held_on", view); !s.ok()) return s;
    Hold(m, *held_on, origin, row, out);
  }
  Response response;
  FillCase(row, *response.mutable_case_());
  out.Answer(std::move(response));
  return out;
}

}  // namespace berdaya::mentoring
