// Several instances of one service on one database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/test_points.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow::testing {
namespace {

namespace pv1 = province::v1;
using ::testing::ElementsAre;

constexpr absl::Duration kPatience = absl::Seconds(10);
const calendar::Day kFirstDay = calendar::Day::Of(2014, 7, 1);

class InstancesTest : public ::testing::Test {
 protected:
  // `joins`: takes part in reading; otherwise it only has its commands and its relay.
  TallyProcess& Start(bool joins = true) {
    if (OnPostgres() || databases_.empty()) databases_.push_back(Must(store::Open({.url = url_, .busy_timeout_ms = 200})));
    EXPECT_TRUE(databases_.back()->Migrate(TallySchema()).ok());
    instances_.push_back(std::make_unique<TallyProcess>(world_, *databases_.back(), "tally", kPatience, [this] { return now_; }));
    TallyProcess& instance = *instances_.back();
    const absl::Status status = instance.Open();
    EXPECT_TRUE(status.ok()) << status;
    if (!joins) instance.consumer.reset();
    return instance;
  }
  static std::unique_ptr<store::Database> Must(absl::StatusOr<std::unique_ptr<store::Database>> database) {
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }
  void Ok(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }
  // It ends without a word.
  void Kill(TallyProcess& instance) {
    std::erase_if(instances_, [&](const auto& each) { return each.get() == &instance; });
  }
  int64_t Progress() const {
    int64_t progress = 0;
    for (const auto& instance : instances_) {
      const EngineStats& stats = instance->engine.stats();
      progress += stats.records + stats.repeats + stats.ignored + stats.early + instance->leading;
    }
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) progress += Length({world_.names.facts, p});
    for (int province : world_.names.provinces) progress += Length({bus::RepliesTopic(province), 0});
    return progress;
  }
  int64_t Length(const bus::TopicPartition& partition) const { return static_cast<int64_t>(world_.bus->Records(partition).size()); }
  bool Sweeping() const {
    return std::any_of(instances_.begin(), instances_.end(), [](const auto& each) { return each->engine.SweepPending(); });
  }
  // All instances take turns until there is nothing left to do.
  void Settle() {
    int64_t before = -1;
    for (int quiet = 0; quiet < 3; quiet = before == Progress() && !Sweeping() ? quiet + 1 : 0) {
      before = Progress();
      for (const auto& instance : instances_) Round(*instance);
    }
  }
  void Round(TallyProcess& instance) {
    absl::Status status = instance.consumer == nullptr ? absl::OkStatus() : instance.Handle(20);
    if (absl::IsCancelled(status)) {
      instance.consumer = *world_.bus->Subscribe(instance.group, instance.spec.inputs, &instance.engine);
      status = absl::OkStatus();
    }
    EXPECT_TRUE(status.ok()) << status;
    now_ += absl::Milliseconds(10);
    status = instance.Tend();
    EXPECT_TRUE(status.ok()) << status;
    status = instance.Send();
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
  }
  void Settled(TallyChecks checks = {}) {
    Settle();
    checks.counts = TallyCounts(*databases_[0]);
    EXPECT_EQ(world_.CheckedTo(checks), "");
  }
  void Report(int families, int64_t at_s = 1) {
    for (int i = 0; i < families; ++i) {
      for (int province : world_.names.provinces)
        world_.Report(province, {.ref = absl::StrCat("f", i), .members = 1 + i % 5, .reported_at_s = at_s});
    }
  }
  // Does something once, when a transaction of `instance` has decided and not written yet.
  void Between(TallyProcess& instance, std::function<void()> then) {
    SetTestPointHook([&instance, then, done = false](TestPoint point) mutable {
      if (point != TestPoint::kAfterDecide || done) return;
      done = true;
      then();
    });
    const absl::Status status = instance.Handle();
    SetTestPointHook([](TestPoint) {});
    EXPECT_TRUE(status.ok()) << status;
  }

  World world_{{.provinces = {11, 12, 33, 51, 73}}};
  const std::string url_ = NewTestUrl();
  absl::Duration now_;
  std::vector<std::unique_ptr<store::Database>> databases_;
  std::vector<std::unique_ptr<TallyProcess>> instances_;
};

TEST_F(InstancesTest, ShareThePartitionsAndOneOfThemRelays) {
  for (int i = 0; i < 3; ++i) Start();
  world_.OpenDay(kFirstDay);
  Report(20);
  Settle();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(instances_[i]->Confirm(absl::StrCat("r", i), 7).ok());
  Report(20, 2);
  world_.OpenDay(kFirstDay + 40);
  Settled({.last_day = kFirstDay + 40, .commands = 3});
  int relaying = 0;
  for (const auto& instance : instances_) {
    EXPECT_GT(instance->engine.stats().records, 0) << "it read nothing";
    relaying += instance->leading != 0 ? 1 : 0;
  }
  EXPECT_EQ(relaying, 1);
}

TEST_F(InstancesTest, AnotherTakesOverFromOneThatWasKilled) {
  for (int i = 0; i < 3; ++i) Start();
  world_.OpenDay(kFirstDay);
  Report(10);
  Settle();
  Report(10, 2);
  for (const auto& instance : instances_) ASSERT_TRUE(instance->Handle(20).ok());
  ASSERT_NE(instances_[0]->leading, 0);
  Kill(*instances_[0]);
  Settle();
  EXPECT_EQ(instances_[0]->leading + instances_[1]->leading, 0) << "the turn is not free yet";
  now_ += kPatience;
  Settled({.last_day = kFirstDay});
  EXPECT_EQ(instances_[0]->leading + instances_[1]->leading, 2) << "the second turn";
}

// What it has on its way when it falls asleep comes behind what its successor has sent.
TEST_F(InstancesTest, AnInstanceThatWakesUpAfterItsTurnOnlyRepeats) {
  TallyProcess& sleeper = Start();
  TallyProcess& other = Start();
  world_.OpenDay(kFirstDay);
  Report(5);
  Settle();
  Report(5, 2);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(sleeper.Handle().ok());
    ASSERT_TRUE(other.Handle().ok());
  }
  ASSERT_NE(sleeper.leading, 0);
  const Cursors old = sleeper.relay->KnownCursors();
  ASSERT_TRUE(other.Tend().ok());
  now_ += kPatience;
  ASSERT_TRUE(other.Tend().ok());
  ASSERT_TRUE(other.Send().ok());
  EXPECT_EQ(other.leading, 2);
  ASSERT_TRUE(sleeper.relay->LookForOthers().ok());
  sleeper.relay->Step(absl::ZeroDuration()).IgnoreError();  // as the thread that was in the middle of it
  EXPECT_EQ(sleeper.engine.term(), 0) << "it has slept too long to go on";
  for (CursorRow row : old.rows) {
    row.sequence = 1'000'000;
    ASSERT_TRUE(sleeper.engine.Maintain({old.term, {row}}, absl::Hours(24)).ok());
  }
  auto reader = databases_[0]->Snapshot();
  for (const CursorRow& row : store::ScanRows<CursorRow>(**reader, {.limit = 1000}).value()) EXPECT_LT(row.sequence, 1'000'000);
  Settled({.last_day = kFirstDay, .repeats_allowed = true});
}

TEST_F(InstancesTest, OneThatStopsInOrderLeavesTheTurnAtOnce) {
  TallyProcess& first = Start();
  TallyProcess& second = Start();
  Settle();
  ASSERT_NE(first.leading, 0);
  ASSERT_TRUE(first.engine.Release(first.relay->KnownCursors()).ok());
  Kill(first);
  ASSERT_TRUE(second.Tend().ok());
  EXPECT_NE(second.engine.term(), 0);
  Report(3);
  Settled();
}

TEST_F(InstancesTest, ACommandCountsUnderTheDayThatAnotherInstanceOpened) {
  Start();
  TallyProcess& idle = Start(/*joins=*/false);
  world_.OpenDay(kFirstDay + 5);
  Settle();
  ASSERT_TRUE(idle.Confirm("r", 1).ok());
  Settled({.last_day = kFirstDay + 5, .commands = 1});
  int found = 0;
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    for (const auto& record : world_.bus->Records({world_.names.facts, p})) {
      registry::v1::EnrolmentDecided fact;
      if (record->headers.type != fact.GetDescriptor()->full_name() || !fact.ParseFromString(record->value)) continue;
      EXPECT_EQ(calendar::FromProto(fact.info().recorded_day()).value(), kFirstDay + 5);
      ++found;
    }
  }
  EXPECT_EQ(found, 1);
}

TEST_F(InstancesTest, TheSameRequestOnTwoInstancesIsOneCommand) {
  TallyProcess& a = Start();
  TallyProcess& b = Start();
  world_.OpenDay(kFirstDay);
  Settle();
  const auto first = a.Confirm("r", 1);
  const auto second = b.Confirm("r", 1);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*first)->SerializeAsString(), (*second)->SerializeAsString());
  Settled({.last_day = kFirstDay, .commands = 1});
}

// --- The guard ---

TEST_F(InstancesTest, NoDayBeginsUnderATransactionOfAnother) {
  if (!OnPostgres()) GTEST_SKIP() << "two transactions at once";
  TallyProcess& reader = Start();
  world_.OpenDay(kFirstDay);
  Report(3);
  Settle();
  TallyProcess& days = Start(/*joins=*/false);
  // The reader keeps what it has; `days` has taken the day topic over from it and opens a month.
  world_.OpenDay(kFirstDay + 31);
  for (int province : world_.names.provinces) world_.Report(province, {.ref = "new", .name = "REJECT"});
  const bus::TopicPartition day_topic{world_.names.days, 0};
  auto other = *world_.bus->Subscribe("days", {world_.names.days}, &days.engine);
  Intake opened;
  for (size_t records = 0; records < 2;) {
    auto batch = other->Poll(absl::ZeroDuration(), {});
    ASSERT_TRUE(batch.ok()) << batch.status();
    records = (*batch)->records().size();
    if (records > 0) opened = days.engine.Decode(*std::move(batch));
  }
  reader.engine.OnRevoked({{day_topic}}, false);
  std::vector<std::string> reports;
  for (int province : world_.names.provinces) reports.push_back(bus::ReportsTopic(province));
  reader.consumer = *world_.bus->Subscribe("reports", reports, &reader.engine);
  for (int i = 0; i < 2; ++i) reader.consumer->Poll(absl::ZeroDuration(), {.max_records = 0}).IgnoreError();
  absl::Status refused;
  Between(reader, [&] { refused = days.engine.Process(opened, {}); });
  EXPECT_TRUE(absl::IsAborted(refused) || absl::IsUnavailable(refused)) << refused;
  Ok(days.engine.Process(opened, {}));
  for (Intake nothing; days.engine.SweepPending();) Ok(days.engine.Process(nothing, {}));
  Settled({.last_day = kFirstDay + 31});
}

TEST_F(InstancesTest, WhatOneHasParkedTheOthersWaitFor) {
  TallyProcess& reader = Start();
  world_.Report(33, {.ref = "f"});
  Settle();
  TallyProcess& other = Start(/*joins=*/false);
  other.consumer = *world_.bus->Subscribe("facts", {world_.names.upstream}, &other.engine);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(other.Handle().ok());
  const std::vector<bus::TopicPartition> upstream = [&] {
    std::vector<bus::TopicPartition> all;
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) all.push_back({world_.names.upstream, p});
    return all;
  }();
  reader.engine.OnRevoked(upstream, false);
  reader.consumer = *world_.bus->Subscribe("reports", {bus::ReportsTopic(33)}, &reader.engine);

  const int64_t bad = world_.Report(33, {.ref = "f", .reported_at_s = 2, .name = "QUARANTINE"});
  Settle();
  world_.Graduate(33, "f", 1);
  Settle();
  EXPECT_EQ(other.engine.stats().waiting, 1) << "a fact about the same family";
  EXPECT_EQ(world_.bus->Records({bus::NoticesTopic(33), 0}).size(), 0u);

  // Repaired and replayed where nothing of it was read.
  TallyProcess& third = Start(/*joins=*/false);
  const std::string mended = FamilyReport({.ref = "f", .members = 4, .reported_at_s = 2});
  ASSERT_TRUE(third.engine.Repair({bus::ReportsTopic(33), 0}, bad, mended).ok());
  EXPECT_EQ(third.engine.Replay().value(), 2);
  Settle();
  EXPECT_EQ(world_.bus->Records({bus::NoticesTopic(33), 0}).size(), 1u);
  world_.Report(33, {.ref = "f", .members = 5, .reported_at_s = 3});
  world_.Graduate(33, "f", 2);
  Settle();
  EXPECT_EQ(other.engine.stats().waiting, 1) << "nothing waits any more";
  Settled({.repairs = {{{33, bad}, mended}}});
}

TEST_F(InstancesTest, NothingIsParkedUnderATransactionOfAnother) {
  if (!OnPostgres()) GTEST_SKIP() << "two transactions at once";
  TallyProcess& a = Start();
  Settle();
  TallyProcess& b = Start(/*joins=*/false);
  auto reports = *world_.bus->Subscribe("reports", {bus::ReportsTopic(33)}, &b.engine);
  const int64_t bad = world_.Report(33, {.ref = "f", .name = "QUARANTINE"});
  Intake parks;
  for (size_t records = 0; records < 1;) {
    auto batch = reports->Poll(absl::ZeroDuration(), {});
    ASSERT_TRUE(batch.ok());
    records = (*batch)->records().size();
    if (records > 0) parks = b.engine.Decode(*std::move(batch));
  }
  world_.Graduate(33, "f", 1);
  a.engine.OnRevoked({{{bus::ReportsTopic(33), 0}}}, false);
  a.consumer = *world_.bus->Subscribe("facts", {world_.names.upstream}, &a.engine);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(a.engine.Process(*std::make_unique<Intake>(), {}).ok());
  absl::Status refused;
  Between(a, [&] { refused = b.engine.Process(parks, {}); });
  EXPECT_TRUE(absl::IsAborted(refused) || absl::IsUnavailable(refused)) << refused;
  ASSERT_TRUE(b.engine.Process(parks, {}).ok());
  EXPECT_EQ(b.engine.stats().quarantined, 1);
  b.engine.Discard({bus::ReportsTopic(33), 0}, bad).IgnoreError();
  EXPECT_EQ(b.engine.parked(), 0);
}

}  // namespace
}  // namespace berdaya::flow::testing
