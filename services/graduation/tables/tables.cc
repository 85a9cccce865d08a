#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

void FamilyRow::LeadsTo(const FamilyRow& row, flow::KeySet& keys) {
  if (row.case_id != 0) keys.Want<CaseRow>(row.case_id);
}

std::vector<const store::TableSpec*> Tables() {
  return {&store::SpecOf<FamilyRow>(), &store::SpecOf<CaseRow>(), &store::SpecOf<ProposalRow>(),
          &store::SpecOf<RecommendationRow>(), &store::SpecOf<DecisionRow>()};
}

}  // namespace berdaya::graduation
