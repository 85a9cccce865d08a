// The SQL text of a table for SQLite, from its description. Pure functions; the statements' parameters are numbered.
//
// A table whose key is one integer is a rowid table (the key is the B-tree's own key); any other is WITHOUT ROWID, clustered by its
// key. All tables are STRICT, so that no migration can leave a cell of another type behind. Text is TEXT: SQLite stores and
// compares its bytes as they are (NUL and invalid UTF-8 included), and a migration's literals compare equal to what the program
// writes.
#ifndef BERDAYA_COMMON_STORE_SQLITE_SQL_H_
#define BERDAYA_COMMON_STORE_SQLITE_SQL_H_

#include <string>
#include <vector>

#include "common/store/table.h"

namespace berdaya::store {

std::string CreateTableSql(const TableSpec& table);
std::string CreateIndexSql(const TableSpec& table, const IndexSpec& index);

// Reads the keys in the connection's SqliteBatch. Results: all columns in order, then the version (0 for counters), then the
// position in the batch.
std::string SelectSql(const TableSpec& table);

// Inserts the rows in the connection's SqliteBatch. A row that exists is left alone.
std::string InsertSql(const TableSpec& table);

// Parameters 1..n: all columns, n+1: the version that was read.
std::string UpdateSql(const TableSpec& table);

// Like UpdateSql, but only for a row whose indexed columns stay as they are: it leaves the indexes alone, which SQLite does not
// find out by itself.
std::string UpdateOutsideIndexesSql(const TableSpec& table);

// Parameters 1..key_columns, then the version that was read.
std::string EraseSql(const TableSpec& table);

// Parameters 1..n: all columns. With `returning` its result is the row as it then is: all columns in order, then 0.
std::string AddSql(const TableSpec& table, bool returning);

// A scan is one statement or two. SQLite cannot search an index by a row-value comparison that ends in the rowid: it would walk
// over all rows before it, so that the pages of a large village would take quadratic time. Such a scan is run in two parts.
enum class ScanPart {
  kWhole,
  kSamePrefix,    // the rows that differ from `from` in the last column only
  kBeyondPrefix,  // the rows after those
};

// The parts of a scan, in order.
std::vector<ScanPart> PartsOfScan(const TableSpec& table, int index, size_t from_cells);

// What a scan's text depends on.
struct ScanShape {
  ScanPart part = ScanPart::kWhole;
  int index = -1;
  int from_cells = 0;
  bool after_from = false;
  int to_cells = 0;
};

// Parameters: the cells of `from`, those of `to`, the limit. Results: all columns in order, then the version.
std::string ScanSql(const TableSpec& table, const ScanShape& shape);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_SQL_H_
