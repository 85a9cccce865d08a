#include "common/store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/store/file_lock.h"
#include "common/store/sqlite_connection.h"
#include "common/store/sqlite_migrate.h"
#include "common/store/temporary_folder.h"

namespace berdaya::store {
namespace {

constexpr int kPageBytes = 4096;
// Snapshot connections kept for reuse; more may be in use at once.
constexpr size_t kIdleReaders = 8;
// The log's last bound, in multiples of wal_mib: past it the commit itself does what Maintain did not.
constexpr int64_t kNeglected = 8;

class SqliteDatabase;

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteDatabase* database);
  ~SqliteTransaction() override;

  absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) override;
  absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) override;
  absl::StatusOr<int64_t> Put(const TableSpec& table, absl::Span<const Write> writes) override;
  absl::Status AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive) override;
  absl::Status Commit() override;

 private:
  // Remembers the first error. SQLite may have rolled back by itself, and a later statement would then commit alone.
  absl::Status Remember(absl::Status status);

  SqliteDatabase* const database_;
  Connection& connection_;
  absl::Status failed_;
};

class SqliteSnapshot final : public Reader {
 public:
  SqliteSnapshot(SqliteDatabase* database, std::unique_ptr<Connection> connection)
      : database_(database), connection_(std::move(connection)) {}
  ~SqliteSnapshot() override;

  absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) override {
    return connection_->Read(table, keys, receive);
  }
  absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) override {
    return connection_->Scan(table, range, receive);
  }

 private:
  SqliteDatabase* const database_;
  std::unique_ptr<Connection> connection_;
};

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const Options& options) : options_(options) {}
  ~SqliteDatabase() override;

  absl::Status Start(const std::string& file);

  absl::Status Migrate(const Schema& schema) override;
  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<Reader>> Snapshot() override;
  absl::Status Maintain() override;
  absl::Status Checkpoint() override;

  Connection& writer() { return *writer_; }
  void EndWrite();
  void GiveBack(std::unique_ptr<Connection> reader);
  // After this nothing is written any more, not even at close: the log stays for whoever repairs the file.
  void Break(const absl::Status& status);

 private:
  absl::Status TakeWrite();
  absl::StatusOr<bool> MoveLog(int mode);
  absl::Status CheckFileIsThere();
  static int OnCommit(void* self, sqlite3* db, const char* schema, int log_pages);
  int64_t LogLimitPages() const { return int64_t{options_.wal_mib} * 1024 * 1024 / kPageBytes; }

  const Options options_;
  TemporaryFolder folder_;  // of a memory database
  std::string file_;
  ino_t inode_ = 0;  // of the file; 0: not on a file system of the machine's
  dev_t device_ = 0;
  FileLock lock_;
  std::unique_ptr<Connection> writer_;  // used by whoever has the write turn

  std::mutex maintenance_;  // one Maintain at a time
  std::unique_ptr<Connection> checkpointer_;
  std::atomic<int64_t> log_pages_ = 0;  // in the log after the last commit

  std::mutex mutex_;  // of what follows; never held during a call of SQLite
  std::condition_variable turn_is_free_;
  bool writing_ = false;  // somebody has the write turn
  absl::Status broken_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;
};

// Settings of SQLite as a whole, before its first use in this process.
void ConfigureSqlite() {
  static std::once_flag once;
  // Counting every allocation takes a lock that all connections share; nobody reads the counts.
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

absl::Status SqliteDatabase::Start(const std::string& file) {
  const bool memory = file == ":memory:";
  if (memory) {
    // SQLite's own memory databases have no log, so a snapshot there would block the writer.
    absl::Status status = folder_.Create();
    if (!status.ok()) return status;
    file_ = folder_.path() + "/memory.db";
  } else {
    std::error_code error;
    file_ = std::filesystem::weakly_canonical(file, error).string();
    if (error) return absl::FailedPreconditionError(absl::StrCat(file, ": ", error.message()));
  }
  absl::StatusOr<FileLock> lock = FileLock::Acquire(file_);
  if (!lock.ok()) return lock.status();
  lock_ = *std::move(lock);
  if (options_.vfs.empty()) {
    // Personal data: only this user reads the file. SQLite gives the log the same mode.
    const int fd = open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
  }
  absl::StatusOr<std::unique_ptr<Connection>> writer = Connection::Open(file_, options_, Connection::Mode::kWriter);
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  if (memory) {
    absl::Status status = writer_->Execute("PRAGMA synchronous=OFF", "configure");
    if (!status.ok()) return status;
  }
  absl::StatusOr<std::unique_ptr<Connection>> checkpointer = Connection::Open(file_, options_, Connection::Mode::kCheckpoint);
  if (!checkpointer.ok()) return checkpointer.status();
  checkpointer_ = *std::move(checkpointer);
  sqlite3_wal_hook(writer_->handle(), &OnCommit, this);
  struct stat opened {};
  if (options_.vfs.empty() && stat(file_.c_str(), &opened) == 0) {
    inode_ = opened.st_ino;
    device_ = opened.st_dev;
  }
  return absl::OkStatus();
}

SqliteDatabase::~SqliteDatabase() {
  const bool broken = !broken_.ok();
  for (auto* connection : {checkpointer_.get(), writer_.get()}) {
    if (broken && connection != nullptr) sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  idle_readers_.clear();
  checkpointer_.reset();
  writer_.reset();  // the last one moves the log into the file and removes it
}

int SqliteDatabase::OnCommit(void* self, sqlite3* db, const char* schema, int log_pages) {
  auto* database = static_cast<SqliteDatabase*>(self);
  database->log_pages_ = log_pages;
  if (log_pages > kNeglected * database->LogLimitPages()) {
    // The commit is done; what fails here fails again in Maintain, where somebody can be told.
    sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

absl::Status SqliteDatabase::TakeWrite() {
  std::unique_lock<std::mutex> held(mutex_);
  const bool got = turn_is_free_.wait_for(held, std::chrono::milliseconds(options_.busy_timeout_ms), [this] { return !writing_; });
  if (!broken_.ok()) return broken_;
  if (!got) {
    return absl::UnavailableError(absl::StrCat(file_, ": another transaction is open for longer than the busy time-out; retry"));
  }
  writing_ = true;
  return absl::OkStatus();
}

void SqliteDatabase::EndWrite() {
  std::lock_guard<std::mutex> held(mutex_);
  writing_ = false;
  turn_is_free_.notify_one();
}

void SqliteDatabase::Break(const absl::Status& status) {
  std::lock_guard<std::mutex> held(mutex_);
  if (broken_.ok()) broken_ = status;
}

absl::StatusOr<std::unique_ptr<Transaction>> SqliteDatabase::Begin() {
  absl::Status status = TakeWrite();
  if (!status.ok()) return status;
  status = writer_->ExecuteCached("BEGIN IMMEDIATE");
  if (!status.ok()) {
    EndWrite();
    return status;
  }
  return std::make_unique<SqliteTransaction>(this);
}

absl::Status SqliteDatabase::Migrate(const Schema& schema) {
  absl::StatusOr<std::unique_ptr<Transaction>> transaction = Begin();
  if (!transaction.ok()) return transaction.status();
  absl::Status status = MigrateSqlite(*writer_, schema);
  return status.ok() ? (*transaction)->Commit() : status;
}

absl::StatusOr<std::unique_ptr<Reader>> SqliteDatabase::Snapshot() {
  std::unique_ptr<Connection> connection;
  {
    std::lock_guard<std::mutex> held(mutex_);
    if (!idle_readers_.empty()) {
      connection = std::move(idle_readers_.back());
      idle_readers_.pop_back();
    }
  }
  if (connection == nullptr) {
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(file_, options_, Connection::Mode::kReader);
    if (!opened.ok()) return opened.status();
    connection = *std::move(opened);
  }
  absl::Status status = connection->ExecuteCached("BEGIN");
  // BEGIN alone fixes nothing: the view is that of the first read.
  if (status.ok()) status = connection->ExecuteCached("SELECT 1 FROM sqlite_schema LIMIT 1");
  if (!status.ok()) return status;
  return std::make_unique<SqliteSnapshot>(this, std::move(connection));
}

void SqliteDatabase::GiveBack(std::unique_ptr<Connection> reader) {
  if (!reader->ExecuteCached("COMMIT").ok()) return;  // closes it
  std::lock_guard<std::mutex> held(mutex_);
  if (idle_readers_.size() < kIdleReaders) idle_readers_.push_back(std::move(reader));
}

// Moves what it can from the log into the file without holding anybody up. True if nothing is left in the log.
absl::StatusOr<bool> SqliteDatabase::MoveLog(int mode) {
  int in_log = 0;
  int moved = 0;
  const int result = sqlite3_wal_checkpoint_v2(checkpointer_->handle(), "main", mode, &in_log, &moved);
  if ((result & 0xff) == SQLITE_BUSY) return false;  // a foreign process is at it
  if (result != SQLITE_OK) {
    absl::Status status = checkpointer_->StatusOf(result, "checkpoint");
    if (absl::IsDataLoss(status)) Break(status);
    return status;
  }
  return in_log == moved;
}

// Who removes or replaces the file of a running process takes away all that it commits from then on.
absl::Status SqliteDatabase::CheckFileIsThere() {
  struct stat now {};
  if (inode_ == 0 || (stat(file_.c_str(), &now) == 0 && now.st_ino == inode_ && now.st_dev == device_)) return absl::OkStatus();
  absl::Status status = absl::DataLossError(
      absl::StrCat(file_, ": the file was removed or replaced while it was open; stop, put it back, then start again"));
  Break(status);
  return status;
}

absl::Status SqliteDatabase::Checkpoint() {
  std::lock_guard<std::mutex> held(maintenance_);
  if (absl::Status status = TakeWrite(); !status.ok()) return status;
  const absl::StatusOr<bool> done = MoveLog(SQLITE_CHECKPOINT_TRUNCATE);
  EndWrite();
  return done.status();
}

absl::Status SqliteDatabase::Maintain() {
  std::lock_guard<std::mutex> held(maintenance_);
  if (absl::Status status = CheckFileIsThere(); !status.ok()) return status;
  if (log_pages_ < LogLimitPages()) return absl::OkStatus();
  absl::StatusOr<bool> done = MoveLog(SQLITE_CHECKPOINT_PASSIVE);
  if (done.ok() && !*done) {
    // The writer went on meanwhile, and the log starts again from its beginning only once all of it is moved: take the writer's
    // turn for the little that came since. If the turn does not come, the next call tries again.
    if (!TakeWrite().ok()) return absl::OkStatus();
    done = MoveLog(SQLITE_CHECKPOINT_PASSIVE);
    EndWrite();
  }
  if (!done.ok()) return done.status();
  if (*done) log_pages_ = 0;
  return absl::OkStatus();
}

SqliteTransaction::SqliteTransaction(SqliteDatabase* database) : database_(database), connection_(database->writer()) {}

SqliteTransaction::~SqliteTransaction() {
  if (connection_.in_transaction()) {
    absl::Status status = connection_.ExecuteCached("ROLLBACK");
    if (!status.ok() && connection_.in_transaction()) {
      database_->Break(absl::DataLossError(absl::StrCat("a transaction cannot be rolled back: ", status.message())));
    }
  }
  database_->EndWrite();
}

absl::Status SqliteTransaction::Remember(absl::Status status) {
  if (!status.ok() && failed_.ok()) {
    failed_ = status;
    if (absl::IsDataLoss(status)) database_->Break(status);
  }
  return status;
}

absl::Status SqliteTransaction::Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) {
  if (!failed_.ok()) return failed_;
  return Remember(connection_.Read(table, keys, receive));
}

absl::Status SqliteTransaction::Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) {
  if (!failed_.ok()) return failed_;
  return Remember(connection_.Scan(table, range, receive));
}

absl::StatusOr<int64_t> SqliteTransaction::Put(const TableSpec& table, absl::Span<const Write> writes) {
  if (!failed_.ok()) return failed_;
  absl::StatusOr<int64_t> missed = connection_.Put(table, writes);
  if (!missed.ok()) return Remember(missed.status());
  if (*missed > 0) {
    failed_ = absl::AbortedError(absl::StrCat(table.name, ": ", *missed, " rows have another version than was read; read again"));
  }
  return missed;
}

absl::Status SqliteTransaction::AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive) {
  if (!failed_.ok()) return failed_;
  return Remember(connection_.AddAndGet(table, writes, receive));
}

absl::Status SqliteTransaction::Commit() {
  if (!failed_.ok()) return failed_;
  absl::Status status = Remember(connection_.ExecuteCached("COMMIT"));
  if (status.ok()) failed_ = absl::InvalidArgumentError("transaction: already committed");
  return status;
}

SqliteSnapshot::~SqliteSnapshot() { database_->GiveBack(std::move(connection_)); }

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& file, const Options& options) {
  if (options.cache_mib < 1) return absl::InvalidArgumentError("cache_mib: must be 1 or more");
  if (options.wal_mib < 1) return absl::InvalidArgumentError("wal_mib: must be 1 or more");
  if (options.busy_timeout_ms < 0) return absl::InvalidArgumentError("busy_timeout_ms: must be 0 or more");
  ConfigureSqlite();
  auto database = std::make_unique<SqliteDatabase>(options);
  absl::Status status = database->Start(file);
  if (!status.ok()) return status;
  return database;
}

}  // namespace berdaya::store
