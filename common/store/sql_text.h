// Pieces of SQL text that every engine writes the same way.
#ifndef BERDAYA_COMMON_STORE_SQL_TEXT_H_
#define BERDAYA_COMMON_STORE_SQL_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/store/table.h"

namespace berdaya::store {

// Names come from the program, but may be words of SQL.
std::string Quoted(absl::string_view name);

// 'text'
std::string Literal(absl::string_view text);

// from, from + 1, ... to - 1
std::vector<int> Count(size_t from, size_t to);

// Positions in TableSpec::columns.
std::vector<int> AllColumns(const TableSpec& table);
std::vector<int> KeyColumns(const TableSpec& table);
std::vector<int> ValueColumns(const TableSpec& table);

// "a","b", each after `prefix`, such as "t.".
std::string Names(const TableSpec& table, const std::vector<int>& columns, absl::string_view prefix = "");

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQL_TEXT_H_
