// The SQL text of a table for PostgreSQL, from its description. Pure functions.
//
// Integers are BIGINT. Text is BYTEA: PostgreSQL's own text holds neither NUL nor invalid UTF-8, and orders by a locale; BYTEA
// holds and orders bytes as they are. A literal in a migration is taken as its bytes, but for the backslash, which begins an
// escape.
//
// A batch comes as one array a column, and one statement works on all of it. No extension, no sequence, no foreign key.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_SQL_H_
#define BERDAYA_COMMON_STORE_POSTGRES_SQL_H_

#include <string>
#include <vector>

#include "common/store/table.h"

namespace berdaya::store {

struct PostgresSql {
  static std::string TypeName(CellType type);
  static std::string CreateTable(const TableSpec& table);
  static std::string CreateIndex(const TableSpec& table, const IndexSpec& index);

  // Parameters: the keys, an array a column. Results: all columns in order, the version (0 for counters), the position from 1.
  static std::string Select(const TableSpec& table);

  // Parameters: the rows, an array a column. A row that exists is left alone, or fails all of it (`fails`).
  static std::string Insert(const TableSpec& table, bool fails);

  // Parameters: the rows, an array a column, then the versions that were read.
  static std::string Update(const TableSpec& table);

  // Parameters: the keys, an array a column, then the versions that were read.
  static std::string Erase(const TableSpec& table);

  // Parameters: the rows, an array a column. With `returning` its results are the rows as they then are, in the order given: all
  // columns, then 0.
  static std::string Add(const TableSpec& table, bool returning);

  // Parameters: the cells of `from`, those of `to`, the limit. Results: all columns in order, then the version.
  struct ScanShape {
    int index = -1;
    int from_cells = 0;
    bool after_from = false;
    int to_cells = 0;
  };
  static std::string Scan(const TableSpec& table, const ScanShape& shape);
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_SQL_H_
