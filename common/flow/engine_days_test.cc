// Days on the path: in order, with the missing ones, and each behind what the one before has caused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/tally_fixture.h"
#include "common/store/typed.h"
#include "common/testing/seed.h"

namespace berdaya::flow::testing {
namespace {

using calendar::Day;
using ::testing::ElementsAre;

constexpr Day kDay = Day::Of(2020, 9, 1);

// A batch that a test puts together.
class ListBatch {
 public:
  void Add(std::shared_ptr<const bus::StoredRecord> stored, bus::TopicPartition from) {
    const bus::TopicPartition& name = names_.emplace_back(std::move(from));
    records_.push_back({&name, stored->offset, stored->timestamp_ms, stored->key, stored->value, stored->headers});
    stored_.push_back(std::move(stored));
  }
  // It must live as long as this.
  std::unique_ptr<bus::Batch> Share() const {
    struct Shared final : bus::Batch {
      explicit Shared(const ListBatch& l) : list(l) {}
      absl::Span<const bus::Record> records() const override { return list.records_; }
      int64_t bytes() const override { return 0; }
      const ListBatch& list;
    };
    return std::make_unique<Shared>(*this);
  }

 private:
  std::deque<bus::TopicPartition> names_;
  std::vector<bus::Record> records_;
  std::vector<std::shared_ptr<const bus::StoredRecord>> stored_;
};

using DaysTest = TallyTest;

TEST_F(DaysTest, DaysAreRepublishedInOrderWithTheMissingOnes) {
  world_.OpenDay(kDay);
  world_.OpenDay(kDay + 3);
  world_.OpenDay(kDay + 1);  // late: it has been
  world_.OpenDay(kDay + 3);
  Settled({.last_day = kDay + 3});
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    std::vector<std::string> days;
    for (const auto& record : world_.bus->Records({world_.names.facts, p})) {
      calendar::v1::DayOpened opened;
      ASSERT_TRUE(opened.ParseFromString(record->value));
      days.push_back(calendar::FromProto(opened.day())->Format());
    }
    EXPECT_THAT(days, ElementsAre("2020-09-01", "2020-09-02", "2020-09-03", "2020-09-04")) << p;
  }
  Restart();
  world_.OpenDay(kDay + 4);
  Settled({.last_day = kDay + 4});
}

// The facts of a partition in order: "day" and what it is, or the day that a fact was recorded under.
std::vector<std::string> Story(const World& world, int32_t partition) {
  std::vector<std::string> story;
  for (const auto& record : world.bus->Records({world.names.facts, partition})) {
    calendar::v1::DayOpened opened;
    registry::v1::ComponentsChanged changed;
    if (record->headers.type == opened.GetDescriptor()->full_name() && opened.ParseFromString(record->value)) {
      story.push_back("day " + calendar::FromProto(opened.day())->Format());
    } else if (record->headers.type == changed.GetDescriptor()->full_name() && changed.ParseFromString(record->value)) {
      story.push_back(calendar::FromProto(changed.info().recorded_day())->Format());
    }
  }
  return story;
}

TEST_F(DaysTest, EveryFactOfASweepStandsBehindItsOwnDay) {
  world_.OpenDay(kDay);
  Settled();
  world_.Report(33, {.ref = "a"});
  Settled();
  world_.OpenDay(kDay + 1);
  Settled();
  world_.Report(33, {.ref = "b"});
  Settled();
  world_.now_ms += absl::ToInt64Milliseconds(absl::Hours(24 * 40));
  world_.OpenDay(kDay + 33);
  ASSERT_TRUE(service_->Handle().ok());
  EXPECT_FALSE(service_->engine.SweepPending()) << "many days of little work are one transaction";
  Settled({.last_day = kDay + 33});
  int found = 0;
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    std::string today;
    for (const std::string& what : Story(world_, p)) {
      if (what.starts_with("day ")) {
        today = what.substr(4);
      } else {
        EXPECT_EQ(what, today);
        ++found;
      }
    }
  }
  EXPECT_EQ(found, 2);
}

// The whole log of facts, whatever number of days is opened in one transaction.
TEST_F(DaysTest, ManyDaysInOneTransactionAreTheSameAsOneDayInEach) {
  std::mt19937_64 random(testing_support::TestSeed());
  for (int round = 0; round < 20; ++round) {
    World at_once;
    World one_by_one;
    auto database_at_once = NewTallyDatabase();
    auto database_one_by_one = NewTallyDatabase();
    TallyProcess many(at_once, *database_at_once);
    TallyProcess single(one_by_one, *database_one_by_one);
    ASSERT_TRUE(many.Open().ok());
    ASSERT_TRUE(single.Open().ok());
    Day today = Day::Of(2014, 1, 1);
    for (int step = 0; step < 8; ++step) {
      const int64_t days = step == 0 ? 1 : 1 + static_cast<int64_t>(random() % 100);
      for (int64_t d = 1; d <= days; ++d) {
        one_by_one.OpenDay(today + d);
        ASSERT_TRUE(single.Settle().ok());
        if (random() % 5 == 0) at_once.OpenDay(today + d);
      }
      today = today + days;
      at_once.OpenDay(today);
      ASSERT_TRUE(many.Settle().ok());
      for (int i = 0; i < 5; ++i) {
        const Family family{.ref = absl::StrCat("f", random() % 8), .members = 1 + step, .reported_at_s = step};
        for (World* world : {&at_once, &one_by_one}) world->Report(33, family);
      }
      ASSERT_TRUE(many.Settle().ok());
      ASSERT_TRUE(single.Settle().ok());
    }
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
      const auto many_records = at_once.bus->Records({at_once.names.facts, p});
      const auto single_records = one_by_one.bus->Records({one_by_one.names.facts, p});
      ASSERT_EQ(many_records.size(), single_records.size());
      for (size_t i = 0; i < many_records.size(); ++i) ASSERT_EQ(many_records[i]->value, single_records[i]->value) << p << " " << i;
    }
    EXPECT_LT(many.engine.stats().transactions, single.engine.stats().transactions);
    EXPECT_EQ(at_once.CheckedTo({.last_day = today, .counts = TallyCounts(*database_at_once)}), "");
  }
}

TEST_F(DaysTest, MoreDaysThanATransactionTakesGoOnInTheNextAndAfterARestart) {
  world_.OpenDay(Day::Of(2014, 1, 1));
  Settled();
  world_.OpenDay(Day::Of(2014, 1, 1) + 1000);
  ASSERT_TRUE(service_->Handle().ok());
  EXPECT_TRUE(service_->engine.SweepPending());
  EXPECT_LT(world_.bus->Records({world_.names.facts, 0}).size(), 500u);
  Restart();
  Settled({.last_day = Day::Of(2014, 1, 1) + 1000});
}

TEST_F(DaysTest, ADayTooFarAfterTheLastIsHeldInsteadOfLosingTheDaysBetween) {
  world_.OpenDay(Day::Of(2005, 1, 1));
  world_.OpenDay(Day::Of(2016, 1, 1));
  Settled({.last_day = Day::Of(2005, 1, 1)});
  EXPECT_EQ(service_->engine.parked(), 1);
  world_.OpenDay(Day::Of(2015, 1, 1));
  Settled({.last_day = Day::Of(2015, 1, 1)});
}

TEST_F(DaysTest, ADayInTheFutureIsRefused) {
  world_.OpenDay(kDay);
  world_.OpenDay(Day::Of(2020, 9, 15));  // the clock says 13 September
  world_.OpenDay(kDay + 1);
  Settled({.last_day = kDay + 1});
  EXPECT_EQ(service_->engine.parked(), 1);
}

TEST_F(DaysTest, SweepAndEventCommute) {
  // The facts of every family, where a day's reports are in the transaction of the day, whose sweep comes after them, or wait for
  // it.
  const auto facts_after = [](bool together) {
    World world;
    auto database = NewTallyDatabase();
    TallyProcess service(world, *database);
    EXPECT_TRUE(service.Open().ok());
    EXPECT_TRUE(service.Settle().ok());
    world.OpenDay(Day::Of(2020, 1, 1));
    EXPECT_TRUE(service.Settle().ok());
    for (int day = 0; day < 12; ++day) {
      const Day today = Day::Of(2020, 1, 1) + day * 20;
      ListBatch batch;
      const auto add = [&](const std::string& topic, int64_t offset) {
        batch.Add(world.bus->Records({topic, 0})[offset], {topic, 0});
      };
      if (day > 0) add(world.names.days, world.OpenDay(today));
      if (!together) {
        EXPECT_TRUE(service.Settle().ok());
      }
      for (int family = 0; family < 4; ++family) {
        if ((day + family) % 3 != 0) continue;
        const Family report{.ref = absl::StrCat("f", family), .members = day + 1, .reported_at_s = day + 1};
        add(bus::ReportsTopic(33), world.Report(33, report));
      }
      if (together) {
        Intake intake = service.engine.Decode(batch.Share());
        EXPECT_TRUE(service.engine.Process(intake, {}).ok());
      }
      EXPECT_TRUE(service.Settle().ok());
    }
    EXPECT_EQ(world.CheckedTo({.last_day = Day::Of(2020, 1, 1) + 220, .counts = TallyCounts(*database)}), "");
    std::map<std::string, std::vector<std::string>> facts;
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
      for (const auto& record : world.bus->Records({world.names.facts, p})) facts[record->key].push_back(record->value);
    }
    return facts;
  };
  const auto apart = facts_after(false);
  EXPECT_EQ(apart.size(), 5u);  // four families, and the days
  EXPECT_TRUE(facts_after(true) == apart);
}

TEST_F(DaysTest, ASweepGoesOnInChunksAndAfterARestart) {
  constexpr int kFamilies = 8100;  // more than one transaction sweeps
  world_.OpenDay(kDay);
  Settled();
  for (int i = 0; i < kFamilies; ++i) world_.Report(33, {.ref = absl::StrCat("f", i), .members = 1});
  Settled({.last_day = kDay});
  world_.now_ms += absl::ToInt64Milliseconds(absl::Hours(24 * 40));
  world_.OpenDay(kDay + 40);
  ASSERT_TRUE(service_->Handle().ok());
  EXPECT_EQ(service_->engine.stats().swept, 8000);
  EXPECT_TRUE(service_->engine.SweepPending());
  Restart();
  Settled({.last_day = kDay + 40});
  EXPECT_EQ(service_->engine.stats().swept, kFamilies - 8000);
}

TEST_F(DaysTest, DaysByPartitionMoveOnlyTheirPartition) {
  World world({.republish_days = false});
  auto database = NewTallyDatabase();
  TallyProcess service(world, *database);
  ASSERT_TRUE(service.Open().ok());
  for (int i = 0; i < 24; ++i) world.Report(33, {.ref = absl::StrCat("f", i)});
  ASSERT_TRUE(service.Settle().ok());
  world.now_ms += absl::ToInt64Milliseconds(absl::Hours(24 * 40));
  calendar::v1::DayOpened opened;
  calendar::ToProto(Day::Of(2020, 10, 20), *opened.mutable_day());
  world.Upstream(4, {}, opened);
  ASSERT_TRUE(service.Settle().ok());
  const auto reader = database->Snapshot();
  int moved = 0;
  const auto rows = store::ScanRows<TallyRow>(**reader, {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (const TallyRow& row : *rows) {
    EXPECT_EQ(row.periods, row.partition == 4 ? 1 : 0) << row.ref;
    moved += static_cast<int>(row.periods);
  }
  EXPECT_GT(moved, 0);
  EXPECT_EQ(world.CheckedTo({}), "");
}

// Another process has the calendar: a report is decided on its day all the same.
TEST_F(DaysTest, TheDayOfAPartitionThatAnotherProcessOwnsIsTheDatabases) {
  world_.OpenDay(kDay);
  Settled();
  service_->consumer.reset();
  TallyProcess other(world_, *database_);
  ASSERT_TRUE(other.engine.Open().ok());
  const bus::TopicPartition reports{bus::ReportsTopic(33), 0};
  ASSERT_TRUE(other.engine.OnAssigned({{reports}}).ok());
  world_.Report(33, {.ref = "a"});
  ListBatch batch;
  batch.Add(world_.bus->Records(reports)[0], reports);
  Intake intake = other.engine.Decode(batch.Share());
  other.relay = std::make_unique<Relay>(*world_.bus, *database_, other.spec.source(), 0, other.spec.outputs);
  ASSERT_TRUE(other.engine.Process(intake, {}).ok());
  const auto reader = database_->Snapshot();
  EXPECT_EQ(store::ScanRows<TallyRow>(**reader, {}).value()[0].due_on, kDay + kTallyPeriodDays);
}

}  // namespace
}  // namespace berdaya::flow::testing
