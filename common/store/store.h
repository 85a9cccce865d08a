// The seam to SQL engines: bulk read, bulk write, keyset scan, transaction, forward-only migrations.
//
// Only this room knows an engine. Everything else works on row types (table.h) through the interfaces below and the typed helpers
// in typed.h. A Database may be used from many threads; a Transaction and a Reader from one thread at a time.
//
// Status codes, the same on every engine: Aborted (a conflict with another writer; roll back, read again, run again), Unavailable
// (engine gone, busy past the time-out), ResourceExhausted (disk, memory or open files used up), DataLoss (the file is damaged),
// FailedPrecondition (refused at open: another process holds the file, schema newer than the program, a server that does not keep
// what was committed), InvalidArgument (programming error in a call).
#ifndef BERDAYA_COMMON_STORE_STORE_H_
#define BERDAYA_COMMON_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/store/table.h"

namespace berdaya::store {

// A bound of a scan.
using Cell = std::variant<int64_t, std::string>;

// A range of the primary key or of one index, in ascending order.
struct ScanRange {
  int index = -1;           // position in TableSpec::indexes; -1 is the primary key
  std::vector<Cell> from;   // a prefix of the index's columns; empty: from the start
  bool after_from = false;  // true: rows strictly greater than `from` (compared on its columns); false: greater or equal
  std::vector<Cell> to;     // exclusive, a prefix of the index's columns; empty: to the end
  int64_t limit = 1000;
};

// Takes the rows found. It copies what it needs and does not call the reader that calls it. `index` is the position of the key
// asked for (Read), or counts from 0 (Scan). `version` is the row version, 1 or more (0 for counter tables).
using RowReceiver = std::function<void(size_t index, CellSource& cells, int64_t version)>;

// A consistent view of the database.
class Reader {
 public:
  virtual ~Reader() = default;

  // Reads the rows of `keys` (pointers to KeyOf<Row>), any order, repeats allowed; what does not exist is not received.
  virtual absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive) = 0;

  // Reads a range in order.
  virtual absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive) = 0;
};

// A change of one row.
struct Write {
  const void* row = nullptr;  // for an erase only the key's fields count
  int64_t version = 0;        // state tables: the row version that was read; 0: the row must not exist. Counters: ignored
  bool erase = false;         // state tables only
};

// A transaction. What is not committed is rolled back when it goes away. Sees its own writes.
class Transaction : public Reader {
 public:
  // Writes rows, best sorted by key; each key at most once a call. State tables: a row is written only if its version is still the
  // one in Write, and its version rises by one. Returns how many rows were not written for that reason: if it is not 0, the caller
  // must give the transaction up. Counter tables: adds, creating rows that do not exist; returns 0.
  virtual absl::StatusOr<int64_t> Put(const TableSpec& table, absl::Span<const Write> writes) = 0;

  // Counter tables: adds like Put and receives each row as it then is (index: position in writes). The row stays locked against
  // other writers until the commit, so what is received is in commit order.
  virtual absl::Status AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive) = 0;

  // Makes it durable: after OK it survives power loss. After an error nothing of it is seen, but it may turn out to have been
  // written after all: if the process then ends (SQLite), or if the server cannot be asked within the busy time-out what became of
  // it (PostgreSQL). The transaction is of no use any more either way; the next one begins when it goes away.
  virtual absl::Status Commit() = 0;
};

// A step of the schema's history. Forward only; statements are portable SQL, with {int} and {text} for the engine's
// types of columns: "ALTER TABLE item ADD COLUMN members {int} NOT NULL DEFAULT 0". State tables have a column row_version, 1 or
// more.
struct Migration {
  int version = 0;  // 2, 3, ... ; version 1 is the tables as first described
  std::string name;
  std::vector<std::string> statements;
  // The table that the statements change, if it is one: where that table is only created now, as described now, they are not run.
  std::string alters;
};

// What a service stores.
struct Schema {
  std::vector<const TableSpec*> tables;
  std::vector<Migration> migrations;
};

class Database {
 public:
  virtual ~Database() = default;

  // Creates missing tables, applies migrations not applied yet, then creates missing indexes, in one transaction. A new database
  // gets the tables as described now and counts every migration as applied. FailedPrecondition if the database knows a newer
  // migration than the program, or if a table is not as described after all that; InvalidArgument if a description cannot be
  // meant. Called once after Open, before anything else.
  virtual absl::Status Migrate(const Schema& schema) = 0;

  // Begins the one writing transaction of this Database: waits for another's end up to the busy time-out, then Unavailable. Where
  // several processes may share a database theirs go on at the same time: versions and counters tell (Put, AddAndGet), and a row
  // that is only read may change before the commit. A connection that was lost is made again here. After an error of a call on it,
  // or a Put that returned more than 0, a transaction can only be given up. It ends before the Database does.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> Begin() = 0;

  // A snapshot for queries: consistent, never blocks the writer, keep it short (SQLite's log cannot shrink while it is there,
  // PostgreSQL keeps every row erased since and ends it when it is idle for ten minutes). It ends before the Database does.
  virtual absl::StatusOr<std::unique_ptr<Reader>> Snapshot() = 0;

  // Does work that keeps the engine healthy and may take time (checkpoints); called by the owner when idle or every few
  // transactions, from any thread, also beside a running transaction. Returns at once if there is little to do. Not from a thread
  // with a transaction open.
  virtual absl::Status Maintain() = 0;

  // Before the process ends: what was committed is in SQLite's file alone afterwards, and a copy of the file is a whole backup.
  // Waits for a transaction that is open. Nothing is lost without it.
  virtual absl::Status Checkpoint() { return absl::OkStatus(); }
};

struct Options {
  // "sqlite:<path>", or "sqlite::memory:" for a database that goes away with the Database, or "postgresql://user@host/database"
  // with libpq's options behind a question mark. Tables are in the first schema of the search_path:
  // "?options=-csearch_path%3Dregistry".
  std::string url;
  // How long to wait for a lock before Unavailable.
  int busy_timeout_ms = 5000;
  // SQLite: page cache, in mebibytes. PostgreSQL's is the server's shared_buffers.
  int cache_mib = 64;
  // SQLite: how large the log may grow before Maintain moves it into the file, in mebibytes.
  int wal_mib = 64;
  // SQLite: a VFS by name, for tests of power loss; empty is the default.
  std::string vfs;
  // PostgreSQL: how long a statement may take before Unavailable, but for those of Migrate.
  int statement_timeout_ms = 60000;
  // Takes a sentence for the operator: the server is of a version that was not tested. Called from Open, Migrate, Begin and
  // Snapshot.
  std::function<void(const std::string&)> warn;
};

// True if several processes may have the database open at once: their writes are fenced by versions. False: Open refuses a second
// one.
bool SharedByProcesses(absl::string_view url);

// Opens a database. InvalidArgument if the url cannot be meant; no message repeats a password. FailedPrecondition if another
// process has it open for writing (SQLite; the message names the file) or the server may lose what was committed; Unavailable if a
// server cannot be reached.
absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_STORE_H_
