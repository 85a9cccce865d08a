// All rows of a table of a service, for checks and comparisons.
#ifndef BERDAYA_TESTS_SIMULATION_ROWS_H_
#define BERDAYA_TESTS_SIMULATION_ROWS_H_

#include <vector>

#include "common/store/typed.h"
#include "tests/simulation/platform.h"

namespace berdaya::simulation {

inline constexpr int64_t kAllRows = 1'000'000'000;

template <class Row>
std::vector<Row> RowsOf(store::Database& database) {
  auto reader = database.Snapshot();
  if (!reader.ok()) return {};
  auto rows = store::ScanRows<Row>(**reader, {.limit = kAllRows});
  return rows.ok() ? *std::move(rows) : std::vector<Row>();
}

template <class Row>
std::vector<Row> RowsOf(Platform& platform, Service service) {
  return RowsOf<Row>(platform.database(service));
}

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_ROWS_H_
