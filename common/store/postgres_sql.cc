#include "common/store/postgres_sql.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/store/scan_range.h"
#include "common/store/sql_text.h"

namespace berdaya::store {
namespace {

// first, first + 1, ... each after a letter: $1,$2 or b0,b1.
std::string Numbered(const char* letter, int first, int count) {
  return absl::StrJoin(Count(first, first + count), ",", [&](std::string* out, int i) { absl::StrAppend(out, letter, i); });
}

// The batch as a table b, with the columns b0, b1, ... and those of `more`. The arrays are taken apart in the list of results and
// not behind FROM, where all of it would be copied first.
std::string Batch(int columns, absl::string_view more = "") {
  return absl::StrCat(
      "(SELECT ",
      absl::StrJoin(Count(0, columns), ",", [](std::string* out, int i) { absl::StrAppend(out, "unnest($", i + 1, ") AS b", i); }),
      more, ") AS b");
}

// t."a"=b.b0 AND t."b"=b.b1
std::string OnKey(const TableSpec& table) {
  return absl::StrJoin(KeyColumns(table), " AND ",
                       [&](std::string* out, int i) { absl::StrAppend(out, "t.", Quoted(table.columns[i].name), "=b.b", i); });
}

// And the version is that of the batch's column.
std::string OnVersion(int column) { return absl::StrCat(" AND t.", Quoted(kVersionColumn), "=b.b", column); }

// The results every query gives.
std::string Results(const TableSpec& table) {
  return absl::StrCat(Names(table, AllColumns(table), "t."), ",",
                      table.kind == TableKind::kState ? absl::StrCat("t.", Quoted(kVersionColumn)) : "0::bigint");
}

// (a,b) >= ($1,$2)
std::string Bound(const TableSpec& table, std::vector<int> columns, int cells, const char* compare, int first_parameter) {
  columns.resize(cells);
  return absl::StrCat("(", Names(table, columns, "t."), ")", compare, "(", Numbered("$", first_parameter, cells), ")");
}

}  // namespace

std::string PostgresSql::TypeName(CellType type) { return type == CellType::kInt ? "bigint" : "bytea"; }

std::string PostgresSql::CreateTable(const TableSpec& table) {
  std::string sql = absl::StrCat("CREATE TABLE ", Quoted(table.name), "(");
  for (const ColumnSpec& column : table.columns) {
    absl::StrAppend(&sql, Quoted(column.name), " ", TypeName(column.type), " NOT NULL,");
  }
  if (table.kind == TableKind::kState) absl::StrAppend(&sql, Quoted(kVersionColumn), " bigint NOT NULL,");
  return absl::StrCat(sql, "PRIMARY KEY(", Names(table, KeyColumns(table)), "))");
}

std::string PostgresSql::CreateIndex(const TableSpec& table, const IndexSpec& index) {
  return absl::StrCat("CREATE INDEX ", Quoted(index.name), " ON ", Quoted(table.name), "(", Names(table, index.columns), ")");
}

std::string PostgresSql::Select(const TableSpec& table) {
  return absl::StrCat("SELECT ", Results(table), ",b.position FROM ",
                      Batch(table.key_columns, ",generate_subscripts($1,1)::bigint AS position"), " JOIN ", Quoted(table.name),
                      " AS t ON ", OnKey(table));
}

std::string PostgresSql::Insert(const TableSpec& table, bool fails) {
  const int columns = static_cast<int>(table.columns.size());
  const std::string sql = absl::StrCat("INSERT INTO ", Quoted(table.name), "(", Names(table, AllColumns(table)), ",",
                                       Quoted(kVersionColumn), ") SELECT ", Numbered("b", 0, columns), ",1 FROM ", Batch(columns));
  return fails ? sql : absl::StrCat(sql, " ON CONFLICT(", Names(table, KeyColumns(table)), ") DO NOTHING");
}

std::string PostgresSql::Update(const TableSpec& table) {
  const int columns = static_cast<int>(table.columns.size());
  std::string sets;
  for (int i : ValueColumns(table)) absl::StrAppend(&sets, Quoted(table.columns[i].name), "=b.b", i, ",");
  return absl::StrCat("UPDATE ", Quoted(table.name), " AS t SET ", sets, Quoted(kVersionColumn), "=b.b", columns, "+1 FROM ",
                      Batch(columns + 1), " WHERE ", OnKey(table), OnVersion(columns));
}

std::string PostgresSql::Erase(const TableSpec& table) {
  return absl::StrCat("DELETE FROM ", Quoted(table.name), " AS t USING ", Batch(table.key_columns + 1), " WHERE ", OnKey(table),
                      OnVersion(table.key_columns));
}

std::string PostgresSql::Add(const TableSpec& table, bool returning) {
  const int columns = static_cast<int>(table.columns.size());
  const std::string sums = absl::StrJoin(ValueColumns(table), ",", [&](std::string* out, int i) {
    const std::string name = Quoted(table.columns[i].name);
    absl::StrAppend(out, name, "=t.", name, "+excluded.", name);
  });
  return absl::StrCat("INSERT INTO ", Quoted(table.name), " AS t(", Names(table, AllColumns(table)), ") SELECT ",
                      Numbered("b", 0, columns), " FROM ", Batch(columns), " ON CONFLICT(", Names(table, KeyColumns(table)),
                      ") DO UPDATE SET ", sums, returning ? " RETURNING " : "", returning ? Results(table) : "");
}

std::string PostgresSql::Scan(const TableSpec& table, const ScanShape& shape) {
  const std::vector<int> columns = ColumnsOfIndex(table, shape.index);
  std::vector<std::string> bounds;
  if (shape.from_cells > 0) bounds.push_back(Bound(table, columns, shape.from_cells, shape.after_from ? ">" : ">=", 1));
  if (shape.to_cells > 0) bounds.push_back(Bound(table, columns, shape.to_cells, "<", 1 + shape.from_cells));
  return absl::StrCat("SELECT ", Results(table), " FROM ", Quoted(table.name), " AS t", bounds.empty() ? "" : " WHERE ",
                      absl::StrJoin(bounds, " AND "), " ORDER BY ", Names(table, columns, "t."), " LIMIT $",
                      1 + shape.from_cells + shape.to_cells);
}

}  // namespace berdaya::store
