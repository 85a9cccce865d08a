#include "common/store/postgres_testing.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace berdaya::store {
namespace {

std::unique_ptr<TestCluster>& SharedCluster() {
  static auto* const cluster = new std::unique_ptr<TestCluster>();
  return *cluster;
}

// Ends the shared cluster after the last test.
class EndOfTests final : public testing::Environment {
 public:
  void TearDown() override { SharedCluster().reset(); }
};
testing::Environment* const kEndOfTests = testing::AddGlobalTestEnvironment(new EndOfTests());

}  // namespace

TestCluster& TestCluster::Shared() {
  if (SharedCluster() == nullptr) SharedCluster() = std::make_unique<TestCluster>();
  return *SharedCluster();
}

TestCluster::TestCluster(const std::string& options) : options_(options) {
  if (!folder_.Create().ok()) abort();
  Do("start");
}

TestCluster::~TestCluster() { Do("stop"); }

void TestCluster::Do(const std::string& command) {
  const std::string shell = absl::StrCat("BERDAYA_CLUSTER_OWNER=", getpid(), " BERDAYA_CLUSTER_REMOVE=1 BERDAYA_CLUSTER_OPTIONS='",
                                         options_, "' tools/postgres/cluster ", command, " ", folder_.path());
  FILE* const pipe = popen(shell.c_str(), "r");
  if (pipe == nullptr) abort();
  char line[1024];
  while (fgets(line, sizeof(line), pipe) != nullptr) {
    absl::string_view text = absl::StripSuffix(line, "\n");
    if (absl::ConsumePrefix(&text, "url=")) port_url_ = std::string(text);
    if (absl::ConsumePrefix(&text, "socket_url=")) url_ = std::string(text);
  }
  if (pclose(pipe) != 0) {
    std::fprintf(stderr, "tools/postgres/cluster %s failed; these tests run in the project's folder and need PostgreSQL\n",
                 command.c_str());
    abort();
  }
}

std::string TestCluster::NewDatabase(const std::string& more) {
  const std::string schema = absl::StrCat("test_", ++databases_);
  Sql(absl::StrCat("CREATE SCHEMA ", schema));
  return absl::StrCat(url_, "&options=-csearch_path%3D", schema, more);
}

std::vector<std::string> TestCluster::SqlAt(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << sql << ": " << PQerrorMessage(connection.get());
  std::vector<std::string> rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) rows.emplace_back(PQgetvalue(result.get(), i, 0));
  return rows;
}

}  // namespace berdaya::store
