#include "common/store/scan_range.h"

#include "absl/strings/str_cat.h"
#include "common/store/sql_text.h"

namespace berdaya::store {
namespace {

absl::Status CheckBound(const TableSpec& table, const std::vector<int>& columns, const std::vector<Cell>& cells, const char* name) {
  if (cells.size() > columns.size()) {
    return absl::InvalidArgumentError(absl::StrCat(table.name, ": ", name, " has more cells than the index has columns"));
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const ColumnSpec& column = table.columns[columns[i]];
    if (std::holds_alternative<int64_t>(cells[i]) != (column.type == CellType::kInt)) {
      return absl::InvalidArgumentError(absl::StrCat(table.name, ".", column.name, ": ", name, " has a cell of another type"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<int> ColumnsOfIndex(const TableSpec& table, int index) {
  return index < 0 ? KeyColumns(table) : table.indexes[index].columns;
}

absl::Status CheckRange(const TableSpec& table, const ScanRange& range) {
  if (range.index < -1 || range.index >= static_cast<int>(table.indexes.size())) {
    return absl::InvalidArgumentError(absl::StrCat(table.name, ": no index ", range.index));
  }
  if (range.limit < 0) return absl::InvalidArgumentError(absl::StrCat(table.name, ": limit is negative"));
  if (range.after_from && range.from.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(table.name, ": after_from is set without from"));
  }
  const std::vector<int> columns = ColumnsOfIndex(table, range.index);
  absl::Status status = CheckBound(table, columns, range.from, "from");
  if (status.ok()) status = CheckBound(table, columns, range.to, "to");
  return status;
}

}  // namespace berdaya::store
