// The hot part of PostgresConnection: arrays out, rows in.
#include <array>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/store/key_order.h"
#include "common/store/postgres_connection.h"
#include "common/store/postgres_sql.h"
#include "common/store/scan_range.h"
#include "common/store/sql_text.h"

namespace berdaya::store {
namespace {

// From so many rows on, new rows are first inserted as if none of them could exist: looking first, for each row, costs a third
// more. If one does exist, all of it is done again with a look, to count.
constexpr size_t kManyRows = 64;
constexpr absl::string_view kUniqueViolation = "23505";

// Some of a table's columns in order, and a version after them where a statement takes one.
std::vector<CellType> TypesOf(const TableSpec& table, const std::vector<int>& columns, bool version) {
  std::vector<CellType> types;
  for (int column : columns) types.push_back(table.columns[column].type);
  if (version) types.push_back(CellType::kInt);
  return types;
}

std::vector<Oid> OidsOf(const std::vector<CellType>& types, bool arrays) {
  std::vector<Oid> oids;
  for (CellType type : types) {
    oids.push_back(type == CellType::kInt ? (arrays ? kBigintArray : kBigint) : (arrays ? kByteaArray : kBytea));
  }
  return oids;
}

// The rows of writes.
std::vector<const void*> RowsOf(absl::Span<const Write> writes) {
  std::vector<const void*> rows;
  rows.reserve(writes.size());
  for (const Write& write : writes) rows.push_back(write.row);
  return rows;
}

int64_t ChangedRows(const PGresult* result) {
  int64_t rows = 0;
  return absl::SimpleAtoi(PQcmdTuples(const_cast<PGresult*>(result)), &rows) ? rows : 0;
}

}  // namespace

absl::Status PostgresConnection::CheckNotReceiving(const TableSpec& table) const {
  if (!receiving_) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name_, ": ", table.name, ": called from a receiver of its own reader; copy the rows first"));
}

template <class IndexOf>
void PostgresConnection::Receive(const PGresult* result, const TableSpec& table, const RowReceiver& receive,
                                 const IndexOf& index_of) {
  const int version_column = static_cast<int>(table.columns.size());
  PostgresRow cells(result);
  receiving_ = true;
  for (int row = 0; row < PQntuples(result); ++row) {
    cells.Go(row);
    receive(index_of(row, cells), cells, cells.Int(version_column));
  }
  receiving_ = false;
}

absl::Status PostgresConnection::Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) {
  absl::Status status = CheckNotReceiving(table);
  if (!status.ok() || keys.empty()) return status;
  const std::vector<CellType> types = TypesOf(table, ColumnsOfIndex(table, -1), false);
  std::string& select = statements_[&table].select;
  status = Prepare(select.empty() ? PostgresSql::Select(table) : "", OidsOf(types, true), table.name, select);
  if (!status.ok()) return status;
  const std::vector<uint32_t> order = OrderByKey(keys, table.key_columns, table.key_cells);
  ArraySink sink(types, keys.size());
  for (uint32_t i : order) {
    sink.BeginRow();
    table.key_cells(keys[i], sink);
  }
  absl::StatusOr<ResultPtr> result = Run(select, sink.Take(), table.name);
  if (!result.ok()) return result.status();
  const int position_column = static_cast<int>(table.columns.size()) + 1;
  Receive(result->get(), table, receive, [&](int, PostgresRow& cells) -> size_t { return order[cells.Int(position_column) - 1]; });
  return absl::OkStatus();
}

absl::Status PostgresConnection::Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) {
  absl::Status status = CheckNotReceiving(table);
  if (status.ok()) status = CheckRange(table, range);
  if (!status.ok()) return status;
  const PostgresSql::ScanShape shape{range.index, static_cast<int>(range.from.size()), range.after_from,
                                     static_cast<int>(range.to.size())};
  std::string& scan = statements_[&table].scans[std::make_tuple(shape.index, shape.from_cells, shape.after_from, shape.to_cells)];
  if (scan.empty()) {
    std::vector<int> columns = ColumnsOfIndex(table, range.index);
    std::vector<int> bounds(columns.begin(), columns.begin() + shape.from_cells);
    bounds.insert(bounds.end(), columns.begin(), columns.begin() + shape.to_cells);
    status = Prepare(PostgresSql::Scan(table, shape), OidsOf(TypesOf(table, bounds, true), false), table.name, scan);
    if (!status.ok()) return status;
  }
  Parameters parameters;
  for (const Cell& cell : range.from) parameters.AddCell(cell);
  for (const Cell& cell : range.to) parameters.AddCell(cell);
  parameters.AddCell(range.limit);
  absl::StatusOr<ResultPtr> result = Run(scan, parameters, table.name);
  if (!result.ok()) return result.status();
  Receive(result->get(), table, receive, [](int row, PostgresRow&) { return static_cast<size_t>(row); });
  return absl::OkStatus();
}

absl::StatusOr<int64_t> PostgresConnection::Put(const TableSpec& table, absl::Span<const Write> writes) {
  absl::Status status = CheckNotReceiving(table);
  if (!status.ok()) return status;
  if (table.kind == TableKind::kCounter) {
    std::vector<uint32_t> order;
    status = AddCounters(table, writes, false, order).status();
    if (!status.ok()) return status;
    return 0;
  }
  std::array<std::vector<Write>, 3> parts;  // by WritePart
  for (const Write& write : writes) {
    const WritePart part = write.erase ? WritePart::kErase : write.version == 0 ? WritePart::kInsert : WritePart::kUpdate;
    parts[static_cast<size_t>(part)].push_back(write);
  }
  int64_t changed = 0;
  for (WritePart part : {WritePart::kInsert, WritePart::kUpdate, WritePart::kErase}) {
    const std::vector<Write>& its_writes = parts[static_cast<size_t>(part)];
    if (its_writes.empty()) continue;
    absl::StatusOr<ResultPtr> result = RunOnRows(table, its_writes, part);
    if (!result.ok()) return result.status();
    changed += ChangedRows(result->get());
  }
  return static_cast<int64_t>(writes.size()) - changed;
}

absl::StatusOr<ResultPtr> PostgresConnection::RunOnRows(const TableSpec& table, absl::Span<const Write> writes, WritePart part) {
  const bool has_version = part != WritePart::kInsert;
  const bool whole = part != WritePart::kErase;
  const std::vector<CellType> types = TypesOf(table, whole ? AllColumns(table) : KeyColumns(table), has_version);
  ArraySink sink(types, writes.size());
  for (uint32_t i : OrderByKey(RowsOf(writes), table.key_columns, table.row_key_cells)) {
    sink.BeginRow();
    (whole ? table.row_cells : table.row_key_cells)(writes[i].row, sink);
    if (has_version) sink.Int(writes[i].version);
  }
  const Parameters parameters = sink.Take();
  const std::vector<Oid> oids = OidsOf(types, true);
  Statements& statements = statements_[&table];
  const auto run = [&](std::string& statement, auto sql) -> absl::StatusOr<ResultPtr> {
    absl::Status status = Prepare(statement.empty() ? sql() : "", oids, table.name, statement);
    if (!status.ok()) return status;
    return Run(statement, parameters, table.name);
  };
  switch (part) {
    case WritePart::kUpdate:
      return run(statements.update, [&] { return PostgresSql::Update(table); });
    case WritePart::kErase:
      return run(statements.erase, [&] { return PostgresSql::Erase(table); });
    case WritePart::kInsert:
      break;
  }
  if (writes.size() >= kManyRows) {
    absl::Status status = Execute("SAVEPOINT store_insert", table.name);
    if (!status.ok()) return status;
    absl::StatusOr<ResultPtr> result = run(statements.insert_new, [&] { return PostgresSql::Insert(table, true); });
    const bool exists = !result.ok() && sqlstate_ == kUniqueViolation;
    if (!result.ok() && !exists) return result;
    status = Execute(exists ? "ROLLBACK TO SAVEPOINT store_insert" : "RELEASE SAVEPOINT store_insert", table.name);
    if (!status.ok()) return status;
    if (!exists) return result;
  }
  return run(statements.insert, [&] { return PostgresSql::Insert(table, false); });
}

absl::StatusOr<ResultPtr> PostgresConnection::AddCounters(const TableSpec& table, absl::Span<const Write> writes, bool returning,
                                                          std::vector<uint32_t>& order) {
  for (const Write& write : writes) {
    if (write.erase) return absl::InvalidArgumentError(absl::StrCat(table.name, ": counters cannot be erased"));
  }
  const std::vector<CellType> types = TypesOf(table, AllColumns(table), false);
  std::string& add = returning ? statements_[&table].add_and_get : statements_[&table].add;
  absl::Status status = Prepare(add.empty() ? PostgresSql::Add(table, returning) : "", OidsOf(types, true), table.name, add);
  if (!status.ok()) return status;
  order = OrderByKey(RowsOf(writes), table.key_columns, table.row_key_cells);
  ArraySink sink(types, writes.size());
  for (uint32_t i : order) {
    sink.BeginRow();
    table.row_cells(writes[i].row, sink);
  }
  return Run(add, sink.Take(), table.name);
}

absl::Status PostgresConnection::AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive) {
  if (table.kind != TableKind::kCounter) return absl::InvalidArgumentError(absl::StrCat(table.name, ": not a counter table"));
  absl::Status status = CheckNotReceiving(table);
  if (!status.ok()) return status;
  std::vector<uint32_t> order;
  absl::StatusOr<ResultPtr> result = AddCounters(table, writes, true, order);
  if (!result.ok()) return result.status();
  Receive(result->get(), table, receive, [&](int row, PostgresRow&) -> size_t { return order[row]; });
  return absl::OkStatus();
}

}  // namespace berdaya::store
