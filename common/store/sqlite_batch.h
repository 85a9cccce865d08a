// Many rows or keys as one SQL statement sees them: a virtual table over memory.
//
// With it one statement reads or inserts a whole batch: cursors stay open from row to row, and what a statement costs to begin and
// end is paid once a batch (measured in README.md).
#ifndef BERDAYA_COMMON_STORE_SQLITE_BATCH_H_
#define BERDAYA_COMMON_STORE_SQLITE_BATCH_H_

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "common/store/table.h"

namespace berdaya::store {

// The virtual table of one connection. Set what it shows, run one statement that selects from it, then forget it.
// Its columns are b0, b1, ... (the cells of the row or key, in column order) and position (counted from 0 in the span).
class SqliteBatch {
 public:
  static constexpr char kTable[] = "store_batch";
  static constexpr int kMaxColumns = TableSpec::kMaxColumns;
  static std::string Column(int column) { return "b" + std::to_string(column); }

  // Makes the table known to a connection; it must live as long.
  int Register(sqlite3* db);

  // Shows the items in the order of `order` (positions in items). Everything stays owned by the caller.
  void Show(absl::Span<const void* const> items, absl::Span<const uint32_t> order, void (*cells)(const void*, CellSink&)) {
    items_ = items;
    order_ = order;
    cells_ = cells;
  }
  void Forget() { Show({}, {}, nullptr); }

 private:
  struct Cursor;
  friend struct BatchModule;

  absl::Span<const void* const> items_;
  absl::Span<const uint32_t> order_;
  void (*cells_)(const void*, CellSink&) = nullptr;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_BATCH_H_
