#include "services/enterprise_mentoring/tables/tables.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace berdaya::mentoring {

void CaseRow::LeadsTo(const CaseRow& row, flow::KeySet& keys) {
  if (!row.mou_number.empty()) keys.ReadAhead<MouRow>(row.mou_number);
}

void AreaRow::LeadsTo(const AreaRow& row, flow::KeySet& keys) {
  for (const std::string& number : row.Numbers()) keys.ReadAhead<MouRow>(number);
}

std::vector<std::string> AreaRow::Numbers() const { return absl::StrSplit(mou_numbers, '\n', absl::SkipEmpty()); }

void AreaRow::Add(const std::string& mou_number) {
  std::vector<std::string> numbers = Numbers();
  const auto at = std::lower_bound(numbers.begin(), numbers.end(), mou_number);
  if (at != numbers.end() && *at == mou_number) return;
  numbers.insert(at, mou_number);
  mou_numbers = absl::StrJoin(numbers, "\n");
}

std::vector<const store::TableSpec*> Tables() {
  return {&store::SpecOf<CaseRow>(), &store::SpecOf<CaseIdRow>(), &store::SpecOf<ResidenceRow>(), &store::SpecOf<PartnerRow>(),
          &store::SpecOf<MouRow>(),  &store::SpecOf<AreaRow>(),   &store::SpecOf<SessionRow>(),   &store::SpecOf<MilestoneRow>()};
}

}  // namespace berdaya::mentoring
