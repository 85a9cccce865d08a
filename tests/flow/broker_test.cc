// A service and its broker in ordinary trouble: what a landing must not break.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/flow/testing/test_store.h"
#include "tests/flow/stage.h"

namespace berdaya::flow::testing {
namespace {

using ::testing::HasSubstr;

std::vector<Family> Families(int count, int64_t reported_at_s = 1) {
  std::vector<Family> families;
  for (int i = 0; i < count; ++i)
    families.push_back({.ref = absl::StrCat("f", i), .members = 1 + i % 7, .reported_at_s = reported_at_s});
  return families;
}

TEST(BrokerTest, ASecondProcessOnTheDatabaseIsRefused) {
  if (OnPostgres()) GTEST_SKIP() << "PostgreSQL is there to be shared";
  Stage stage(bus::testing::Broker::Shared(), 51);
  stage.Start();
  const auto second = stage.NewProcess();
  ASSERT_TRUE(second->AwaitEnd());
  EXPECT_EQ(second->exit_code, 3);
  EXPECT_THAT(second->Errors(), HasSubstr(absl::StrCat(stage.db.substr(7), ": open for writing in process ")));
  stage.Report({.ref = "a"});
  ASSERT_TRUE(stage.Settle());
  EXPECT_EQ(stage.Check(true), "") << "the first one did not notice";
}

// A province sends what it has sent, and not in the order in which it was made.
TEST(BrokerTest, ARepeatingAndReorderingPublisherChangesNothing) {
  constexpr uint64_t kSeed = 20;
  std::mt19937_64 random(kSeed);
  std::vector<Family> all;
  for (int64_t at = 1; at <= 4; ++at) {
    for (Family& family : Families(30, at)) {
      family.members = static_cast<int>(at) + 1;
      all.push_back(family);
      if (random() % 3 == 0) all.push_back(family);
    }
  }
  std::shuffle(all.begin(), all.end(), random);
  Stage stage(bus::testing::Broker::Shared(), 52);
  stage.Start();
  stage.Reports(all);
  stage.Reports(Families(30, 4));  // another report of the same moment: the greater report_id holds, here the same
  ASSERT_TRUE(stage.Settle());
  EXPECT_EQ(stage.Check(true), "") << "seed " << kSeed;
  EXPECT_EQ(stage.found.final, stage.found.published);
}

TEST(BrokerTest, AStopUnderLoadEndsInOrderWithNothingUnsent) {
  Stage stage(bus::testing::Broker::Shared(), 53);
  stage.Start();
  stage.Reports(Families(4000));
  const absl::Time asked = absl::Now();
  EXPECT_TRUE(stage.StopInOrder());
  EXPECT_LT(absl::Now() - asked, absl::Seconds(15)) << "five seconds are its own bound";
  EXPECT_EQ(stage.Check(false), "");
  stage.Start();
  ASSERT_TRUE(stage.Settle());
  EXPECT_EQ(stage.Check(true), "");
}

TEST(BrokerTest, ABrokerThatIsNotThereIsWaitedFor) {
  auto broker = bus::testing::Broker::Start();
  ASSERT_TRUE(broker.ok()) << broker.status();
  Stage stage(**broker, 54);
  stage.Reports(Families(20));
  ASSERT_TRUE((*broker)->Stop().ok());
  stage.StartAgain();
  stage.service->Tell("command early 1");
  EXPECT_TRUE(stage.service->AwaitErrors("waiting for the broker"));
  EXPECT_FALSE(stage.service->Ended());
  ASSERT_TRUE((*broker)->Up().ok());
  EXPECT_NE(stage.service->Await("answer early ok"), "");
  ASSERT_TRUE(stage.Confirm("early"));
  ASSERT_TRUE(stage.Settle());
  EXPECT_EQ(stage.Check(true), "");
  EXPECT_TRUE(stage.StopInOrder());

  // And away again, with something to send: the end comes all the same, and what is committed waits.
  stage.Start();
  ASSERT_TRUE((*broker)->Stop().ok());
  stage.service->Tell("command late 1");
  EXPECT_NE(stage.service->Await("answer late ok"), "");
  stage.service->Signal(SIGTERM);
  ASSERT_TRUE(stage.service->AwaitEnd(absl::Seconds(40)));
  EXPECT_EQ(stage.service->exit_code, 0);
  ASSERT_TRUE((*broker)->Up().ok());
  stage.Start();
  ASSERT_TRUE(stage.Confirm("late"));
  ASSERT_TRUE(stage.Settle());
  EXPECT_EQ(stage.Check(true), "");
}

TEST(BrokerTest, AnEmptiedDatabaseIsRefused) {
  Stage stage(bus::testing::Broker::Shared(), 55);
  stage.Start();
  stage.Report({.ref = "a"});
  ASSERT_TRUE(stage.Settle());
  ASSERT_TRUE(stage.StopInOrder());
  const auto emptied = stage.NewProcess({}, NewTestUrl(absl::StrCat("sqlite:", stage.dir, "/empty.db")));
  EXPECT_THAT(emptied->Await("stopped"), HasSubstr("FAILED_PRECONDITION: the database is older than the log"));
}

}  // namespace
}  // namespace berdaya::flow::testing
