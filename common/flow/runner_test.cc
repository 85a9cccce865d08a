// The threads of the path: faults that pass, faults that stop, and the way out.
#include "common/flow/runner.h"
#include "common/testing/until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/bus/testing/bus_helpers.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow::testing {
namespace {

using bus::testing::Until;
using ::testing::HasSubstr;

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    options_.group = "tally";
    options_.warn = [this](std::string_view text) {
      absl::MutexLock lock(&mutex_);
      warnings_.emplace_back(text);
    };
    options_.on_stopped = [this](absl::Status) { stopped_.Notify(); };
  }
  void Start() {
    runner_ = std::make_unique<Runner>(spec_, *world_.bus, faults_, options_);
    ASSERT_TRUE(runner_->Start().ok());
  }
  void Stop() { runner_->Stop(absl::Now() + absl::Seconds(30)); }
  bool Warned(std::string_view text) {
    absl::MutexLock lock(&mutex_);
    for (const std::string& warning : warnings_) {
      if (warning.find(text) != std::string::npos) return true;
    }
    return false;
  }
  bool UntilAnswered(size_t replies) {
    return testing_support::Until([&] { return world_.Replies(33).size() >= replies; });
  }

  World world_{{}, {.blocking = true}};
  const ServiceSpec spec_ = TallySpec(world_.names);
  std::unique_ptr<store::Database> database_ = NewTallyDatabase();
  FaultDatabase faults_{*database_};
  RunnerOptions options_;
  std::unique_ptr<Runner> runner_;
  absl::Notification stopped_;
  absl::Mutex mutex_;
  std::vector<std::string> warnings_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(RunnerTest, HandlesWhatComesAndStopsWithAnEmptyOutbox) {
  Start();
  for (int i = 0; i < 300; ++i) world_.Report(33, {.ref = absl::StrCat("f", i % 50), .reported_at_s = i});
  ASSERT_TRUE(UntilAnswered(300));
  Stop();
  EXPECT_EQ(runner_->backlog(), 0);
  EXPECT_EQ(world_.CheckedTo({.counts = TallyCounts(*database_)}), "");
}

TEST_F(RunnerTest, AStopUnderLoadSendsWhatWasCommitted) {
  options_.limits.max_records = 10;
  for (int i = 0; i < 3000; ++i) world_.Report(33, {.ref = absl::StrCat("f", i)});
  Start();
  ASSERT_TRUE(UntilAnswered(20));
  Stop();
  const size_t answered = world_.Replies(33).size();
  EXPECT_EQ(static_cast<int64_t>(answered), TallyCounts(*database_)["reports"]);
  EXPECT_LT(answered, 3000u);
  runner_.reset();
  Start();
  ASSERT_TRUE(UntilAnswered(3000));
  Stop();
  EXPECT_EQ(world_.CheckedTo({.counts = TallyCounts(*database_)}), "");
}

// While the database is away two batches are polled. It is back when the first has just been given up: the second must not pass it.
TEST_F(RunnerTest, ABatchThatWasGivenUpIsNotSkipped) {
  options_.max_poll_interval = absl::Milliseconds(400);  // tried at 0, 50, 150 and 350 ms, and then given up
  Start();
  world_.Report(33, {.ref = "first"});
  ASSERT_TRUE(UntilAnswered(1));
  const int64_t calls = faults_.calls();
  faults_.FailAt(1, absl::ResourceExhaustedError("the disk is full"), 4);
  world_.Report(33, {.ref = "a"});
  ASSERT_TRUE(Until([&] { return faults_.calls() > calls; }));
  world_.Report(33, {.ref = "b"});
  EXPECT_TRUE(UntilAnswered(3));
  Stop();
  EXPECT_EQ(world_.CheckedTo({.counts = TallyCounts(*database_)}), "");
}

TEST_F(RunnerTest, ABrokerThatIsAwayIsWaitedFor) {
  world_.bus->SetOutage(absl::UnavailableError("no broker"));
  Start();
  world_.Report(33, {.ref = "a"});
  ASSERT_TRUE(Until([&] { return Warned("waiting for the broker"); }));
  EXPECT_TRUE(absl::IsUnavailable(runner_->Ready(0)));
  world_.bus->SetOutage(absl::OkStatus());
  EXPECT_TRUE(UntilAnswered(1));
  world_.bus->SetOutage(absl::UnavailableError("no broker again"));
  world_.Report(33, {.ref = "b"});
  ASSERT_TRUE(Until([&] { return Warned("no broker again"); }));
  world_.bus->SetOutage(absl::OkStatus());
  EXPECT_TRUE(UntilAnswered(2));
  Stop();
  EXPECT_TRUE(runner_->status().ok());
}

// Until the log has been compared with the database nobody knows whether that is the right one.
TEST_F(RunnerTest, NoCommandIsCarriedOutOnADatabaseThatIsNotKnownToBeCurrent) {
  world_.bus->SetOutage(absl::UnavailableError("no broker"));
  Start();
  absl::Status answer;
  runner_->Submit(ConfirmCommand("r1", 1, [&](auto given) { answer = given.status(); }));
  ASSERT_TRUE(Until([&] { return Warned("waiting for the broker"); }));
  EXPECT_TRUE(absl::IsUnavailable(runner_->ForOperators().status())) << "nor those of operators";
  Stop();
  EXPECT_TRUE(absl::IsUnavailable(answer)) << answer;
  EXPECT_EQ(TallyCounts(*database_)["confirmed"], 0);
  runner_.reset();
  Start();
  absl::Notification answered;
  runner_->Submit(ConfirmCommand("r1", 1, [&](auto given) {
    answer = given.status();
    answered.Notify();
  }));
  world_.bus->SetOutage(absl::OkStatus());
  ASSERT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_TRUE(runner_->ForOperators().ok());
  Stop();
}

TEST_F(RunnerTest, ACommandIsNotDecidedAfterItsDeadline) {
  world_.bus->SetOutage(absl::UnavailableError("no broker"));
  Start();
  const auto answer_of = [&](const std::string& id) {
    absl::Notification answered;
    absl::Status answer;
    Command command = ConfirmCommand(id, 1, [&](auto given) {
      answer = given.status();
      answered.Notify();
    });
    command.deadline = absl::Now() + absl::Milliseconds(100);
    runner_->Submit(std::move(command));
    EXPECT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(30)));
    return answer;
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(answer_of("while it waits for the broker")));
  world_.bus->SetOutage(absl::OkStatus());
  ASSERT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  faults_.FailAll(absl::UnavailableError("busy"));
  EXPECT_TRUE(absl::IsDeadlineExceeded(answer_of("while the database is away")));
  faults_.Heal();
  Stop();
  EXPECT_EQ(TallyCounts(*database_)["confirmed"], 0);
}

TEST_F(RunnerTest, NobodyWaitsForAnAnswerOnceCommandsAreClosed) {
  world_.bus->SetOutage(absl::UnavailableError("no broker"));
  Start();
  absl::Status waiting;
  absl::Status late;
  runner_->Submit(ConfirmCommand("r1", 1, [&](auto given) { waiting = given.status(); }));
  runner_->CloseCommands();
  EXPECT_TRUE(absl::IsUnavailable(waiting)) << waiting;
  runner_->Submit(ConfirmCommand("r2", 1, [&](auto given) { late = given.status(); }));
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
  Stop();
}

TEST_F(RunnerTest, TransactionsThatFailMakeItUnreadyUntilOneSucceeds) {
  options_.unready_after = absl::Milliseconds(50);
  options_.maintain_every = absl::Milliseconds(20);
  Start();
  ASSERT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  faults_.FailAll(absl::UnavailableError("the disk is full"));
  ASSERT_TRUE(Until([&] { return !runner_->Ready(1'000'000).ok(); })) << "even if there is nothing to do";
  EXPECT_THAT(std::string(runner_->Ready(1'000'000).message()), HasSubstr("the disk is full"));
  faults_.Heal();
  EXPECT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  Stop();
}

TEST_F(RunnerTest, ADatabaseThatMaintenanceFindsDamagedStopsThePath) {
  options_.maintain_every = absl::Milliseconds(20);
  Start();
  ASSERT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  faults_.FailAll(absl::DataLossError("a page is damaged"));
  ASSERT_TRUE(stopped_.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(absl::IsDataLoss(runner_->status()));
  Stop();
}

TEST_F(RunnerTest, AMissingEventIsAnAlarmUntilItIsThere) {
  Start();
  ASSERT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  int64_t& sequence = world_.upstream_sequence[bus::PartitionOf("a", bus::kFactPartitions)];
  ++sequence;
  world_.Graduate(33, "a", 2);
  ASSERT_TRUE(Until([&] { return absl::IsDataLoss(runner_->Ready(1'000'000)); }));
  EXPECT_TRUE(Until([&] { return Warned("expected sequence 1"); }));
  world_.Report(33, {.ref = "a"});
  EXPECT_TRUE(UntilAnswered(1)) << "everything else goes on";
  sequence = 0;
  world_.Graduate(33, "a", 1);
  world_.Graduate(33, "a", 2);
  EXPECT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  EXPECT_TRUE(runner_->status().ok());
  Stop();
  EXPECT_EQ(world_.CheckedTo({.counts = TallyCounts(*database_)}), "");
}

class RunnerDaysTest : public RunnerTest {
 protected:
  // The days that the enrolment decisions in the log were recorded on.
  std::vector<calendar::Day> DaysOfDecisions() {
    std::vector<calendar::Day> days;
    for (const auto& [partition, records] : SeeAll(*world_.bus, world_.names)) {
      for (const SeenRecord& record : records) {
        registry::v1::EnrolmentDecided fact;
        if (record.type != fact.GetDescriptor()->full_name()) continue;
        EXPECT_TRUE(fact.ParseFromString(record.value));
        days.push_back(calendar::FromProto(fact.info().recorded_day()).value_or(calendar::Day()));
      }
    }
    return days;
  }
};

// The days come with the partitions, so before them, and for what others own, with the database.
TEST_F(RunnerDaysTest, ACommandThatComesBeforeThePartitionsIsDecidedOnTheDayThatWasOpened) {
  const calendar::Day day = calendar::Day::Of(2020, 9, 1);
  Start();
  world_.OpenDay(day);
  world_.Report(33, {.ref = "a"});
  ASSERT_TRUE(UntilAnswered(1));
  ASSERT_TRUE(Until([&] { return runner_->engine().stats().records.load() >= 2; }));
  Stop();
  runner_.reset();
  world_.bus->SetOutage(absl::UnavailableError("no broker"));
  Start();
  absl::Notification answered;
  runner_->Submit(ConfirmCommand("r1", 1, [&](auto given) {
    EXPECT_TRUE(given.ok()) << given.status();
    answered.Notify();
  }));
  world_.bus->SetOutage(absl::OkStatus());
  ASSERT_TRUE(answered.WaitForNotificationWithTimeout(absl::Seconds(30)));
  // Not after a stop: an instance that has not got the turn to relay yet leaves its facts to whoever gets it.
  std::vector<calendar::Day> days;
  ASSERT_TRUE(Until([&] { return !(days = DaysOfDecisions()).empty(); }));
  Stop();
  EXPECT_EQ(days, std::vector<calendar::Day>{day});
}

TEST_F(RunnerTest, AStopWithoutABrokerEndsAtItsDeadlineAndKeepsTheRest) {
  Start();
  world_.Report(33, {.ref = "a"});
  ASSERT_TRUE(UntilAnswered(1));
  world_.bus->DelayAcks(true);
  world_.Report(33, {.ref = "b"});
  ASSERT_TRUE(Until([&] { return runner_->backlog() > 0; }));
  world_.bus->SetOutage(absl::UnavailableError("no broker"));
  const absl::Time began = absl::Now();
  runner_->Stop(began + absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - began, absl::Seconds(10));
  {
    absl::MutexLock lock(&mutex_);
    EXPECT_LT(warnings_.size(), 50u) << "it tries again and again without a pause";
  }
  world_.bus->SetOutage(absl::OkStatus());
  world_.bus->DelayAcks(false);
  runner_.reset();
  Start();
  EXPECT_TRUE(UntilAnswered(2));
  Stop();
  EXPECT_EQ(world_.CheckedTo({.counts = TallyCounts(*database_)}), "");
}

TEST_F(RunnerTest, CommandsAreAnsweredOnceWhateverHappens) {
  Start();
  ASSERT_TRUE(Until([&] { return runner_->Ready(1'000'000).ok(); }));
  std::atomic<int> answers = 0;
  std::atomic<int> accepted = 0;
  for (int i = 0; i < 500; ++i) {
    if (i == 100) faults_.FailAt(3, absl::UnavailableError("busy"), 10);
    runner_->Submit(ConfirmCommand(absl::StrCat("r", i), 1, [&](auto given) {
      ++answers;
      if (given.ok()) ++accepted;
    }));
  }
  Stop();
  EXPECT_EQ(answers, 500);
  EXPECT_EQ(TallyCounts(*database_)["confirmed"], accepted);
  absl::Status late;
  runner_->Submit(ConfirmCommand("late", 1, [&](auto given) { late = given.status(); }));
  EXPECT_TRUE(absl::IsUnavailable(late));
}

TEST_F(RunnerTest, ADefectStopsEverythingAndSaysSo) {
  Start();
  world_.Report(33, {.ref = "a", .name = "STOP"});
  ASSERT_TRUE(stopped_.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(absl::IsInternal(runner_->status()));
  EXPECT_FALSE(runner_->Ready(1'000'000).ok());
  absl::Status answer;
  runner_->Submit(ConfirmCommand("r1", 1, [&](auto given) { answer = given.status(); }));
  EXPECT_TRUE(absl::IsUnavailable(answer));
  Stop();
}

TEST_F(RunnerTest, ADatabaseOlderThanTheLogStopsBeforeAnythingIsRead) {
  Start();
  world_.Report(33, {.ref = "a"});
  ASSERT_TRUE(UntilAnswered(1));
  Stop();
  runner_.reset();
  auto empty = NewTallyDatabase();
  FaultDatabase database(*empty);
  runner_ = std::make_unique<Runner>(spec_, *world_.bus, database, options_);
  ASSERT_TRUE(runner_->Start().ok());
  ASSERT_TRUE(stopped_.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_TRUE(absl::IsFailedPrecondition(runner_->status()));
  EXPECT_THAT(std::string(runner_->status().message()), HasSubstr("older than the log"));
  Stop();
  EXPECT_TRUE(TallyCounts(*empty).empty());
}

TEST_F(RunnerTest, AnExpelledConsumerComesBack) {
  options_.limits.max_records = 10;
  for (int i = 0; i < 500; ++i) world_.Report(33, {.ref = absl::StrCat("f", i)});
  Start();
  ASSERT_TRUE(UntilAnswered(50));
  // A second member takes half of the partitions and gives them back.
  TallyProcess other(world_, *database_);
  ASSERT_TRUE(other.engine.Open().ok());
  other.consumer = *world_.bus->Subscribe("tally", spec_.inputs, &other.engine);
  ASSERT_TRUE(Until([&] { return other.consumer->Poll(absl::Milliseconds(20), {}).ok() && other.engine.HasInputs(); }));
  other.consumer.reset();
  EXPECT_TRUE(UntilAnswered(500));
  Stop();
  EXPECT_EQ(world_.CheckedTo({.counts = TallyCounts(*database_)}), "");
}

}  // namespace
}  // namespace berdaya::flow::testing
