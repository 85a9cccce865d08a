// What a day does: warns, proposes when the years are over, proposes again what a person returned and has rested.
#ifndef BERDAYA_SERVICES_GRADUATION_SWEEPS_ADVANCE_CASES_H_
#define BERDAYA_SERVICES_GRADUATION_SWEEPS_ADVANCE_CASES_H_

#include "absl/status/statusor.h"
#include "common/flow/handlers.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

struct AdvanceCases {
  using Row = CaseRow;
  static store::ScanRange Due(int32_t partition, calendar::Day day, int64_t limit);
  static absl::StatusOr<flow::Outcome> Decide(const CaseRow& row, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_SWEEPS_ADVANCE_CASES_H_
