#include "common/flow/parked.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/flow/tables.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow {
namespace {

using Keys = std::vector<uint64_t>;

TEST(ParkedTest, WhatIsStagedBlocksTheRestOfTheBatchAndARollbackForgetsIt) {
  Parked parked;
  EXPECT_TRUE(parked.empty());
  parked.Stage(Keys{1, 2}, false);
  parked.Stage(Keys{2, 3}, true);
  EXPECT_TRUE(parked.Blocks(Keys{9, 3}));
  EXPECT_FALSE(parked.Blocks(Keys{9}));
  EXPECT_EQ(parked.quarantined(), 1);
  EXPECT_EQ(parked.waiting(), 1);
  parked.Rollback();
  EXPECT_TRUE(parked.empty());
  EXPECT_FALSE(parked.Blocks(Keys{1, 2, 3}));
}

TEST(ParkedTest, ARollbackKeepsWhatWasCommitted) {
  Parked parked;
  const int64_t first = parked.Stage(Keys{1, 2}, false);
  parked.Commit();
  EXPECT_GT(parked.Stage(Keys{2, 3}, true), first);
  parked.Rollback();
  EXPECT_TRUE(parked.Blocks(Keys{1}));
  EXPECT_TRUE(parked.Blocks(Keys{2}));
  EXPECT_FALSE(parked.Blocks(Keys{3}));
  EXPECT_EQ(parked.waiting(), 0);
}

TEST(ParkedTest, ARecordWithoutKeysIsParkedToo) {
  Parked parked;
  parked.Stage({}, false);
  EXPECT_FALSE(parked.empty());
  parked.Commit();
  EXPECT_EQ(parked.quarantined(), 1);
}

class ParkedLoadTest : public ::testing::Test {
 protected:
  template <class Row>
  void Insert(const Row& row) {
    auto transaction = database_->Begin().value();
    const store::Write write{&row};
    ASSERT_EQ(transaction->Put(store::SpecOf<Row>(), {&write, 1}).value(), 0);
    ASSERT_TRUE(transaction->Commit().ok());
  }
  std::unique_ptr<store::Database> database_ = testing::NewTallyDatabase();
};

TEST_F(ParkedLoadTest, FindsWhatIsInTheDatabase) {
  ParkedRow row{.topic = "t", .offset = 7};
  row.number = 41;
  Insert(row);
  Insert(ParkedRow{.topic = "t", .offset = 8, .waiting = true});
  Insert(ParkedKeyRow{-5, "t", 0, 7});
  Parked parked;
  ASSERT_TRUE(parked.Load(*database_->Snapshot().value()).ok());
  EXPECT_EQ(parked.quarantined(), 1);
  EXPECT_EQ(parked.waiting(), 1);
  EXPECT_TRUE(parked.Blocks(Keys{static_cast<uint64_t>(-5)}));
  EXPECT_GT(parked.Stage(Keys{1}, false), 41) << "a later record has a higher number";
}

// An index that has lost keys would let later records pass.
TEST_F(ParkedLoadTest, AFailedLoadKeepsWhatWasKnown) {
  testing::FaultDatabase faults(*database_);
  Parked parked;
  parked.Stage(Keys{1, 2}, false);
  parked.Commit();
  for (int nth : {1, 2}) {
    auto reader = faults.Snapshot().value();
    faults.FailAt(nth, absl::UnavailableError("busy"));
    EXPECT_FALSE(parked.Load(*reader).ok());
    EXPECT_TRUE(parked.Blocks(Keys{2})) << "call " << nth;
    EXPECT_EQ(parked.quarantined(), 1);
  }
}

}  // namespace
}  // namespace berdaya::flow
