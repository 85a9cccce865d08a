// One connection to an SQLite file, with its prepared statements: reading and writing rows as TableSpec describes them.
//
// Used by one thread at a time. Statements are prepared at first use and live as long as the connection.
#ifndef BERDAYA_COMMON_STORE_SQLITE_CONNECTION_H_
#define BERDAYA_COMMON_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/store/sqlite_batch.h"
#include "common/store/sqlite_sql.h"
#include "common/store/store.h"

namespace berdaya::store {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Connection {
 public:
  enum class Mode {
    kWriter,      // may create the file
    kReader,      // opened read-only
    kCheckpoint,  // writes only what the log already holds
  };

  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& file, const Options& options, Mode mode);
  ~Connection();

  // Runs statements without parameters; `what` names them in an error.
  absl::Status Execute(const std::string& sql, absl::string_view what);

  // The same for one statement that is run often; it is prepared once. `sql` is a constant.
  absl::Status ExecuteCached(const char* sql);

  // Runs a query without parameters and gives its rows as text.
  absl::StatusOr<std::vector<std::vector<std::string>>> Query(const std::string& sql, absl::string_view what);

  // As in store.h.
  absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive);
  absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive);
  absl::StatusOr<int64_t> Put(const TableSpec& table, absl::Span<const Write> writes);
  absl::Status AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive);

  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  sqlite3* handle() { return db_; }

  // The status of a result code of this connection, for `what` (a table's name, or what was tried).
  absl::Status StatusOf(int code, absl::string_view what);

 private:
  // The statements of one table.
  struct Statements {
    StatementPtr select, insert, update, update_outside_indexes, erase, add, add_and_get;
    std::map<std::tuple<ScanPart, int, int, bool, int>, StatementPtr> scans;  // by the members of ScanShape
  };

  Connection(std::string file, sqlite3* db) : file_(std::move(file)), db_(db) {}

  absl::Status Prepare(const std::string& sql, absl::string_view what, StatementPtr& statement);
  absl::Status WithReason(const absl::Status& status) const;
  absl::Status Configure(const Options& options, Mode mode);
  // Counts the rows it gives in `received`.
  absl::Status ScanOnePart(const TableSpec& table, const ScanRange& range, ScanPart part, const RowReceiver& receive,
                           int64_t& received);
  absl::Status Insert(const TableSpec& table, Statements& statements, absl::Span<const Write> writes);
  absl::Status PutCounters(const TableSpec& table, Statements& statements, absl::Span<const Write> writes);
  absl::Status Erase(const TableSpec& table, Statements& statements, const Write& write);
  absl::Status Update(const TableSpec& table, Statements& statements, const Write& write);

  const std::string file_;
  sqlite3* const db_;
  SqliteBatch batch_;
  std::unordered_map<const TableSpec*, Statements> statements_;
  std::map<const char*, StatementPtr> cached_;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_CONNECTION_H_
