#include "common/store/sqlite_connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/store/sqlite_error.h"

namespace berdaya::store {
namespace {

int OpenFlags(Connection::Mode mode) {
  // The caller keeps to one thread at a time, so SQLite's own lock around each call is not needed.
  constexpr int kCommon = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case Connection::Mode::kWriter:
      return kCommon | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Connection::Mode::kCheckpoint:
      return kCommon | SQLITE_OPEN_READWRITE;
    case Connection::Mode::kReader:
      break;
  }
  return kCommon | SQLITE_OPEN_READONLY;
}

// A reader's pages are thrown away with each commit of the writer, so a large cache would not pay.
constexpr int kReaderCacheKib = 4096;

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& file, const Options& options, Mode mode) {
  sqlite3* db = nullptr;
  const char* vfs = options.vfs.empty() ? nullptr : options.vfs.c_str();
  const int result = sqlite3_open_v2(file.c_str(), &db, OpenFlags(mode), vfs);
  if (db == nullptr) return SqliteStatus(result, 0, absl::StrCat(file, ": open"));
  std::unique_ptr<Connection> connection(new Connection(file, db));
  if (result != SQLITE_OK) return connection->StatusOf(result, "open");
  const int registered = connection->batch_.Register(db);
  if (registered != SQLITE_OK) return connection->StatusOf(registered, "open");
  absl::Status status = connection->Configure(options, mode);
  if (!status.ok()) return status;
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  cached_.clear();
  sqlite3_close_v2(db_);
}

absl::Status Connection::Configure(const Options& options, Mode mode) {
  sqlite3_busy_timeout(db_, options.busy_timeout_ms);
  // A double-quoted word that is no column is an error, not a string; schema functions from a foreign file are not run.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  const int cache_kib = mode == Mode::kWriter ? options.cache_mib * 1024 : kReaderCacheKib;
  std::string pragmas = absl::StrCat(
      "PRAGMA cache_size=-", cache_kib, ";",
      // Sorting and statement journals stay in memory: rows hold personal data and are not to appear in temporary files.
      "PRAGMA temp_store=MEMORY;",
      // Finds a damaged page when it is read instead of acting on it; costs a look at each cell pointer when a page is loaded.
      "PRAGMA cell_size_check=ON;");
  if (mode != Mode::kReader) {
    absl::StrAppend(
        &pragmas,
        // Only counts in a new file. 8192 measured the same, 2048 and 1024 much slower (README.md).
        "PRAGMA page_size=4096;",
        // Readers never block the writer; a commit is one sequential write.
        "PRAGMA journal_mode=WAL;",
        // The log is synced at each commit: what was committed survives power loss. Memory databases have none to survive.
        "PRAGMA synchronous=FULL;",
        // Erased rows are overwritten where the page is written anyway. Debian's default (ON) also rewrites free pages.
        "PRAGMA secure_delete=FAST;",
        // Checkpoints are Maintain's, away from the commit (sqlite.cc keeps a bound).
        "PRAGMA wal_autocheckpoint=0;",
        // A log that grew past its bound is cut when it starts again; below it is written over, which syncs faster.
        "PRAGMA journal_size_limit=", int64_t{options.wal_mib} * 2 * 1024 * 1024, ";");
  }
  absl::Status status = Execute(pragmas, "configure");
  if (!status.ok() || mode == Mode::kReader) return status;
  auto journal = Query("PRAGMA journal_mode", "configure");
  if (!journal.ok()) return journal.status();
  if ((*journal)[0][0] == "wal") return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(file_, ": the file system cannot hold a write-ahead log; use a local one"));
}

absl::Status Connection::StatusOf(int code, absl::string_view what) {
  return SqliteStatus(code, sqlite3_system_errno(db_), absl::StrCat(file_, ": ", what));
}

absl::Status Connection::Execute(const std::string& sql, absl::string_view what) {
  const int result = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return absl::OkStatus();
  absl::Status status = StatusOf(result, what);
  // What is wrong with a statement's text names columns and words of it, never a row's values.
  return absl::IsInvalidArgument(status) ? WithReason(status) : status;
}

absl::Status Connection::WithReason(const absl::Status& status) const {
  return absl::Status(status.code(), absl::StrCat(status.message(), ": ", sqlite3_errmsg(db_)));
}

absl::Status Connection::ExecuteCached(const char* sql) {
  StatementPtr& statement = cached_[sql];
  absl::Status status = Prepare(sql, sql, statement);
  if (!status.ok()) return status;
  int result = sqlite3_step(statement.get());
  while (result == SQLITE_ROW) result = sqlite3_step(statement.get());
  if (result != SQLITE_DONE) status = StatusOf(result, sql);
  sqlite3_reset(statement.get());
  return status;
}

absl::StatusOr<std::vector<std::vector<std::string>>> Connection::Query(const std::string& sql, absl::string_view what) {
  StatementPtr statement;
  absl::Status status = Prepare(sql, what, statement);
  if (!status.ok()) return status;
  std::vector<std::vector<std::string>> rows;
  int result;
  while ((result = sqlite3_step(statement.get())) == SQLITE_ROW) {
    auto& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), i));
      row.emplace_back(text == nullptr ? "" : text);
    }
  }
  if (result != SQLITE_DONE) return StatusOf(result, what);
  return rows;
}

absl::Status Connection::Prepare(const std::string& sql, absl::string_view what, StatementPtr& statement) {
  if (statement != nullptr) {
    if (!sqlite3_stmt_busy(statement.get())) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ": ", what, ": called from a receiver of its own reader; copy the rows first"));
  }
  sqlite3_stmt* prepared = nullptr;
  const int result =
      sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (result == SQLITE_OK) {
    statement.reset(prepared);
    return absl::OkStatus();
  }
  return WithReason(StatusOf(result, what));
}

}  // namespace berdaya::store
