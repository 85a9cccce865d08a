// Three instances of a service on one PostgreSQL database, under load, while they are killed, put to sleep and stopped.
//
// BERDAYA_SECONDS: for how long (15 by default, a test of every landing; tests/long/flow_instances takes five minutes).
// BERDAYA_SEED replays the choices.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bus/testing/bus_helpers.h"
#include "common/store/postgres_testing.h"
#include "common/testing/seed.h"
#include "tests/flow/stage.h"

namespace berdaya::flow::testing {
namespace {

constexpr int kInstances = 3;
constexpr absl::Duration kSleep = absl::Seconds(8);  // the session ends after 6, the turn to relay after 1
constexpr int kMostQuarantined = 60;                 // over a hundred stop the service

absl::Duration TestLength() {
  const char* const given = std::getenv("BERDAYA_SECONDS");
  int seconds = 15;
  return given != nullptr && absl::SimpleAtoi(given, &seconds) ? absl::Seconds(seconds) : absl::Seconds(15);
}

class InstancesTest : public ::testing::Test {
 protected:
  struct Instance {
    std::unique_ptr<Child> process;
    absl::Time wakes = absl::InfinitePast();  // asleep until then
    bool asleep() const { return wakes != absl::InfinitePast(); }
  };

  void SetUp() override {
    setenv("BERDAYA_TEST_STORE", "postgres", 1);
    stage_ = std::make_unique<Stage>(bus::testing::Broker::Shared(), std::vector{71, 72, 73, 74, 75, 76});
    for (Instance& instance : instances_) instance.process = stage_->NewProcess();
    for (Instance& instance : instances_) ASSERT_NE(instance.process->Await("ready"), "") << instance.process->Errors();
  }

  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }

  void Publish() {
    const int nth = Pick(static_cast<int>(stage_->names.provinces.size()));
    std::vector<Family> families;
    for (int i = 1 + Pick(10); i > 0; --i) {
      Family family{.ref = absl::StrCat("f", Pick(40)), .members = 1 + Pick(7), .reported_at_s = ++moment_ - Pick(3)};
      if (Pick(4) == 0) family.kk = 1 + Pick(30);
      if (Pick(25) == 0) family.name = "REJECT";
      if (Pick(60) == 0 && quarantined_ < kMostQuarantined) {
        family.name = "QUARANTINE";
        ++quarantined_;
      }
      families.push_back(family);
    }
    stage_->Reports(families, nth);
    if (Pick(2) == 0) stage_->Graduate(absl::StrCat("f", Pick(40)), ++cases_, 0, nth);
    if (Pick(20) == 0) stage_->OpenDays(1 + Pick(40));
  }

  // Somebody awake answers; whoever does not has been killed in the middle of it.
  void Command() {
    std::vector<Instance*> awake;
    for (Instance& instance : instances_) {
      if (!instance.asleep()) awake.push_back(&instance);
    }
    const std::string id = absl::StrCat("r", ++requests_);
    Child& who = *awake[Pick(static_cast<int>(awake.size()))]->process;
    if (!stage_->Ask(who, id, absl::Milliseconds(500)) || Pick(10) == 0) again_.push_back(id);
  }

  void Wake(Instance& instance) {
    instance.process->Signal(SIGCONT);
    instance.wakes = absl::InfinitePast();
  }

  // The n-th is killed, stopped or put to sleep; the others work.
  void Trouble(Instance& instance) {
    switch (Pick(3)) {
      case 0:
        instance.process->Signal(SIGKILL);
        ++kills_;
        break;
      case 1:
        instance.process->Signal(SIGTERM);
        ++stops_;
        break;
      default:
        instance.process->Signal(SIGSTOP);
        instance.wakes = absl::Now() + kSleep;
        ++sleeps_;
        return;
    }
    ASSERT_TRUE(instance.process->AwaitEnd());
    instance.process = stage_->NewProcess();
  }

  void RunUntil(absl::Time end, absl::Duration pause) {
    absl::Time trouble = absl::Now() + pause / 2;
    while (absl::Now() < end) {
      Publish();
      Command();
      for (Instance& instance : instances_) {
        if (instance.asleep() && absl::Now() >= instance.wakes) Wake(instance);
        ASSERT_FALSE(instance.process->Ended()) << instance.process->exit_code << " " << instance.process->signal;
      }
      const bool anyone_asleep =
          std::any_of(std::begin(instances_), std::end(instances_), [](const Instance& each) { return each.asleep(); });
      if (absl::Now() < trouble || anyone_asleep) continue;
      Trouble(instances_[Pick(kInstances)]);
      trouble = absl::Now() + pause * (0.5 + 0.1 * Pick(10));
    }
  }

  // All wake up, everything is answered, mended and compared.
  void End() {
    for (Instance& instance : instances_) {
      if (instance.asleep()) Wake(instance);
    }
    stage_->service = std::move(instances_[0].process);
    for (const std::string& id : again_) ASSERT_TRUE(stage_->Confirm(id)) << "no answer to " << id;
    ASSERT_TRUE(stage_->Settle()) << stage_->service->Errors();
    ASSERT_TRUE(stage_->Mend()) << stage_->service->Errors();
    ASSERT_TRUE(stage_->Settle()) << stage_->service->Errors();
    EXPECT_EQ(stage_->Check(true), "");
  }

  std::mt19937_64 random_{testing_support::TestSeed()};
  std::unique_ptr<Stage> stage_;
  Instance instances_[kInstances];
  int64_t moment_ = 10;
  int64_t cases_ = 0;
  int requests_ = 0;
  std::vector<std::string> again_;  // requests without an answer, and some that have one
  int quarantined_ = 0;
  int kills_ = 0;
  int stops_ = 0;
  int sleeps_ = 0;
};

TEST_F(InstancesTest, NothingIsLostAndNothingHappensTwice) {
  // Partitions spread, and all of them are read.
  const size_t partitions = stage_->names.provinces.size() + bus::kFactPartitions + 1;
  EXPECT_TRUE(bus::testing::Until([&] {
    size_t owned = 0;
    bool all = true;
    for (Instance& instance : instances_) {
      instance.process->Tell("owned");
      int64_t some = 0;
      all = absl::SimpleAtoi(instance.process->Await("owned").substr(6), &some) && some > 0 && all;
      owned += some;
    }
    return all && owned == partitions;
  }));
  const absl::Duration length = TestLength();
  RunUntil(absl::Now() + length, std::max(absl::Seconds(2), std::min(absl::Seconds(5), length / 4)));
  if (HasFatalFailure()) return;
  End();
  const std::string turns = store::TestCluster::SqlAt(stage_->db, "SELECT owner FROM flow_lease").at(0);
  const TallyFindings& found = stage_->found;
  const int64_t lost = found.published - found.final - found.open - found.asked;
  std::cout << "instances: " << kills_ << " killed, " << stops_ << " stopped, " << sleeps_ << " put to sleep; " << turns
            << " turns to relay; " << found.published << " reports, " << requests_ << " commands, " << found.facts << " facts, "
            << found.repeats << " records twice in the log; lost=" << lost << " duplicated=" << found.problems.size() << "\n";
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace berdaya::flow::testing
