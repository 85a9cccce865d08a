#include "services/graduation/events/deciding.h"

#include "services/graduation/env.h"

namespace berdaya::graduation {

void WantDecision(int64_t case_id, type::v1::GraduationVerdict verdict, const std::string& letter_number,
                  const std::string& decided_by, flow::KeySet& keys) {
  keys.Want<DecisionRow>({case_id, verdict, letter_number, decided_by});
  keys.Want<RecommendationRow>({case_id, decided_by});
}

Reply DecideOnce(Case& c, const Decision& decision, calendar::Day day, const flow::View& view, Moves& moves, DecisionRow& kept) {
  if (view.Find<DecisionRow>({c.case_id, decision.verdict, decision.letter_number, decision.decided_by}) != nullptr)
    return Reply::Unchanged();
  const bool recommended = view.Find<RecommendationRow>({c.case_id, decision.decided_by}) != nullptr;
  const int64_t proposal_version = c.proposal_version;
  const Reply reply = Decide(c, decision, recommended, day, view.env<Env>().rules, moves);
  kept = {c.case_id, decision.verdict, decision.letter_number, decision.decided_by, decision.decided_on,
          day,       c.version,        proposal_version};
  return reply;
}

}  // namespace berdaya::graduation
