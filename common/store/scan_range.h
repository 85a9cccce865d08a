// What a scan may ask for, the same on every engine.
#ifndef BERDAYA_COMMON_STORE_SCAN_RANGE_H_
#define BERDAYA_COMMON_STORE_SCAN_RANGE_H_

#include <vector>

#include "absl/status/status.h"
#include "common/store/store.h"

namespace berdaya::store {

// The columns of an index, or of the key for -1.
std::vector<int> ColumnsOfIndex(const TableSpec& table, int index);

// InvalidArgument, naming the table and never a value, if a range cannot be meant: no such index, a bound with more cells than the
// index has columns or a cell of another type, a negative limit.
absl::Status CheckRange(const TableSpec& table, const ScanRange& range);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SCAN_RANGE_H_
