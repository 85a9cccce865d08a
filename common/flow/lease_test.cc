#include "common/flow/lease.h"

#include <gtest/gtest.h>

#include <memory>

#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

// Two instances, each with a clock of its own.
class LeaseTest : public ::testing::Test {
 protected:
  struct Instance {
    absl::Duration now;
    Lease lease{kPatience, [this] { return now; }};
  };

  bool Hold(Lease& lease, bool commits = true) {
    auto transaction = database_->Begin().value();
    const bool held = lease.Hold(*transaction).value();
    if (!held || !commits) return held;
    EXPECT_TRUE(transaction->Commit().ok());
    lease.Commit();
    return true;
  }
  bool Hold(Instance& instance) { return Hold(instance.lease); }

  std::unique_ptr<store::Database> database_ = testing::NewTallyDatabase();
  Instance a_;
  Instance b_{.now = absl::Hours(5)};
};

TEST_F(LeaseTest, TheFirstTakesItAndTheSecondWaits) {
  EXPECT_EQ(a_.lease.term(), 0);
  EXPECT_TRUE(Hold(a_));
  EXPECT_EQ(a_.lease.term(), 1);
  EXPECT_FALSE(Hold(b_));
  EXPECT_EQ(b_.lease.term(), 0);
  EXPECT_TRUE(Hold(a_));
  EXPECT_EQ(a_.lease.term(), 1) << "renewed, the turn is the same";
}

TEST_F(LeaseTest, WhoGivesNoSignLosesIt) {
  EXPECT_TRUE(Hold(a_));
  EXPECT_FALSE(Hold(b_));
  b_.now += kPatience - absl::Milliseconds(1);
  EXPECT_FALSE(Hold(b_));
  b_.now += absl::Milliseconds(1);
  EXPECT_TRUE(Hold(b_));
  EXPECT_EQ(b_.lease.term(), 2);
  EXPECT_FALSE(Hold(a_)) << "it comes too late";
  EXPECT_EQ(a_.lease.term(), 0);
  a_.now += 2 * kPatience;
  EXPECT_TRUE(Hold(a_)) << "and waits its own time for the next";
  EXPECT_EQ(a_.lease.term(), 3);
}

TEST_F(LeaseTest, EverySignOfLifeStartsTheWaitAnew) {
  EXPECT_TRUE(Hold(a_));
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(Hold(b_));
    b_.now += kPatience - absl::Milliseconds(1);
    EXPECT_TRUE(Hold(a_));
  }
  EXPECT_FALSE(Hold(b_));
}

TEST_F(LeaseTest, AHolderThatCannotRenewRestsBeforeOthersTakeIt) {
  EXPECT_TRUE(Hold(a_));
  a_.now += kPatience / 2 - absl::Milliseconds(1);
  EXPECT_EQ(a_.lease.term(), 1);
  a_.now += absl::Milliseconds(1);
  EXPECT_EQ(a_.lease.term(), 0);
  EXPECT_TRUE(Hold(a_));
  EXPECT_EQ(a_.lease.term(), 1) << "nobody has taken it";
}

TEST_F(LeaseTest, WhatWasGivenBackIsTakenAtOnce) {
  EXPECT_TRUE(Hold(a_));
  EXPECT_FALSE(Hold(b_));
  auto transaction = database_->Begin().value();
  EXPECT_FALSE(b_.lease.Release(*transaction).value()) << "it is not b's to give";
  EXPECT_TRUE(a_.lease.Release(*transaction).value());
  ASSERT_TRUE(transaction->Commit().ok());
  a_.lease.Commit();
  transaction.reset();
  EXPECT_EQ(a_.lease.term(), 0);
  EXPECT_TRUE(Hold(b_));
}

TEST_F(LeaseTest, ARenewalThatWasNotCommittedDoesNotCount) {
  EXPECT_TRUE(Hold(a_));
  EXPECT_FALSE(Hold(b_));
  b_.now += kPatience;
  EXPECT_TRUE(Hold(b_.lease, /*commits=*/false));
  EXPECT_EQ(b_.lease.term(), 0);
  EXPECT_TRUE(Hold(a_));
}

TEST_F(LeaseTest, WhoIsAloneTakesItAtOnceAndKeepsIt) {
  EXPECT_TRUE(Hold(a_));
  Lease alone(absl::ZeroDuration());
  EXPECT_TRUE(Hold(alone));
  EXPECT_EQ(alone.term(), 2);
}

}  // namespace
}  // namespace berdaya::flow
