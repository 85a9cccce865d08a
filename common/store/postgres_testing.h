// PostgreSQL for tests: a private cluster, started by the first test that needs it and gone with the process.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_TESTING_H_
#define BERDAYA_COMMON_STORE_POSTGRES_TESTING_H_

#include <string>
#include <vector>

#include "common/store/temporary_folder.h"

namespace berdaya::store {

// A cluster of tools/postgres/cluster in a folder in memory.
class TestCluster {
 public:
  // `options` are for the server, such as "-c fsync=off".
  explicit TestCluster(const std::string& options = "");
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  // The one that the contract tests share.
  static TestCluster& Shared();

  // Faults and their end; see tools/postgres/cluster: start, stop, kill, pause, resume.
  void Do(const std::string& command);

  // The superuser's URLs: by the socket, without a password, and by the port.
  const std::string& url() const { return url_; }
  const std::string& port_url() const { return port_url_; }

  // Of the server's user, like everything in it.
  const std::string& folder() const { return folder_.path(); }

  // A new, empty database: a schema of its own. `more` is appended, such as "&application_name=x".
  std::string NewDatabase(const std::string& more = "");

  // Runs statements, apart from everything that is tested; gives the first column of the last one's rows.
  std::vector<std::string> Sql(const std::string& sql) { return SqlAt(url_, sql); }
  static std::vector<std::string> SqlAt(const std::string& url, const std::string& sql);

 private:
  const std::string options_;
  TemporaryFolder folder_;
  std::string url_;
  std::string port_url_;
  int databases_ = 0;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_TESTING_H_
