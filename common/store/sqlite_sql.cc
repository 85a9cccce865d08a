#include "common/store/sqlite_sql.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/store/scan_range.h"
#include "common/store/sql_text.h"
#include "common/store/sqlite_batch.h"

namespace berdaya::store {
namespace {

bool IsRowidTable(const TableSpec& table) { return table.key_columns == 1 && table.columns[0].type == CellType::kInt; }

// ?first, ?first+1, ...
std::string Parameters(int first, int count) {
  return absl::StrJoin(Count(first, first + count), ",", [](std::string* out, int i) { absl::StrAppend(out, "?", i); });
}

// "a"=?1<separator>"b"=?2: a column's parameter is its position plus one.
std::string Equals(const TableSpec& table, const std::vector<int>& columns, const char* separator) {
  return absl::StrJoin(columns, separator,
                       [&](std::string* out, int i) { absl::StrAppend(out, Quoted(table.columns[i].name), "=?", i + 1); });
}

// The results every query gives.
std::string Results(const TableSpec& table) {
  return absl::StrCat(Names(table, AllColumns(table)), ",", table.kind == TableKind::kState ? Quoted(kVersionColumn) : "0");
}

std::string UpdateOf(const TableSpec& table, const std::vector<int>& set, const std::vector<int>& where) {
  const int version = static_cast<int>(table.columns.size()) + 1;
  const std::string sets = set.empty() ? "" : absl::StrCat(Equals(table, set, ","), ",");
  return absl::StrCat("UPDATE ", Quoted(table.name), " SET ", sets, Quoted(kVersionColumn), "=?", version, "+1 WHERE ",
                      Equals(table, where, " AND "), " AND ", Quoted(kVersionColumn), "=?", version);
}

// (a,b) >= (?1,?2), or for one column a >= ?1.
std::string Bound(const TableSpec& table, std::vector<int> columns, int cells, const char* compare, int first_parameter) {
  columns.resize(cells);
  if (cells == 1) return absl::StrCat(Names(table, columns), compare, Parameters(first_parameter, 1));
  return absl::StrCat("(", Names(table, columns), ")", compare, "(", Parameters(first_parameter, cells), ")");
}

}  // namespace

std::vector<ScanPart> PartsOfScan(const TableSpec& table, int index, size_t from_cells) {
  const bool ends_in_rowid =
      index >= 0 && IsRowidTable(table) && from_cells > 1 && table.indexes[index].columns[from_cells - 1] == 0;
  if (!ends_in_rowid) return {ScanPart::kWhole};
  return {ScanPart::kSamePrefix, ScanPart::kBeyondPrefix};
}

std::string CreateTableSql(const TableSpec& table) {
  std::string sql = absl::StrCat("CREATE TABLE ", Quoted(table.name), "(");
  for (const ColumnSpec& column : table.columns) {
    absl::StrAppend(&sql, Quoted(column.name), column.type == CellType::kInt ? " INTEGER NOT NULL" : " TEXT NOT NULL", ",");
  }
  if (table.kind == TableKind::kState) absl::StrAppend(&sql, Quoted(kVersionColumn), " INTEGER NOT NULL,");
  absl::StrAppend(&sql, "PRIMARY KEY(", Names(table, KeyColumns(table)), ")) STRICT");
  if (!IsRowidTable(table)) absl::StrAppend(&sql, ", WITHOUT ROWID");
  return sql;
}

std::string CreateIndexSql(const TableSpec& table, const IndexSpec& index) {
  std::vector<int> columns = index.columns;
  // Every index ends in the key. Where that is the rowid, SQLite adds it to each entry anyway; named, it would be stored twice.
  if (IsRowidTable(table) && columns.size() > 1) columns.pop_back();
  return absl::StrCat("CREATE INDEX ", Quoted(index.name), " ON ", Quoted(table.name), "(", Names(table, columns), ")");
}

std::string SelectSql(const TableSpec& table) {
  const std::string on = absl::StrJoin(KeyColumns(table), " AND ", [&](std::string* out, int i) {
    absl::StrAppend(out, "t.", Quoted(table.columns[i].name), "=b.", SqliteBatch::Column(i));
  });
  // Of the table by name: a column of it may be called as one of the batch.
  std::string results;
  for (const ColumnSpec& column : table.columns) absl::StrAppend(&results, "t.", Quoted(column.name), ",");
  absl::StrAppend(&results, table.kind == TableKind::kState ? absl::StrCat("t.", Quoted(kVersionColumn)) : "0");
  // CROSS JOIN keeps the batch as the outer loop.
  return absl::StrCat("SELECT ", results, ",b.position FROM ", SqliteBatch::kTable, " b CROSS JOIN ", Quoted(table.name),
                      " t NOT INDEXED ON ", on);
}

std::string InsertSql(const TableSpec& table) {
  const std::string cells = absl::StrJoin(AllColumns(table), ",", [](std::string* out, int i) { *out += SqliteBatch::Column(i); });
  // OR IGNORE and not ON CONFLICT DO NOTHING: nothing in the statement can then fail half-way on a row, so that SQLite keeps no
  // copies of the pages it changes.
  return absl::StrCat("INSERT OR IGNORE INTO ", Quoted(table.name), "(", Names(table, AllColumns(table)), ",",
                      Quoted(kVersionColumn), ") SELECT ", cells, ",1 FROM ", SqliteBatch::kTable);
}

std::string UpdateSql(const TableSpec& table) { return UpdateOf(table, ValueColumns(table), KeyColumns(table)); }

std::string UpdateOutsideIndexesSql(const TableSpec& table) {
  std::vector<int> set;
  std::vector<int> where = KeyColumns(table);
  for (int column : ValueColumns(table)) {
    const bool indexed = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const IndexSpec& index) {
      return std::find(index.columns.begin(), index.columns.end(), column) != index.columns.end();
    });
    (indexed ? where : set).push_back(column);
  }
  return UpdateOf(table, set, where);
}

std::string EraseSql(const TableSpec& table) {
  return absl::StrCat("DELETE FROM ", Quoted(table.name), " WHERE ", Equals(table, KeyColumns(table), " AND "), " AND ",
                      Quoted(kVersionColumn), "=?", table.key_columns + 1);
}

std::string AddSql(const TableSpec& table, bool returning) {
  std::string sql = absl::StrCat("INSERT INTO ", Quoted(table.name), "(", Names(table, AllColumns(table)), ") VALUES(",
                                 Parameters(1, static_cast<int>(table.columns.size())), ") ON CONFLICT");
  const std::string sums = absl::StrJoin(ValueColumns(table), ",", [&](std::string* out, int i) {
    const std::string name = Quoted(table.columns[i].name);
    absl::StrAppend(out, name, "=", name, "+excluded.", name);
  });
  absl::StrAppend(&sql, "(", Names(table, KeyColumns(table)), ") DO UPDATE SET ", sums);
  if (returning) absl::StrAppend(&sql, " RETURNING ", Results(table));
  return sql;
}

std::string ScanSql(const TableSpec& table, const ScanShape& shape) {
  const std::vector<int> columns = ColumnsOfIndex(table, shape.index);
  // The plan is stated, not hoped for: SQLite refuses to prepare the statement if it cannot follow this index.
  const std::string plan = shape.index < 0 ? " NOT INDEXED" : absl::StrCat(" INDEXED BY ", Quoted(table.indexes[shape.index].name));
  std::vector<std::string> bounds;
  const char* after = shape.after_from ? ">" : ">=";
  switch (shape.part) {
    case ScanPart::kWhole:
      if (shape.from_cells > 0) bounds.push_back(Bound(table, columns, shape.from_cells, after, 1));
      break;
    case ScanPart::kSamePrefix:
      for (int i = 0; i + 1 < shape.from_cells; ++i) bounds.push_back(Bound(table, {columns[i]}, 1, "=", 1 + i));
      bounds.push_back(Bound(table, {columns[shape.from_cells - 1]}, 1, after, shape.from_cells));
      break;
    case ScanPart::kBeyondPrefix:
      bounds.push_back(Bound(table, columns, shape.from_cells - 1, ">", 1));
      break;
  }
  if (shape.to_cells > 0) bounds.push_back(Bound(table, columns, shape.to_cells, "<", 1 + shape.from_cells));
  return absl::StrCat("SELECT ", Results(table), " FROM ", Quoted(table.name), plan, bounds.empty() ? "" : " WHERE ",
                      absl::StrJoin(bounds, " AND "), " ORDER BY ", Names(table, columns), " LIMIT ?",
                      1 + shape.from_cells + shape.to_cells);
}

}  // namespace berdaya::store
