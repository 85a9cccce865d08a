#include "services/graduation/commands/confirm_graduation.h"

#include <utility>

#include "common/status/status.h"
#include "common/text/text.h"
#include "services/graduation/domain/case_message.h"
#include "services/graduation/env.h"
#include "services/graduation/events/deciding.h"
#include "services/graduation/events/facts.h"

namespace berdaya::graduation {
namespace {

constexpr size_t kMaxLetter = 64;

absl::Status WhyNot(const Reply& reply) {
  if (reply.code == "same_officer")
    return Refused(reply.code, "", "who recommended the graduation may not confirm it; ask another officer");
  return Refused(reply.code, reply.field, "the case does not wait for a decision");
}

}  // namespace

void ConfirmGraduation::Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys) {
  keys.Want<CaseRow>(m.case_id());
  WantDecision(m.case_id(), type::v1::GRADUATION_VERDICT_CONFIRM, m.letter_number(), origin.principal->name, keys);
}

absl::StatusOr<flow::Outcome> ConfirmGraduation::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  if (!IsPlainText(m.letter_number(), 1, kMaxLetter)) {
    return Invalid("letter_number_invalid", "letter_number", "a letter number has 1 to 64 characters");
  }
  if (origin.principal->region != 0) {
    return WithReason(absl::PermissionDeniedError("the ministry confirms here: the caller's region has to be the nation"),
                      "national_only");
  }
  const CaseRow* known = view.Find<CaseRow>(m.case_id());
  if (known == nullptr) {
    return WithReason(absl::NotFoundError("no such case"), "case_unknown", "case_id");
  }
  const calendar::Day day = view.DayOf(known->partition);
  if (day.empty()) return Refused("no_day", "", "no day has been opened yet; the day scheduler opens the first");
  CaseRow next = *known;
  Moves moves;
  Advance(next, day, view.env<Env>().rules, moves);
  const Decision decision{type::v1::GRADUATION_VERDICT_CONFIRM, origin.principal->name, day, m.letter_number()};
  DecisionRow kept;
  const Reply reply = DecideOnce(next, decision, day, view, moves, kept);
  if (!reply.code.empty()) return WhyNot(reply);

  flow::Outcome out = flow::Outcome::Done();
  Response response;
  FillCase(next, *response.mutable_case_());
  out.Answer(std::move(response));
  PublishMoves(next, moves, out);
  if (reply.changed()) out.Put(std::move(kept));
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::graduation
