#include "services/reporting/tables/tables.h"

namespace berdaya::reporting {

std::vector<const store::TableSpec*> Tables() {
  return {&store::SpecOf<FigureRow>(), &store::SpecOf<FamilyRow>(), &store::SpecOf<GraduationRow>(), &store::SpecOf<CaseRow>()};
}

}  // namespace berdaya::reporting
