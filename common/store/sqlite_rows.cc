// The hot part of Connection: binding, stepping, receiving.
#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "common/store/scan_range.h"
#include "common/store/sqlite_cells.h"
#include "common/store/sqlite_connection.h"
#include "common/store/sqlite_sql.h"

namespace berdaya::store {
namespace {

// Takes the first cell of a key if it is an integer.
class FirstIntSink final : public CellSink {
 public:
  void Int(int64_t value) override {
    if (count_++ == 0) first = value;
  }
  void Text(std::string_view) override { ++count_; }
  int64_t first = 0;

 private:
  int count_ = 0;
};

std::vector<uint32_t> Numbered(size_t count) {
  std::vector<uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// The order in which to visit keys: by their first column if it is an integer, so that neighbours are read from the same page.
std::vector<uint32_t> VisitingOrder(const TableSpec& table, absl::Span<const void* const> keys) {
  std::vector<uint32_t> order = Numbered(keys.size());
  if (table.columns[0].type != CellType::kInt) return order;
  std::vector<int64_t> first(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    FirstIntSink sink;
    table.key_cells(keys[i], sink);
    first[i] = sink.first;
  }
  if (std::is_sorted(first.begin(), first.end())) return order;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return first[a] < first[b]; });
  return order;
}

// Ends a statement's run when it goes away, whatever happened.
class Run {
 public:
  explicit Run(sqlite3_stmt* statement) : statement_(statement) {}
  ~Run() { sqlite3_reset(statement_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 private:
  sqlite3_stmt* const statement_;
};

void BindCells(const std::vector<Cell>& cells, BindingSink& sink) {
  for (const Cell& cell : cells) {
    if (const auto* number = std::get_if<int64_t>(&cell)) {
      sink.Int(*number);
    } else {
      sink.Text(std::get<std::string>(cell));
    }
  }
}

// Runs a bound statement that gives no rows.
int StepOnce(sqlite3_stmt* statement) {
  const int result = sqlite3_step(statement);
  sqlite3_reset(statement);
  return result;
}

}  // namespace

absl::Status Connection::Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) {
  StatementPtr& select = statements_[&table].select;
  absl::Status status = Prepare(select == nullptr ? SelectSql(table) : "", table.name, select);
  if (!status.ok()) return status;
  const std::vector<uint32_t> order = VisitingOrder(table, keys);
  batch_.Show(keys, order, table.key_cells);
  Run run(select.get());
  const int version_column = static_cast<int>(table.columns.size());
  ResultSource cells(select.get());
  int result;
  while ((result = sqlite3_step(select.get())) == SQLITE_ROW) {
    receive(static_cast<size_t>(sqlite3_column_int64(select.get(), version_column + 1)), cells,
            sqlite3_column_int64(select.get(), version_column));
  }
  return result == SQLITE_DONE ? absl::OkStatus() : StatusOf(result, table.name);
}

absl::Status Connection::Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) {
  absl::Status status = CheckRange(table, range);
  if (!status.ok()) return status;
  int64_t received = 0;
  for (ScanPart part : PartsOfScan(table, range.index, range.from.size())) {
    if (received == range.limit) break;
    status = ScanOnePart(table, range, part, receive, received);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Connection::ScanOnePart(const TableSpec& table, const ScanRange& range, ScanPart part, const RowReceiver& receive,
                                     int64_t& received) {
  const ScanShape shape{part, range.index, static_cast<int>(range.from.size()), range.after_from,
                        static_cast<int>(range.to.size())};
  StatementPtr& scan =
      statements_[&table].scans[std::make_tuple(shape.part, shape.index, shape.from_cells, shape.after_from, shape.to_cells)];
  absl::Status status = Prepare(scan == nullptr ? ScanSql(table, shape) : "", table.name, scan);
  if (!status.ok()) return status;
  Run run(scan.get());
  BindingSink sink(scan.get());
  BindCells(range.from, sink);
  BindCells(range.to, sink);
  sink.Int(range.limit - received);
  if (sink.result() != SQLITE_OK) return StatusOf(sink.result(), table.name);
  const int version_column = static_cast<int>(table.columns.size());
  ResultSource cells(scan.get());
  int result;
  while ((result = sqlite3_step(scan.get())) == SQLITE_ROW) {
    receive(static_cast<size_t>(received++), cells, sqlite3_column_int64(scan.get(), version_column));
  }
  return result == SQLITE_DONE ? absl::OkStatus() : StatusOf(result, table.name);
}

absl::StatusOr<int64_t> Connection::Put(const TableSpec& table, absl::Span<const Write> writes) {
  Statements& statements = statements_[&table];
  if (table.kind == TableKind::kCounter) {
    absl::Status status = PutCounters(table, statements, writes);
    if (!status.ok()) return status;
    return 0;
  }
  const int64_t before = sqlite3_total_changes64(db_);
  absl::Status status = Insert(table, statements, writes);
  for (size_t i = 0; i < writes.size() && status.ok(); ++i) {
    if (writes[i].erase) {
      status = Erase(table, statements, writes[i]);
    } else if (writes[i].version != 0) {
      status = Update(table, statements, writes[i]);
    }
  }
  if (!status.ok()) return status;
  return static_cast<int64_t>(writes.size()) - (sqlite3_total_changes64(db_) - before);
}

// Those of the writes that are new rows.
absl::Status Connection::Insert(const TableSpec& table, Statements& statements, absl::Span<const Write> writes) {
  std::vector<const void*> rows;
  rows.reserve(writes.size());
  for (const Write& write : writes) {
    if (!write.erase && write.version == 0) rows.push_back(write.row);
  }
  if (rows.empty()) return absl::OkStatus();
  StatementPtr& insert = statements.insert;
  absl::Status status = Prepare(insert == nullptr ? InsertSql(table) : "", table.name, insert);
  if (!status.ok()) return status;
  const std::vector<uint32_t> order = Numbered(rows.size());
  batch_.Show(rows, order, table.row_cells);
  const int result = StepOnce(insert.get());
  return result == SQLITE_DONE ? absl::OkStatus() : StatusOf(result, table.name);
}

absl::Status Connection::Erase(const TableSpec& table, Statements& statements, const Write& write) {
  StatementPtr& erase = statements.erase;
  if (erase == nullptr) {
    absl::Status status = Prepare(EraseSql(table), table.name, erase);
    if (!status.ok()) return status;
  }
  BindingSink sink(erase.get());
  table.row_key_cells(write.row, sink);
  sink.Int(write.version);
  const int result = sink.result() != SQLITE_OK ? sink.result() : StepOnce(erase.get());
  return result == SQLITE_DONE ? absl::OkStatus() : StatusOf(result, table.name);
}

absl::Status Connection::Update(const TableSpec& table, Statements& statements, const Write& write) {
  // Most updates leave the indexed columns alone, so that form is tried first.
  for (const bool outside : {true, false}) {
    if (outside && table.indexes.empty()) continue;
    StatementPtr& update = outside ? statements.update_outside_indexes : statements.update;
    if (update == nullptr) {
      absl::Status status = Prepare(outside ? UpdateOutsideIndexesSql(table) : UpdateSql(table), table.name, update);
      if (!status.ok()) return status;
    }
    BindingSink sink(update.get());
    table.row_cells(write.row, sink);
    sink.Int(write.version);
    const int result = sink.result() != SQLITE_OK ? sink.result() : StepOnce(update.get());
    if (result != SQLITE_DONE) return StatusOf(result, table.name);
    if (outside && sqlite3_changes64(db_) == 1) break;
  }
  return absl::OkStatus();
}

absl::Status Connection::PutCounters(const TableSpec& table, Statements& statements, absl::Span<const Write> writes) {
  StatementPtr& add = statements.add;
  absl::Status status = Prepare(add == nullptr ? AddSql(table, false) : "", table.name, add);
  if (!status.ok()) return status;
  for (const Write& write : writes) {
    if (write.erase) return absl::InvalidArgumentError(absl::StrCat(table.name, ": counters cannot be erased"));
    BindingSink sink(add.get());
    table.row_cells(write.row, sink);
    const int result = sink.result() != SQLITE_OK ? sink.result() : StepOnce(add.get());
    if (result != SQLITE_DONE) return StatusOf(result, table.name);
  }
  return absl::OkStatus();
}

absl::Status Connection::AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive) {
  if (table.kind != TableKind::kCounter) return absl::InvalidArgumentError(absl::StrCat(table.name, ": not a counter table"));
  StatementPtr& add = statements_[&table].add_and_get;
  absl::Status status = Prepare(add == nullptr ? AddSql(table, true) : "", table.name, add);
  if (!status.ok()) return status;
  ResultSource cells(add.get());
  for (size_t i = 0; i < writes.size(); ++i) {
    if (writes[i].erase) return absl::InvalidArgumentError(absl::StrCat(table.name, ": counters cannot be erased"));
    Run run(add.get());
    BindingSink sink(add.get());
    table.row_cells(writes[i].row, sink);
    int result = sink.result() != SQLITE_OK ? sink.result() : sqlite3_step(add.get());
    if (result == SQLITE_ROW) {
      receive(i, cells, 0);
      result = sqlite3_step(add.get());  // the row is written, but the statement ends only now
    }
    if (result != SQLITE_DONE) return StatusOf(result, table.name);
  }
  return absl::OkStatus();
}

}  // namespace berdaya::store
