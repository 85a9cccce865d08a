#include "common/store/sql_text.h"

#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace berdaya::store {

std::string Quoted(absl::string_view name) { return absl::StrCat("\"", name, "\""); }

std::string Literal(absl::string_view text) { return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'"); }

std::vector<int> Count(size_t from, size_t to) {
  std::vector<int> numbers(to - from);
  std::iota(numbers.begin(), numbers.end(), static_cast<int>(from));
  return numbers;
}

std::vector<int> AllColumns(const TableSpec& table) { return Count(0, table.columns.size()); }
std::vector<int> KeyColumns(const TableSpec& table) { return Count(0, table.key_columns); }
std::vector<int> ValueColumns(const TableSpec& table) { return Count(table.key_columns, table.columns.size()); }

std::string Names(const TableSpec& table, const std::vector<int>& columns, absl::string_view prefix) {
  return absl::StrJoin(columns, ",", [&](std::string* out, int i) { absl::StrAppend(out, prefix, Quoted(table.columns[i].name)); });
}

}  // namespace berdaya::store
