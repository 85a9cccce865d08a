#include "common/store/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/store/postgres_error.h"

namespace berdaya::store {
namespace {

constexpr int kOldestServer = 15;
constexpr int kNewestServer = 17;
constexpr size_t kMaxMessageBytes = 1'000'000'000;
// How much longer than the server's own time-out its answer may be on its way.
constexpr int kGraceMs = 2000;
// A client that went silent in a transaction holds locks (a writer) or dead rows (a snapshot): the server ends it after this.
constexpr int kIdleWriterMs = 15 * 1000;
constexpr int kIdleReaderMs = 10 * 60 * 1000;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void IgnoreNotice(void*, const char*) {}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const PostgresAddress& address, const Options& options,
                                                                             Mode mode) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : address.options) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const connected = PQconnectdbParams(keywords.data(), values.data(), 0);
  if (connected == nullptr) return absl::ResourceExhaustedError(absl::StrCat(address.name, ": out of memory"));
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(address.name, connected));
  if (PQstatus(connected) != CONNECTION_OK) {
    // libpq's words name hosts, users and databases, never a password.
    const absl::string_view reason = absl::StripAsciiWhitespace(PQerrorMessage(connected));
    const std::string text = absl::StrCat(address.name, ": ", absl::StrReplaceAll(reason, {{"\n", "; "}}));
    return PQconnectionNeedsPassword(connected) ? absl::FailedPreconditionError(text) : absl::UnavailableError(text);
  }
  absl::Status status = connection->Configure(options, mode);
  if (!status.ok()) return status;
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

absl::Status PostgresConnection::Configure(const Options& options, Mode mode) {
  PQsetNoticeProcessor(connection_, &IgnoreNotice, nullptr);  // libpq's own prints them
  if (PQsetnonblocking(connection_, 1) != 0) return Lose("configure");
  patience_ms_ = options.statement_timeout_ms + kGraceMs;
  const std::string settings = absl::StrCat(
      "SET statement_timeout=", options.statement_timeout_ms, ";SET lock_timeout=", std::max(options.busy_timeout_ms, 1),
      ";SET idle_in_transaction_session_timeout=", mode == Mode::kWriter ? kIdleWriterMs : kIdleReaderMs,
      ";SET client_min_messages=error;SET standard_conforming_strings=on;"
      // A batch stays in memory: rows hold personal data and are not to appear in temporary files.
      "SET work_mem='64MB';"
      // The plan is stated, not hoped for: rows of a batch are looked up in the key's index, and a scan follows its index. A plan
      // that is kept would be one for the tables as they were, perhaps empty; making it anew costs little beside a batch.
      "SET plan_cache_mode=force_custom_plan;SET enable_seqscan=off;SET enable_bitmapscan=off;SET enable_hashjoin=off;"
      "SET enable_mergejoin=off;SET enable_sort=off;SET enable_incremental_sort=off;SET enable_material=off;SET enable_memoize=off;"
      // What is switched off costs ten thousand millions in the estimates, which would call for these.
      "SET jit=off;SET max_parallel_workers_per_gather=0");
  absl::Status status = Execute(settings, "configure");
  if (!status.ok()) return status;
  // A quarter of the processor time of the default, where the server was built with it.
  status =
      Execute("SELECT set_config(name,'lz4',false) FROM pg_settings WHERE name='default_toast_compression' AND 'lz4'=ANY(enumvals)",
              "configure");
  return status.ok() ? CheckServer(options) : status;
}

absl::Status PostgresConnection::CheckVersion(int number, const std::string& name,
                                              const std::function<void(const std::string&)>& warn) {
  const int version = number / 10000;
  const std::string text = absl::StrCat(name, ": the server is PostgreSQL ", version, "; this program is tested with ",
                                        kOldestServer, " to ", kNewestServer);
  if (version < kOldestServer) return absl::FailedPreconditionError(text);
  if (version > kNewestServer && warn) warn(text);
  return absl::OkStatus();
}

absl::Status PostgresConnection::CheckServer(const Options& options) {
  absl::Status status = CheckVersion(PQserverVersion(connection_), name_, options.warn);
  if (!status.ok()) return status;
  auto rows =
      Query("SELECT current_setting('synchronous_commit'),current_setting('fsync'),coalesce(current_schema(),'')", "configure");
  if (!rows.ok()) return rows.status();
  const std::vector<std::string>& row = (*rows)[0];
  if (row[0] != "on" && row[0] != "remote_apply") {
    return absl::FailedPreconditionError(
        absl::StrCat(name_, ": synchronous_commit is ", row[0], ", which may lose what was committed; set it to on"));
  }
  if (row[1] != "on") {
    return absl::FailedPreconditionError(absl::StrCat(name_, ": fsync is off, which may lose what was committed; set it to on"));
  }
  if (row[2].empty()) {
    return absl::FailedPreconditionError(absl::StrCat(name_, ": no schema of the search_path exists; create it"));
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::Execute(const std::string& sql, absl::string_view what) {
  return Await(PQsendQuery(connection_, sql.c_str()) == 1, what).status();
}

absl::StatusOr<PostgresConnection::Rows> PostgresConnection::Query(const std::string& sql, absl::string_view what) {
  absl::StatusOr<ResultPtr> result = Await(PQsendQuery(connection_, sql.c_str()) == 1, what);
  if (!result.ok()) return result.status();
  Rows rows(PQntuples(result->get()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int column = 0; column < PQnfields(result->get()); ++column) {
      rows[i].emplace_back(PQgetvalue(result->get(), static_cast<int>(i), column));
    }
  }
  return rows;
}

absl::Status PostgresConnection::Prepare(const std::string& sql, const std::vector<Oid>& types, absl::string_view what,
                                         std::string& statement) {
  if (!statement.empty()) return absl::OkStatus();
  std::string name = absl::StrCat("s", ++prepared_);
  const bool sent = PQsendPrepare(connection_, name.c_str(), sql.c_str(), static_cast<int>(types.size()), types.data()) == 1;
  absl::Status status = Await(sent, what).status();
  if (status.ok()) statement = std::move(name);
  return status;
}

absl::StatusOr<ResultPtr> PostgresConnection::Run(const std::string& statement, const Parameters& parameters,
                                                  absl::string_view what) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  size_t bytes = 0;
  for (const std::string& value : parameters.values()) {
    bytes += value.size();
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  // The server would end the connection.
  if (bytes > kMaxMessageBytes)
    return absl::InvalidArgumentError(absl::StrCat(name_, ": ", what, ": more than a gigabyte in one call"));
  const std::vector<int> binary(values.size(), 1);
  const bool sent = PQsendQueryPrepared(connection_, statement.c_str(), static_cast<int>(values.size()), values.data(),
                                        lengths.data(), binary.data(), 1) == 1;
  return Await(sent, what);
}

// Sends what is left to send and takes in what has come. False: the connection is lost, or its time is over.
bool PostgresConnection::WaitForServer(int64_t deadline_ms) {
  const int unsent = PQflush(connection_);
  if (unsent < 0) return false;
  pollfd descriptor{PQsocket(connection_), static_cast<short>(POLLIN | (unsent == 1 ? POLLOUT : 0)), 0};
  const int64_t left_ms = deadline_ms - NowMs();
  if (left_ms <= 0) return false;
  if (poll(&descriptor, 1, static_cast<int>(left_ms)) < 0 && errno != EINTR) return false;
  return (descriptor.revents & (POLLIN | POLLERR | POLLHUP)) == 0 || PQconsumeInput(connection_) == 1;
}

absl::StatusOr<ResultPtr> PostgresConnection::Await(bool sent, absl::string_view what) {
  if (lost_ || !sent) return Lose(what);
  const int64_t deadline_ms = NowMs() + patience_ms_;
  ResultPtr last;
  absl::Status status;
  for (;;) {
    while (PQflush(connection_) == 1 || PQisBusy(connection_)) {
      if (!WaitForServer(deadline_ms)) break;
    }
    // After a wait that failed this does not block: either the connection is lost, or it is given up here.
    if (PQisBusy(connection_) && PQstatus(connection_) == CONNECTION_OK) return Lose(absl::StrCat(what, ": the server is silent"));
    ResultPtr result(PQgetResult(connection_));
    if (result == nullptr) break;
    const ExecStatusType kind = PQresultStatus(result.get());
    if (kind == PGRES_TUPLES_OK || kind == PGRES_COMMAND_OK) {
      last = std::move(result);
    } else if (status.ok()) {
      status = StatusOf(result.get(), what);
    }
    if (lost_) break;
  }
  if (!status.ok()) return status;
  if (PQstatus(connection_) != CONNECTION_OK || last == nullptr) return Lose(what);
  return last;
}

absl::Status PostgresConnection::StatusOf(const PGresult* result, absl::string_view what) {
  const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate == nullptr) return Lose(what);
  sqlstate_ = sqlstate;
  if (EndsConnection(sqlstate) || PQstatus(connection_) != CONNECTION_OK) lost_ = true;
  const char* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return PostgresStatus(sqlstate, message == nullptr ? "" : message, absl::StrCat(name_, ": ", what));
}

absl::Status PostgresConnection::Lose(absl::string_view what) {
  lost_ = true;
  return PostgresStatus("", "", absl::StrCat(name_, ": ", what));
}

}  // namespace berdaya::store
