#include "services/graduation/domain/life.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;

// Moves the case if the table of transitions lets it.
bool Take(Case& c, Action action) {
  const Transition next = Next(c.state, action);
  if (next.allowed()) c.state = next.to;
  return next.allowed();
}

CaseFact& Tell(CaseFact::What what, Case& c, Day day, Moves& moves) {
  ++c.version;
  CaseFact& fact = moves.facts.emplace_back();
  fact.what = what;
  fact.version = c.version;
  fact.day = day;
  fact.village = c.village;
  return fact;
}

void Propose(Case& c, type::v1::GraduationKind kind, const Rules& rules, Day day, Moves& moves) {
  c.kind = kind;
  c.rule_version = rules.version;
  CaseFact& fact = Tell(CaseFact::What::kProposed, c, day, moves);
  fact.kind = kind;
  fact.rule_version = rules.version;
  fact.officer = c.recommended_by;
  c.proposal_version = c.version;
  c.proposed_on = day;
  moves.proposals.push_back(
      {c.case_id, c.version, day, kind, rules.version, c.enrolled_on, c.ends_on, c.components, c.requested_on, c.recommended_by});
}

void Withdraw(Case& c, v1::WithdrawalCause cause, Day day, Moves& moves) {
  Tell(CaseFact::What::kWithdrawn, c, day, moves).cause = cause;
  c.kind = type::v1::GRADUATION_KIND_UNSPECIFIED;
  c.rule_version.clear();
}

bool NaturalHolds(const Case& c, const Rules& rules) {
  return rules.Applies(v1::CRITERION_KIND_NOBODY_ELIGIBLE) && c.components.NobodyEligible();
}

bool TimeLimitHolds(const Case& c, Day day, const Rules& rules) {
  return rules.Applies(v1::CRITERION_KIND_YEARS_IN_PROGRAMME) && day > c.ends_on;
}

// A recommendation stands until a person has returned a proposal beside it.
bool RecommendationHolds(const Case& c, const Rules& rules) {
  return rules.Applies(v1::CRITERION_KIND_RECOMMENDED) && !c.recommended_by.empty();
}

// The first day after `day` on which time alone does something to the case.
Day NextDue(const Case& c, Day day, const RuleBook& book) {
  if (!IsOpen(c.state)) return {};
  const Rules& rules = book.On(day);
  Day due = book.NextChange(day);
  const auto consider = [&](Day candidate) {
    if (candidate > day && (due.empty() || candidate < due)) due = candidate;
  };
  const Day over_on = c.ends_on + 1;
  for (const int months : rules.warn_months) consider(WarnOn(over_on, months));
  if (c.state != v1::CASE_STATE_FOLLOWED) return due;
  if (rules.Applies(v1::CRITERION_KIND_YEARS_IN_PROGRAMME)) consider(over_on);
  if (NaturalHolds(c, rules)) consider(c.natural_not_before);
  return due;
}

// What the rules make of the case on a day. Doing it twice on a day does nothing the second time.
void Evaluate(Case& c, Day day, const RuleBook& book, Moves& moves) {
  const Rules& rules = book.On(day);
  c.ends_on = OverOn(c.enrolled_on, rules) - 1;
  if (RecommendationHolds(c, rules) && Take(c, Action::kPropose)) {
    Propose(c, type::v1::GRADUATION_KIND_SELF_RELIANT, rules, day, moves);
  } else if (NaturalHolds(c, rules) && day >= c.natural_not_before && Take(c, Action::kPropose)) {
    Propose(c, type::v1::GRADUATION_KIND_NATURAL, rules, day, moves);
  } else if (TimeLimitHolds(c, day, rules) && Take(c, Action::kPropose)) {
    Propose(c, type::v1::GRADUATION_KIND_TIME_LIMIT, rules, day, moves);
  }
  c.due_on = NextDue(c, day, book);
}

// Warns where the day is the first of the last so many months.
void Warn(Case& c, Day day, const RuleBook& book, Moves& moves) {
  const Rules& rules = book.On(day);
  const Day over_on = OverOn(c.enrolled_on, rules);
  for (const int months : rules.warn_months) {
    if (WarnOn(over_on, months) != day || !Take(c, Action::kWarn)) continue;
    c.warned_months = months;
    CaseFact& fact = Tell(CaseFact::What::kWarned, c, day, moves);
    fact.months_left = months;
    fact.ends_on = over_on - 1;
  }
}

void Graduate(Case& c, Day day, Moves& moves) {
  CaseFact& confirmed = Tell(CaseFact::What::kConfirmed, c, day, moves);
  confirmed.kind = c.kind;
  confirmed.rule_version = c.rule_version;
  confirmed.officer = c.decided_by;
  c.graduated_on = day + 1;
  CaseFact& graduated = Tell(CaseFact::What::kGraduated, c, day, moves);
  graduated.kind = c.kind;
  graduated.rule_version = c.rule_version;
}

void Return(Case& c, Day day, const RuleBook& book, Moves& moves) {
  const Rules& rules = book.On(day);
  if (c.kind == type::v1::GRADUATION_KIND_NATURAL || NaturalHolds(c, rules)) c.natural_not_before = day + rules.reproposal_days;
  Withdraw(c, v1::WITHDRAWAL_CAUSE_RETURNED, day, moves);
  c.recommended_by.clear();
  Evaluate(c, day, book, moves);
}

Action ActionOf(type::v1::GraduationVerdict verdict) {
  if (verdict == type::v1::GRADUATION_VERDICT_CONFIRM) return Action::kConfirm;
  return verdict == type::v1::GRADUATION_VERDICT_HOLD ? Action::kHold : Action::kReturn;
}

}  // namespace

void Advance(Case& c, Day day, const RuleBook& book, Moves& moves) {
  while (!c.due_on.empty() && c.due_on <= day) {
    const Day due = c.due_on;
    Warn(c, due, book, moves);
    Evaluate(c, due, book, moves);
  }
}

void Open(Case& c, Day day, const RuleBook& book, Moves& moves) {
  if (!Take(c, Action::kOpen)) return;
  Tell(CaseFact::What::kOpened, c, day, moves);
  Warn(c, day, book, moves);
  Evaluate(c, day, book, moves);
}

void Recount(Case& c, const Components& components, Day day, const RuleBook& book, Moves& moves) {
  if (!IsOpen(c.state)) return;
  c.components = components;
  if (c.kind == type::v1::GRADUATION_KIND_NATURAL && !components.NobodyEligible() && Take(c, Action::kWithdraw)) {
    Withdraw(c, v1::WITHDRAWAL_CAUSE_ELIGIBLE_AGAIN, day, moves);
  }
  Evaluate(c, day, book, moves);
}

void End(Case& c, Day ended_on, Day day, Moves& moves) {
  if (!Take(c, Action::kEnd)) return;
  c.ended_on = ended_on;
  c.due_on = {};
  Tell(CaseFact::What::kEnded, c, day, moves);
}

Reply Request(Case& c, Day requested_on) {
  if (c.requested_on == requested_on) return Reply::Unchanged();  // a late repeat too, when the case is closed
  const Transition next = Next(c.state, Action::kRequest);
  if (!next.allowed()) return Reply::Rejected(next.refusal, "local_family_ref");
  if (!c.requested_on.empty()) return Reply::Unchanged();
  c.requested_on = requested_on;
  return Reply::Changed();
}

Reply Recommend(Case& c, const std::string& officer, Day day, const RuleBook& book, Moves& moves) {
  const Transition next = Next(c.state, Action::kRecommend);
  if (!next.allowed()) return Reply::Rejected(next.refusal, "local_family_ref");
  if (c.recommended_by.empty()) c.recommended_by = officer;
  Evaluate(c, day, book, moves);
  return Reply::Changed();
}

Reply Decide(Case& c, const Decision& decision, bool recommended, Day day, const RuleBook& book, Moves& moves) {
  const Transition next = Next(c.state, ActionOf(decision.verdict));
  if (!next.allowed()) return Reply::Rejected(next.refusal, "case_id");
  if (recommended) return Reply::Rejected("same_officer", "info.officer_ref");
  // A report names the case only: what was decided before this proposal was about an earlier one.
  if (decision.decided_on < c.proposed_on) return Reply::Rejected("decided_before_proposal", "info.occurred_on");
  c.state = next.to;
  c.verdict = decision.verdict;
  c.decided_by = decision.decided_by;
  c.decided_on = decision.decided_on;
  c.letter_number = decision.letter_number;
  switch (decision.verdict) {
    case type::v1::GRADUATION_VERDICT_CONFIRM:
      Graduate(c, day, moves);
      break;
    case type::v1::GRADUATION_VERDICT_HOLD:
      Tell(CaseFact::What::kHeld, c, day, moves).officer = c.decided_by;
      break;
    default:
      Return(c, day, book, moves);
      break;
  }
  c.due_on = NextDue(c, day, book);
  return Reply::Changed();
}

}  // namespace berdaya::graduation
