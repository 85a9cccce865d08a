// One connection to a PostgreSQL server, with its prepared statements: reading and writing rows as TableSpec describes them.
//
// Used by one thread at a time. Statements are prepared at first use and live as long as the connection. Nothing waits for ever:
// the server ends statements and waits for locks, and this side gives a silent server up a little later. A connection that was lost
// stays so; open another.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_CONNECTION_H_
#define BERDAYA_COMMON_STORE_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <functional>
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
#include "common/store/postgres_cells.h"
#include "common/store/postgres_url.h"
#include "common/store/store.h"

namespace berdaya::store {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

class PostgresConnection {
 public:
  enum class Mode { kWriter, kReader };
  using Rows = std::vector<std::vector<std::string>>;  // cells as text

  // Connects, sets what the plans and the time-outs need, and checks what the contract needs of the server. Unavailable if it
  // cannot be reached or does not let us in, FailedPrecondition if it is too old or does not keep what was committed.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const PostgresAddress& address, const Options& options,
                                                                  Mode mode);
  ~PostgresConnection();

  // Refuses a server (as PQserverVersion numbers it) that is too old, and warns of one that is newer than any tested.
  static absl::Status CheckVersion(int number, const std::string& name, const std::function<void(const std::string&)>& warn);

  // Runs statements without parameters; `what` names them in an error.
  absl::Status Execute(const std::string& sql, absl::string_view what);

  // The same; gives the rows of the last one.
  absl::StatusOr<Rows> Query(const std::string& sql, absl::string_view what);

  // As in store.h.
  absl::Status Read(const TableSpec& table, absl::Span<const void* const> keys, const RowReceiver& receive);
  absl::Status Scan(const TableSpec& table, const ScanRange& range, const RowReceiver& receive);
  absl::StatusOr<int64_t> Put(const TableSpec& table, absl::Span<const Write> writes);
  absl::Status AddAndGet(const TableSpec& table, absl::Span<const Write> writes, const RowReceiver& receive);

  // True once nothing can be said on it any more. The server rolls back what it had open.
  bool lost() const { return lost_; }
  bool in_transaction() const { return PQtransactionStatus(connection_) != PQTRANS_IDLE; }
  // The number of the server's process for this connection.
  int server_process() const { return PQbackendPID(connection_); }

 private:
  enum class WritePart { kInsert, kUpdate, kErase };

  // The names of the prepared statements of one table; empty: not prepared yet.
  struct Statements {
    std::string select, insert, insert_new, update, erase, add, add_and_get;
    std::map<std::tuple<int, int, bool, int>, std::string> scans;  // by the members of ScanShape
  };

  PostgresConnection(std::string name, PGconn* connection) : name_(std::move(name)), connection_(connection) {}

  absl::Status Configure(const Options& options, Mode mode);
  absl::Status CheckServer(const Options& options);
  absl::Status Prepare(const std::string& sql, const std::vector<Oid>& types, absl::string_view what, std::string& statement);
  absl::StatusOr<ResultPtr> Run(const std::string& statement, const Parameters& parameters, absl::string_view what);
  // Waits for the answer to what was sent (`sent`: whether it could be). The last result, if all are good, else the first bad one's
  // status.
  absl::StatusOr<ResultPtr> Await(bool sent, absl::string_view what);
  bool WaitForServer(int64_t deadline_ms);
  absl::Status StatusOf(const PGresult* result, absl::string_view what);
  absl::Status Lose(absl::string_view what);
  absl::Status CheckNotReceiving(const TableSpec& table) const;
  // Gives the rows of a result; `index_of` says the position of a row.
  template <class IndexOf>
  void Receive(const PGresult* result, const TableSpec& table, const RowReceiver& receive, const IndexOf& index_of);
  // Runs the one statement of a part on all of its writes, sorted by key.
  absl::StatusOr<ResultPtr> RunOnRows(const TableSpec& table, absl::Span<const Write> writes, WritePart part);
  absl::StatusOr<ResultPtr> AddCounters(const TableSpec& table, absl::Span<const Write> writes, bool returning,
                                        std::vector<uint32_t>& order);

  const std::string name_;
  PGconn* const connection_;
  int patience_ms_ = 0;  // until a silent server is given up
  bool lost_ = false;
  std::string sqlstate_;  // of the last error that the server told
  bool receiving_ = false;
  int prepared_ = 0;
  std::unordered_map<const TableSpec*, Statements> statements_;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_CONNECTION_H_
