#include "services/registry/events/graduation_decided.h"

#include <utility>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "common/text/text.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/sweeps/review_components.h"

namespace berdaya::registry {
namespace {

constexpr size_t kMaxLetter = 64;
constexpr size_t kMaxReason = 500;

absl::Status CheckVerdict(const province::v1::GraduationDecided& m) {
  if (m.verdict() == type::v1::GRADUATION_VERDICT_UNSPECIFIED || !type::v1::GraduationVerdict_IsValid(m.verdict())) {
    return Invalid("verdict_missing", "verdict", "say confirm, hold or return");
  }
  if (!IsPlainText(m.letter_number(), 1, kMaxLetter)) {
    return Invalid("letter_number_invalid", "letter_number", "a letter number has 1 to 64 characters");
  }
  const bool needs_reason = m.verdict() != type::v1::GRADUATION_VERDICT_CONFIRM;
  if (!HasCharacters(m.reason(), 0, kMaxReason) || (needs_reason && m.reason().empty())) {
    return Invalid("reason_invalid", "reason", "to hold or to return needs a reason of at most 500 characters");
  }
  return absl::OkStatus();
}

}  // namespace

void OnGraduationDecided::Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys) {
  WantHanded(m.info(), m.local_family_ref(), origin, keys);
}

absl::StatusOr<flow::Outcome> OnGraduationDecided::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const absl::StatusOr<KnownFamily> known = FindFamilyInPkh(m.info(), m.local_family_ref(), origin, view);
  if (!known.ok()) return known.status();
  if (known->info.office.level() != region::Level::kRegency) {
    return Invalid("office_may_not_decide", "info.office", "the dinas of the family's regency or city decides");
  }
  if (absl::Status s = CheckVerdict(m); !s.ok()) return s;
  if (auto earlier = AnswerRepeat(origin, m.info(), *known->family, view)) return *std::move(earlier);
  flow::Outcome out = flow::Outcome::Deferred(known->family->family_id);
  FamilyRow next = AdvanceTo(origin.RecordedDay(), *known->family, view, out);
  ++next.version;
  v1::GraduationDecisionReported fact;
  FillInfo(next, origin.RecordedDay(), *fact.mutable_info());
  Await(origin, m.info(), next, *fact.mutable_report(), out, m.reason());
  fact.set_case_id(m.case_id());
  fact.set_verdict(m.verdict());
  fact.set_decided_by(m.info().officer_ref());
  calendar::ToProto(known->info.occurred_on, *fact.mutable_decided_on());
  fact.set_letter_number(m.letter_number());
  out.Publish(next.family_id, fact);
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::registry
