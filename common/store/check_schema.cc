#include "common/store/check_schema.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berdaya::store {
namespace {

constexpr size_t kMaxNameBytes = 58;

// The names of tables and indexes so far; the engines keep both in one list.
using Names = std::set<std::string>;

template <class... Text>
absl::Status Refuse(const TableSpec& table, const Text&... what) {
  return absl::InvalidArgumentError(absl::StrCat("schema: ", table.name, what...));
}

bool Take(const std::string& name, Names& names) { return !absl::StartsWith(name, "store_") && names.insert(name).second; }

// What every engine keeps as it is written, in quotes and without: PostgreSQL makes other letters small and cuts longer names, and
// adds up to five letters to a table's for that of its key.
absl::Status CheckName(const TableSpec& table, const std::string& name) {
  const auto fits = [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_'; };
  if (name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), fits) && !name.empty() &&
      !absl::ascii_isdigit(name[0])) {
    return absl::OkStatus();
  }
  return Refuse(table, ": the name ", name, " is not up to ", kMaxNameBytes, " lower-case letters, digits and underscores");
}

bool EndsInKey(const TableSpec& table, const std::vector<int>& columns) {
  int key_columns = table.key_columns;
  for (auto column = columns.rbegin(); column != columns.rend() && key_columns > 0; ++column) {
    if (*column != --key_columns) return false;
  }
  return key_columns == 0;
}

absl::Status CheckTable(const TableSpec& table, Names& names) {
  absl::Status status = CheckName(table, table.name);
  for (const ColumnSpec& column : table.columns) status.Update(CheckName(table, column.name));
  for (const IndexSpec& index : table.indexes) status.Update(CheckName(table, index.name));
  if (!status.ok()) return status;
  if (!Take(table.name, names)) return Refuse(table, ": described twice, or a name of the store's own");
  if (table.columns.size() > TableSpec::kMaxColumns) {
    return Refuse(table, ": has more than ", TableSpec::kMaxColumns, " columns; split the table");
  }
  Names columns = {kVersionColumn};
  for (const ColumnSpec& column : table.columns) {
    if (!columns.insert(column.name).second) return Refuse(table, ".", column.name, ": described twice, or the store's own column");
  }
  for (const IndexSpec& index : table.indexes) {
    if (!Take(index.name, names)) return Refuse(table, ": index ", index.name, ": described twice, or a name of the store's own");
    if (std::count(index.columns.begin(), index.columns.end(), -1) > 0) {
      return Refuse(table, ": index ", index.name, " names a column that is not described");
    }
    if (!EndsInKey(table, index.columns)) return Refuse(table, ": index ", index.name, " does not end in the table's key");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSchema(const Schema& schema) {
  Names names;
  for (const TableSpec* table : schema.tables) {
    absl::Status status = CheckTable(*table, names);
    if (!status.ok()) return status;
  }
  int last = 1;
  for (const Migration& migration : schema.migrations) {
    if (migration.version <= last) {
      return absl::InvalidArgumentError(
          absl::StrCat("migration ", migration.version, " (", migration.name, ") follows ", last, "; versions rise from 2"));
    }
    last = migration.version;
  }
  return absl::OkStatus();
}

}  // namespace berdaya::store
