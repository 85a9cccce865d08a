// For tests of the path: a world, a database, and the tally service on them.
#ifndef BERDAYA_COMMON_FLOW_TESTING_TALLY_FIXTURE_H_
#define BERDAYA_COMMON_FLOW_TESTING_TALLY_FIXTURE_H_

#include <memory>
#include <utility>
#include <vector>

#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"
#include "gtest/gtest.h"

namespace berdaya::flow::testing {

class TallyTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart(); }

  // The process, if there is one, ends without a word and is started again.
  void Restart() {
    service_.reset();
    service_ = std::make_unique<TallyProcess>(world_, *database_);
    ASSERT_TRUE(service_->Open().ok());
  }
  // Handles what there is, and compares everything with the model.
  void Settled(TallyChecks checks = {}) {
    const absl::Status status = service_->Settle();
    ASSERT_TRUE(status.ok()) << status;
    checks.counts = TallyCounts(*database_);
    EXPECT_EQ(world_.CheckedTo(checks), "");
  }
  std::vector<province::v1::ReportStatus> StatusesOf(int64_t offset) { return world_.StatusesOf(33, offset); }

  World world_;
  std::unique_ptr<store::Database> database_ = NewTallyDatabase();
  std::unique_ptr<TallyProcess> service_;
};

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_TALLY_FIXTURE_H_
