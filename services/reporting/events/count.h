// Adding to the figures of a region and of everything around it.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_COUNT_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_COUNT_H_

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "common/calendar/day.h"
#include "common/flow/outcome.h"
#include "services/reporting/tables/tables.h"

namespace berdaya::reporting {

// What one row counts for in the region that it lies in.
struct Stock {
  v1::Indicator indicator = v1::INDICATOR_UNSPECIFIED;
  int64_t value = 0;
};
using Stocks = absl::InlinedVector<Stock, 4>;

// Always the same indicators in the same order, whatever the row says; a row that is not there yet (version 0) counts for nothing.
Stocks StocksOf(const FamilyRow& family);
Stocks StocksOf(const CaseRow& row);

// Adds `change` in the month of `day` to the region's district and to each level above; a region above a district begins at its own
// level.
void Count(region::RegionCode region, calendar::Day day, v1::Indicator indicator, int64_t change, flow::Outcome& out);

// What counted in `from` counts in `to` from the month of `day` on, and for `after` instead of `before`. A region that contains both
// sees only the difference.
void CountChange(region::RegionCode from, const Stocks& before, region::RegionCode to, const Stocks& after, calendar::Day day,
                 flow::Outcome& out);

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_COUNT_H_
