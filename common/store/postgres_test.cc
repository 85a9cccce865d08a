// What only PostgreSQL has: its URL, its server's settings, its plans, its result codes.
#include "common/store/postgres.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/store/contract_testing.h"
#include "common/store/postgres_connection.h"
#include "common/store/postgres_error.h"
#include "common/store/postgres_sql.h"
#include "common/store/postgres_url.h"
#include "common/store/scan_range.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// The password is hunter-2 with a character that had to be encoded: no part of it is told, wherever libpq would have put it.
TEST(PostgresUrl, SaysWhatIsWrongAndNeverThePassword) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"postgresql://u:hunter@two@host/db", "%40"},
      {"postgresql://u:hunter/two@host/db", "%2F"},
      {"postgresql://u:hunter%two@host/db", "%25"},
      {"postgresql://u:hunter%00two@host/db", "%00"},
      {"postgresql://u:hunter/two@host:x/db", "%2F"},
      {"postgresql://u:huntertwo@host:port/db", "the port is not a number"},
      {"postgresql://u:huntertwo@host", "no database is named"},
      {"postgresql://u:huntertwo@[::1/db", "end of string reached"},
      {"postgresql://u:huntertwo@host/db?huntertwo=1", "invalid URI query parameter"},
      {"postgresql://u:huntertwo@host/db?sslmode", "missing key/value separator"},
      {"postgres://u:hunter/two@host", "%2F"},
      {"postgresql:u:huntertwo@host/db", "postgresql://<user>@<host>/<database>"},
      {"mysql://u:huntertwo@host/db", "sqlite:<path>"},
  };
  for (const auto& [url, reason] : kWrong) {
    const absl::Status status = Open({url}).status();
    EXPECT_THAT(MessageOf(status), AllOf(HasSubstr("url: "), HasSubstr(reason), Not(HasSubstr("hunter")), Not(HasSubstr("two"))))
        << url;
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  }
}

TEST(PostgresUrl, IsTakenApart) {
  const auto address =
      ParsePostgresUrl("postgresql://u:p%40ss@db1:5432,db2:5433/registry?options=-csearch_path%3Dx&connect_timeout=9");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->name, "postgresql://db1,db2:5432,5433/registry");
  std::string all;
  for (const auto& [keyword, value] : address->options) absl::StrAppend(&all, keyword, "=", value, ";");
  EXPECT_THAT(all, AllOf(HasSubstr("password=p@ss;"), HasSubstr("options=-csearch_path=x;"), HasSubstr("connect_timeout=9;"),
                         HasSubstr("target_session_attrs=read-write;"), HasSubstr("client_encoding=UTF8;")));
}

TEST(PostgresUrl, SaysWhetherProcessesShareTheDatabase) {
  EXPECT_TRUE(SharedByProcesses("postgresql://h/d"));
  EXPECT_TRUE(SharedByProcesses("postgres://h/d"));
  EXPECT_FALSE(SharedByProcesses("sqlite:postgres.db"));
}

TEST(PostgresOpen, RefusesWhatItCannotUse) {
  TestCluster& cluster = TestCluster::Shared();
  const std::string& by_port = cluster.port_url();
  EXPECT_TRUE(Open({by_port}).ok()) << Open({by_port}).status();
  const auto refused = [&](const std::string& url) {
    const absl::Status status = Open({url}).status();
    EXPECT_THAT(MessageOf(status), HasSubstr("postgresql://"));
    return status;
  };
  const std::string password = by_port.substr(by_port.find(':', 13) + 1, by_port.find('@') - by_port.find(':', 13) - 1);
  ASSERT_EQ(password.size(), 24u);
  const std::string wrong = absl::StrReplaceAll(by_port, {{password, "hunter2"}});
  EXPECT_TRUE(absl::IsUnavailable(refused(wrong))) << refused(wrong);
  EXPECT_THAT(MessageOf(refused(wrong)), AllOf(HasSubstr("password authentication failed"), Not(HasSubstr("hunter2"))));
  const std::string none = absl::StrReplaceAll(by_port, {{absl::StrCat(":", password), ""}});
  EXPECT_TRUE(absl::IsFailedPrecondition(refused(none))) << refused(none);
  EXPECT_THAT(MessageOf(refused(absl::StrReplaceAll(by_port, {{"/postgres", "/other"}}))), HasSubstr("\"other\" does not exist"));
  EXPECT_TRUE(absl::IsUnavailable(refused("postgresql://127.0.0.1:1/db")));
  const absl::Status no_schema = refused(absl::StrCat(cluster.url(), "&options=-csearch_path%3Dnone"));
  EXPECT_TRUE(absl::IsFailedPrecondition(no_schema)) << no_schema;
  EXPECT_THAT(MessageOf(no_schema), HasSubstr("search_path"));
  EXPECT_TRUE(absl::IsInvalidArgument(Open({.url = cluster.url(), .busy_timeout_ms = -1}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open({.url = cluster.url(), .statement_timeout_ms = 0}).status()));
}

TEST(PostgresOpen, RefusesAnOldServerAndWarnsOfANewOne) {
  std::vector<std::string> warnings;
  const auto check = [&](int number) {
    return PostgresConnection::CheckVersion(number, "s", [&](const std::string& text) { warnings.push_back(text); });
  };
  EXPECT_TRUE(absl::IsFailedPrecondition(check(140011)));
  EXPECT_EQ(MessageOf(check(140011)), "s: the server is PostgreSQL 14; this program is tested with 15 to 17");
  for (int number : {150000, 160004, 170009}) EXPECT_TRUE(check(number).ok());
  EXPECT_TRUE(warnings.empty());
  EXPECT_TRUE(check(180001).ok());
  EXPECT_EQ(warnings, std::vector<std::string>{"s: the server is PostgreSQL 18; this program is tested with 15 to 17"});
}

TEST(PostgresOpen, RefusesAServerThatMayLoseWhatWasCommitted) {
  for (const char* setting : {"off", "local", "remote_write"}) {
    const absl::Status status = Open({TestCluster::Shared().url() + "&options=-csynchronous_commit%3D" + setting}).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(MessageOf(status), HasSubstr(absl::StrCat("synchronous_commit is ", setting)));
  }
  TestCluster careless("-c fsync=off");
  const absl::Status status = Open({careless.url()}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("fsync"));
}

// Each database is in the first schema of its search_path, and does not take another's table of the same name for its own.
TEST(PostgresSchemas, AreApart) {
  TestCluster& cluster = TestCluster::Shared();
  const std::string other = cluster.NewDatabase();
  const std::string url = cluster.NewDatabase();
  const std::string schema = other.substr(other.find("%3D") + 3);
  PutAndCommit<Item>(*OpenMigrated({other}), {{1, 1, "of another"}});
  auto database = OpenMigrated({absl::StrCat(url, ",", schema)});
  EXPECT_EQ(Find<Item>(**database->Snapshot(), 1).second, 0);
  PutAndCommit<Item>(*database, {{1, 1, "own"}});
  EXPECT_EQ(Find<Item>(**OpenMigrated({other})->Snapshot(), 1).first.name, "of another");
}

TEST(PostgresMigrate, ManyAtOnceAllSucceed) {
  const std::string url = TestCluster::Shared().NewDatabase();
  std::vector<std::thread> instances;
  for (int i = 0; i < 5; ++i) instances.emplace_back([&] { EXPECT_NE(OpenMigrated({url}), nullptr); });
  for (std::thread& instance : instances) instance.join();
  EXPECT_THAT(TestCluster::SqlAt(url, "SELECT count(*) FROM store_migrations"), Each("1"));
}

// What EXPLAIN says of a statement; `parameters` as SQL.
std::string PlanOf(PostgresConnection& connection, const std::string& sql, const std::vector<CellType>& types, bool arrays) {
  std::vector<std::string> names, values;
  for (CellType type : types) {
    names.push_back(PostgresSql::TypeName(type) + (arrays ? "[]" : ""));
    values.push_back(arrays ? "'{1,2,3}'" : "'5'");
  }
  auto rows = connection.Query(absl::StrCat("PREPARE plan(", absl::StrJoin(names, ","), ") AS ", sql, ";EXPLAIN EXECUTE plan(",
                                            absl::StrJoin(values, ","), ")"),
                               "plan");
  EXPECT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(connection.Execute("DEALLOCATE plan", "plan").ok());
  std::string plan;
  if (rows.ok()) {
    for (const auto& row : *rows) absl::StrAppend(&plan, row[0], "\n");
  }
  return plan;
}

std::vector<CellType> TypesOf(const TableSpec& table, const std::vector<int>& columns) {
  std::vector<CellType> types;
  for (int column : columns) types.push_back(table.columns[column].type);
  return types;
}

const auto kFollowsAnIndex = AllOf(HasSubstr("Index"), Not(HasSubstr("Sort")), Not(HasSubstr("Seq Scan")), Not(HasSubstr("Hash")),
                                   Not(HasSubstr("Merge")), Not(HasSubstr("Bitmap")));

// With no rows, with few that were never counted, and with some that were.
TEST(PostgresPlans, EveryStatementSearchesItsIndexAndNeverSorts) {
  const std::string url = TestCluster::Shared().NewDatabase();
  auto database = OpenMigrated({url});
  auto connection = *PostgresConnection::Open(*ParsePostgresUrl(url), {url}, PostgresConnection::Mode::kReader);
  for (const char* step : {"no rows", "rows not counted", "rows counted"}) {
    SCOPED_TRACE(step);
    for (const TableSpec* table : {&SpecOf<Item>(), &SpecOf<Entry>(), &SpecOf<Total>()}) {
      for (int index = -1; index < static_cast<int>(table->indexes.size()); ++index) {
        const std::vector<int> columns = ColumnsOfIndex(*table, index);
        for (size_t from = 0; from <= columns.size(); ++from) {
          for (size_t to = 0; to <= columns.size(); ++to) {
            std::vector<CellType> types = TypesOf(*table, {columns.begin(), columns.begin() + from});
            for (CellType type : TypesOf(*table, {columns.begin(), columns.begin() + to})) types.push_back(type);
            types.push_back(CellType::kInt);
            const std::string plan =
                PlanOf(*connection, PostgresSql::Scan(*table, {index, static_cast<int>(from), from > 0, static_cast<int>(to)}),
                       types, false);
            EXPECT_THAT(plan, kFollowsAnIndex);
            EXPECT_THAT(plan, HasSubstr(index < 0 ? table->name + "_pkey" : table->indexes[index].name));
            EXPECT_THAT(plan, HasSubstr(from + to > 0 ? "Index Cond" : ""));
          }
        }
      }
      const std::vector<CellType> key = TypesOf(*table, ColumnsOfIndex(*table, -1));
      std::vector<CellType> row;
      for (const ColumnSpec& column : table->columns) row.push_back(column.type);
      EXPECT_THAT(PlanOf(*connection, PostgresSql::Select(*table), key, true), kFollowsAnIndex);
      if (table->kind == TableKind::kCounter) continue;
      std::vector<CellType> key_and_version = key;
      key_and_version.push_back(CellType::kInt);
      row.push_back(CellType::kInt);
      EXPECT_THAT(PlanOf(*connection, PostgresSql::Update(*table), row, true), kFollowsAnIndex);
      EXPECT_THAT(PlanOf(*connection, PostgresSql::Erase(*table), key_and_version, true), kFollowsAnIndex);
    }
    if (step == std::string("no rows")) PutAndCommit<Item>(*database, {{1, 1, "a"}, {2, 1, "b"}});
    if (step == std::string("rows not counted")) TestCluster::SqlAt(url, "VACUUM ANALYZE item");
  }
}

TEST(PostgresStatus, MapsEveryKindOfFailure) {
  const auto code = [](absl::string_view sqlstate) { return PostgresStatus(sqlstate, "words", "s: family").code(); };
  EXPECT_EQ(code(""), absl::StatusCode::kUnavailable);
  for (const char* state : {"08006", "25006", "25P03", "55P03", "57014", "57P01", "57P02", "57P03", "58030", "0A000"}) {
    EXPECT_EQ(code(state), absl::StatusCode::kUnavailable) << state;
  }
  for (const char* state : {"40001", "40P01"}) EXPECT_EQ(code(state), absl::StatusCode::kAborted) << state;
  for (const char* state : {"53000", "53100", "53200", "53300"})
    EXPECT_EQ(code(state), absl::StatusCode::kResourceExhausted) << state;
  for (const char* state : {"XX001", "XX002"}) EXPECT_EQ(code(state), absl::StatusCode::kDataLoss) << state;
  for (const char* state : {"28P01", "3D000", "3F000", "42501"})
    EXPECT_EQ(code(state), absl::StatusCode::kFailedPrecondition) << state;
  for (const char* state : {"22003", "23505", "42P01", "42601", "54000"})
    EXPECT_EQ(code(state), absl::StatusCode::kInvalidArgument) << state;
  EXPECT_EQ(code("XX000"), absl::StatusCode::kInternal);
  EXPECT_THAT(MessageOf(PostgresStatus("53100", "disk full", "s: family")),
              AllOf(HasSubstr("s: family: disk full"), HasSubstr("53100")));
  for (const char* state : {"22P02", "23505"}) {
    EXPECT_THAT(MessageOf(PostgresStatus(state, "Key (nik)=(3201)", "s: family")), AllOf(Not(HasSubstr("3201")), HasSubstr(state)));
  }
}

TEST(PostgresSnapshots, AreBoundedInNumber) {
  auto database = OpenMigrated({.url = TestCluster::Shared().NewDatabase(), .busy_timeout_ms = 50});
  std::vector<std::unique_ptr<Reader>> snapshots;
  absl::Status status;
  while (status.ok() && snapshots.size() < 100) {
    auto snapshot = database->Snapshot();
    status = snapshot.status();
    if (snapshot.ok()) snapshots.push_back(*std::move(snapshot));
  }
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(snapshots.size(), 32u);
  snapshots.pop_back();
  EXPECT_TRUE(database->Snapshot().ok());
}

}  // namespace
}  // namespace berdaya::store
