#include "common/store/postgres.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/store/postgres_connection.h"
#include "common/store/postgres_migrate.h"
#include "common/store/postgres_url.h"

namespace berdaya::store {
namespace {

// Snapshots at a time, and the connections kept for them.
constexpr int kMaxReaders = 32;
constexpr size_t kIdleReaders = 8;
// A statement of a migration takes as long as its table is large.
constexpr int kMigrationMs = 6 * 60 * 60 * 1000;
// Between two tries to reach a server that starts again.
constexpr std::chrono::milliseconds kRetryPause(50);

using Connection = PostgresConnection;

class PostgresDatabase;

class PostgresTransaction final : public Transaction {
 public:
  PostgresTransaction(PostgresDatabase* database, std::unique_ptr<Connection> connection)
      : database_(database), connection_(std::move(connection)) {}
  ~PostgresTransaction() override;

  absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) override {
    return failed_.ok() ? Remember(connection_->Read(table, keys, receive)) : failed_;
  }
  absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) override {
    return failed_.ok() ? Remember(connection_->Scan(table, range, receive)) : failed_;
  }
  absl::StatusOr<int64_t> Put(const TableSpec& table, absl::Span<const Write> writes) override;
  absl::Status AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive) override {
    return failed_.ok() ? Remember(connection_->AddAndGet(table, writes, receive)) : failed_;
  }
  absl::Status Commit() override;

 private:
  // Remembers the first error: the server refuses what comes after it anyway, but for a commit, which it would turn into a
  // rollback.
  absl::Status Remember(absl::Status status) {
    failed_.Update(status);
    return status;
  }

  PostgresDatabase* const database_;
  std::unique_ptr<Connection> connection_;
  absl::Status failed_;
};

class PostgresSnapshot final : public Reader {
 public:
  PostgresSnapshot(PostgresDatabase* database, std::unique_ptr<Connection> connection)
      : database_(database), connection_(std::move(connection)) {}
  ~PostgresSnapshot() override;

  absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) override {
    return connection_->Read(table, keys, receive);
  }
  absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) override {
    return connection_->Scan(table, range, receive);
  }

 private:
  PostgresDatabase* const database_;
  std::unique_ptr<Connection> connection_;
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(PostgresAddress address, const Options& options) : address_(std::move(address)), options_(options) {}

  absl::Status Start() { return Reconnect(); }

  absl::Status Migrate(const Schema& schema) override;
  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<Reader>> Snapshot() override;
  absl::Status Maintain() override { return absl::OkStatus(); }  // autovacuum's and the checkpointer's

  void EndWrite(std::unique_ptr<Connection> writer);
  void GiveBack(std::unique_ptr<Connection> reader);
  // What became of a transaction whose connection was lost in its commit. Called by who has the write turn.
  absl::Status OutcomeOf(const std::string& transaction_id, int server_process, const absl::Status& lost);

 private:
  absl::Status TakeWrite();
  // The next three are called by who has the write turn.
  absl::Status Reconnect();
  absl::Status BeginOnWriter();
  absl::StatusOr<std::string> StatusOfTransaction(const std::string& transaction_id, int server_process);
  absl::StatusOr<std::unique_ptr<Connection>> TakeReader();
  absl::Status BeginSnapshot(std::unique_ptr<Connection>& connection);
  void ForgetReader();
  std::chrono::milliseconds Patience() const { return std::chrono::milliseconds(options_.busy_timeout_ms); }

  const PostgresAddress address_;
  const Options options_;
  std::unique_ptr<Connection> writer_;  // of who has the write turn; away while a transaction is open, or lost

  std::mutex mutex_;  // of what follows; never held during a call of the server
  std::condition_variable turn_is_free_;
  bool writing_ = false;  // somebody has the write turn
  std::condition_variable reader_is_free_;
  int readers_ = 0;  // in use
  std::vector<std::unique_ptr<Connection>> idle_readers_;
};

absl::Status PostgresDatabase::Reconnect() {
  writer_.reset();
  absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(address_, options_, Connection::Mode::kWriter);
  if (!opened.ok()) return opened.status();
  writer_ = *std::move(opened);
  return absl::OkStatus();
}

absl::Status PostgresDatabase::TakeWrite() {
  std::unique_lock<std::mutex> held(mutex_);
  if (!turn_is_free_.wait_for(held, Patience(), [this] { return !writing_; })) {
    return absl::UnavailableError(
        absl::StrCat(address_.name, ": another transaction is open for longer than the busy time-out; retry"));
  }
  writing_ = true;
  return absl::OkStatus();
}

void PostgresDatabase::EndWrite(std::unique_ptr<Connection> writer) {
  std::lock_guard<std::mutex> held(mutex_);
  // One whose rollback failed would let its next transaction commit what it left.
  if (writer != nullptr && !writer->lost() && !writer->in_transaction()) writer_ = std::move(writer);
  writing_ = false;
  turn_is_free_.notify_one();
}

absl::Status PostgresDatabase::BeginOnWriter() {
  if (writer_ != nullptr && !writer_->lost()) {
    absl::Status status = writer_->Execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "begin");
    if (status.ok() || !writer_->lost()) return status;
  }
  // Lost, perhaps long ago and unseen. Nothing was begun on it, so the caller need not know.
  absl::Status status = Reconnect();
  return status.ok() ? writer_->Execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "begin") : status;
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresDatabase::Begin() {
  absl::Status status = TakeWrite();
  if (!status.ok()) return status;
  status = BeginOnWriter();
  if (!status.ok()) {
    EndWrite(nullptr);
    return status;
  }
  return std::make_unique<PostgresTransaction>(this, std::move(writer_));
}

absl::Status PostgresDatabase::Migrate(const Schema& schema) {
  Options patient = options_;
  patient.statement_timeout_ms = kMigrationMs;
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(address_, patient, Connection::Mode::kWriter);
  if (!connection.ok()) return connection.status();
  absl::Status status = (*connection)->Execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "begin");
  if (status.ok()) status = MigratePostgres(**connection, schema, std::max(options_.busy_timeout_ms, 1));
  return status.ok() ? (*connection)->Execute("COMMIT", "commit") : status;
}

absl::StatusOr<std::unique_ptr<Reader>> PostgresDatabase::Snapshot() {
  absl::StatusOr<std::unique_ptr<Connection>> connection = TakeReader();
  if (!connection.ok()) return connection.status();
  absl::Status status = BeginSnapshot(*connection);
  if (!status.ok()) {
    ForgetReader();
    return status;
  }
  return std::make_unique<PostgresSnapshot>(this, *std::move(connection));
}

// A place in the pool and the connection that waits there, if one does.
absl::StatusOr<std::unique_ptr<Connection>> PostgresDatabase::TakeReader() {
  std::unique_lock<std::mutex> held(mutex_);
  if (!reader_is_free_.wait_for(held, Patience(), [this] { return readers_ < kMaxReaders; })) {
    return absl::UnavailableError(
        absl::StrCat(address_.name, ": ", kMaxReaders, " snapshots are open for longer than the busy time-out; retry"));
  }
  ++readers_;
  std::unique_ptr<Connection> connection;
  if (!idle_readers_.empty()) {
    connection = std::move(idle_readers_.back());
    idle_readers_.pop_back();
  }
  return connection;
}

absl::Status PostgresDatabase::BeginSnapshot(std::unique_ptr<Connection>& connection) {
  // BEGIN alone fixes nothing: the view is that of the first query.
  constexpr char kBegin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;SELECT 1";
  if (connection != nullptr) {
    absl::Status status = connection->Execute(kBegin, "snapshot");
    if (status.ok() || !connection->lost()) return status;
  }
  absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(address_, options_, Connection::Mode::kReader);
  if (!opened.ok()) return opened.status();
  connection = *std::move(opened);
  return connection->Execute(kBegin, "snapshot");
}

void PostgresDatabase::ForgetReader() {
  std::lock_guard<std::mutex> held(mutex_);
  --readers_;
  reader_is_free_.notify_one();
}

void PostgresDatabase::GiveBack(std::unique_ptr<Connection> reader) {
  const bool reusable = !reader->lost() && reader->Execute("ROLLBACK", "snapshot").ok();
  if (!reusable) reader.reset();
  std::lock_guard<std::mutex> held(mutex_);
  --readers_;
  reader_is_free_.notify_one();
  if (reusable && idle_readers_.size() < kIdleReaders) idle_readers_.push_back(std::move(reader));
}

// "committed", "aborted", or anything else if that is not decided.
absl::StatusOr<std::string> PostgresDatabase::StatusOfTransaction(const std::string& transaction_id, int server_process) {
  if (writer_ == nullptr || writer_->lost()) {
    absl::Status status = Reconnect();
    if (!status.ok()) return status;
  }
  const std::string query = absl::StrCat("SELECT coalesce(pg_xact_status('", transaction_id, "'::xid8), '')");
  auto rows = writer_->Query(query, "commit");
  if (rows.ok() && (*rows)[0][0] == "in progress") {
    // The server does not know yet that the connection is lost; ended, it decides. Not one that has committed and waits for its
    // standby: the wait would end, and we would take for safe what only one machine has.
    const std::string end =
        absl::StrCat("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE pid=", server_process,
                     " AND backend_xid='", transaction_id, "'::xid8::xid AND wait_event IS DISTINCT FROM 'SyncRep'");
    absl::Status ended = writer_->Execute(end, "commit");
    if (!ended.ok()) return ended;
    rows = writer_->Query(query, "commit");
  }
  if (!rows.ok()) return rows.status();
  return (*rows)[0][0];
}

absl::Status PostgresDatabase::OutcomeOf(const std::string& transaction_id, int server_process, const absl::Status& lost) {
  const auto deadline = std::chrono::steady_clock::now() + Patience();
  for (;;) {
    absl::StatusOr<std::string> outcome = StatusOfTransaction(transaction_id, server_process);
    if (outcome.ok() && *outcome == "committed") return absl::OkStatus();
    if (outcome.ok() && *outcome == "aborted") return lost;
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::UnavailableError(absl::StrCat(lost.message(), "; whether it was committed could not be asked"));
    }
    std::this_thread::sleep_for(kRetryPause);
  }
}

PostgresTransaction::~PostgresTransaction() {
  // If that fails the connection is lost, and the server rolls back by itself.
  if (!connection_->lost() && connection_->in_transaction()) connection_->Execute("ROLLBACK", "rollback").IgnoreError();
  database_->EndWrite(std::move(connection_));
}

absl::StatusOr<int64_t> PostgresTransaction::Put(const TableSpec& table, absl::Span<const Write> writes) {
  if (!failed_.ok()) return failed_;
  absl::StatusOr<int64_t> missed = connection_->Put(table, writes);
  if (!missed.ok()) return Remember(missed.status());
  if (*missed > 0) {
    failed_ = absl::AbortedError(absl::StrCat(table.name, ": ", *missed, " rows have another version than was read; read again"));
  }
  return missed;
}

absl::Status PostgresTransaction::Commit() {
  if (!failed_.ok()) return failed_;
  const int server_process = connection_->server_process();
  // By its number a transaction can be asked for when the answer to COMMIT does not come; one that wrote nothing has none.
  auto rows = connection_->Query("SELECT coalesce(pg_current_xact_id_if_assigned()::text, '')", "commit");
  if (!rows.ok()) return Remember(rows.status());
  const std::string transaction_id = (*rows)[0][0];
  absl::Status status = connection_->Execute("COMMIT", "commit");
  if (!status.ok() && connection_->lost() && !transaction_id.empty()) {
    status = database_->OutcomeOf(transaction_id, server_process, status);
  }
  failed_ = status.ok() ? absl::InvalidArgumentError("transaction: already committed") : status;
  return status;
}

PostgresSnapshot::~PostgresSnapshot() { database_->GiveBack(std::move(connection_)); }

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenPostgres(const Options& options) {
  if (options.busy_timeout_ms < 0) return absl::InvalidArgumentError("busy_timeout_ms: must be 0 or more");
  if (options.statement_timeout_ms < 1) return absl::InvalidArgumentError("statement_timeout_ms: must be 1 or more");
  absl::StatusOr<PostgresAddress> address = ParsePostgresUrl(options.url);
  if (!address.ok()) return address.status();
  auto database = std::make_unique<PostgresDatabase>(*std::move(address), options);
  absl::Status status = database->Start();
  if (!status.ok()) return status;
  return database;
}

}  // namespace berdaya::store
