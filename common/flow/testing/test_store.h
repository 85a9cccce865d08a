// The engine that tests of the path run on: BERDAYA_TEST_STORE is sqlite (the default) or postgres.
#ifndef BERDAYA_COMMON_FLOW_TESTING_TEST_STORE_H_
#define BERDAYA_COMMON_FLOW_TESTING_TEST_STORE_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "common/flow/testing/tally_process.h"
#include "common/store/postgres_testing.h"

namespace berdaya::flow::testing {

inline bool OnPostgres() {
  const char* const store = std::getenv("BERDAYA_TEST_STORE");
  return store != nullptr && std::string_view(store) == "postgres";
}

// Of an empty database that goes away with the process. `sqlite`: the URL where that is the engine.
inline std::string NewTestUrl(const std::string& sqlite = "sqlite::memory:") {
  return OnPostgres() ? store::TestCluster::Shared().NewDatabase() : sqlite;
}

// An empty tally database.
inline std::unique_ptr<store::Database> NewTallyDatabase() { return TallyDatabase(NewTestUrl()); }

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_TEST_STORE_H_
