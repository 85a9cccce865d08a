#include "services/graduation/events/facts.h"

#include "berdaya/graduation/v1/facts.pb.h"
#include "common/calendar/day_proto.h"

namespace berdaya::graduation {
namespace {

using What = CaseFact::What;

template <class Fact>
Fact Headed(const Case& c, const CaseFact& from) {
  Fact fact;
  fact.mutable_info()->set_family_id(c.family_id);
  fact.mutable_info()->set_version(from.version);
  calendar::ToProto(from.day, *fact.mutable_info()->mutable_recorded_day());
  fact.mutable_info()->set_village(static_cast<uint64_t>(from.village.ToCell()));
  fact.set_case_id(c.case_id);
  return fact;
}

void PublishOpened(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::CaseOpened>(c, from);
  calendar::ToProto(c.enrolled_on, *fact.mutable_enrolled_on());
  out.Publish(c.family_id, fact);
}

void PublishWarned(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::TimeLimitWarned>(c, from);
  fact.set_months_left(from.months_left);
  calendar::ToProto(from.ends_on, *fact.mutable_ends_on());
  out.Publish(c.family_id, fact);
}

void PublishProposed(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::GraduationProposed>(c, from);
  fact.set_kind(from.kind);
  fact.set_rule_version(from.rule_version);
  fact.set_recommended_by(from.officer);
  out.Publish(c.family_id, fact);
}

void PublishWithdrawn(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::ProposalWithdrawn>(c, from);
  fact.set_cause(from.cause);
  out.Publish(c.family_id, fact);
}

void PublishHeld(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::CaseHeld>(c, from);
  fact.set_decided_by(from.officer);
  out.Publish(c.family_id, fact);
}

void PublishConfirmed(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::GraduationConfirmed>(c, from);
  fact.set_kind(from.kind);
  fact.set_rule_version(from.rule_version);
  fact.set_decided_by(from.officer);
  calendar::ToProto(c.decided_on, *fact.mutable_decided_on());
  fact.set_letter_number(c.letter_number);
  out.Publish(c.family_id, fact);
}

void PublishGraduated(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::FamilyGraduated>(c, from);
  fact.set_kind(from.kind);
  fact.set_rule_version(from.rule_version);
  calendar::ToProto(c.graduated_on, *fact.mutable_graduated_on());
  out.Publish(c.family_id, fact);
}

void PublishEnded(const Case& c, const CaseFact& from, flow::Outcome& out) {
  auto fact = Headed<v1::ParticipationEnded>(c, from);
  calendar::ToProto(c.ended_on, *fact.mutable_ended_on());
  out.Publish(c.family_id, fact);
}

void PublishOne(const Case& c, const CaseFact& fact, flow::Outcome& out) {
  switch (fact.what) {
    case What::kOpened:
      return PublishOpened(c, fact, out);
    case What::kWarned:
      return PublishWarned(c, fact, out);
    case What::kProposed:
      return PublishProposed(c, fact, out);
    case What::kWithdrawn:
      return PublishWithdrawn(c, fact, out);
    case What::kHeld:
      return PublishHeld(c, fact, out);
    case What::kConfirmed:
      return PublishConfirmed(c, fact, out);
    case What::kGraduated:
      return PublishGraduated(c, fact, out);
    case What::kEnded:
      return PublishEnded(c, fact, out);
  }
}

}  // namespace

void PublishMoves(const Case& c, const Moves& moves, flow::Outcome& out) {
  for (const CaseFact& fact : moves.facts) PublishOne(c, fact, out);
  for (const Proposal& proposal : moves.proposals) out.Insert(ProposalRow{proposal});  // the version is new
}

}  // namespace berdaya::graduation
