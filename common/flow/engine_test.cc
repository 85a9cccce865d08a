// The path in one process and one thread: what goes in is answered once, and what happens around it changes nothing of that.
#include "common/flow/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_process.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::flow::testing {
namespace {

using calendar::Day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace pv1 = province::v1;

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

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(service_->Open().ok()); }

  // The process ends without a word and is started again.
  void Restart() {
    service_.reset();
    service_ = std::make_unique<TallyProcess>(world_, *database_);
    ASSERT_TRUE(service_->Open().ok());
  }
  void Settled(TallyChecks checks = {}) {
    const absl::Status status = service_->Settle();
    ASSERT_TRUE(status.ok()) << status;
    checks.counts = TallyCounts(*database_);
    EXPECT_EQ(world_.CheckedTo(checks), "");
  }
  std::vector<province::v1::ReportStatus> StatusesOf(int64_t offset) { return world_.StatusesOf(33, offset); }

  World world_;
  std::unique_ptr<store::Database> database_ = TallyDatabase();
  std::unique_ptr<TallyProcess> service_ = std::make_unique<TallyProcess>(world_, *database_);
};

TEST_F(EngineTest, EveryRecordIsAnsweredOnce) {
  world_.Report(33, {.ref = "a"});
  world_.Report(33, {.ref = "a", .members = 5, .reported_at_s = 2});
  world_.Report(33, {.ref = "a"});  // older
  world_.Report(33, {.ref = "b", .name = "REJECT"});
  world_.Report(33, {.ref = "c", .members = 0});
  const int64_t undecodable = world_.ReportBytes(33, "d", "berdaya.province.v1.FamilyReported", "\xff\xff\xff");
  const int64_t unknown = world_.ReportBytes(33, "e", "berdaya.province.v1.Unheard", "x");
  world_.Ask(33, "nobody");
  Settled();
  EXPECT_THAT(StatusesOf(0), ElementsAre(pv1::REPORT_STATUS_REGISTERED));
  EXPECT_THAT(StatusesOf(1), ElementsAre(pv1::REPORT_STATUS_CHANGED));
  EXPECT_THAT(StatusesOf(2), ElementsAre(pv1::REPORT_STATUS_UNCHANGED));
  EXPECT_THAT(StatusesOf(undecodable), ElementsAre(pv1::REPORT_STATUS_REJECTED));
  EXPECT_THAT(StatusesOf(unknown), ElementsAre(pv1::REPORT_STATUS_REJECTED));
  EXPECT_EQ(world_.Replies(33).size(), 8u);
}

TEST_F(EngineTest, TwoFamiliesOfOneBatchThatClaimOneNumberSeeEachOther) {
  world_.Report(33, {.ref = "a", .kk = 7});
  const int64_t second = world_.Report(33, {.ref = "b", .kk = 7});
  Settled();
  EXPECT_EQ(service_->engine.stats().transactions, 2);  // one of them found nothing more
  EXPECT_THAT(StatusesOf(second), ElementsAre(pv1::REPORT_STATUS_REJECTED));
}

TEST_F(EngineTest, ARecordReadAgainAfterARestartIsDropped) {
  world_.Report(33, {.ref = "a"});
  world_.Graduate(33, "a", 1);
  Settled();
  Restart();
  Settled();
  EXPECT_EQ(service_->engine.stats().repeats, 2);  // the record before the next one, to compare it
  EXPECT_EQ(service_->engine.stats().records, 0);
}

TEST_F(EngineTest, AFactThatAZombiePublishedTwiceCountsOnce) {
  world_.Graduate(33, "a", 1);
  world_.upstream_sequence[bus::PartitionOf("a", bus::kFactPartitions)] = 0;
  world_.Graduate(33, "a", 1);
  world_.Graduate(33, "a", 2);
  Settled();
  EXPECT_EQ(TallyCounts(*database_)["graduated"], 2);
}

TEST_F(EngineTest, AMissingFactStopsBeforeWhatFollows) {
  world_.Graduate(33, "a", 1);
  ++world_.upstream_sequence[bus::PartitionOf("a", bus::kFactPartitions)];
  world_.Graduate(33, "a", 3);
  const absl::Status status = service_->Settle();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("expected sequence 2"));
  EXPECT_EQ(TallyCounts(*database_)["graduated"], 0) << "nothing of that batch may have happened";
}

TEST_F(EngineTest, AnAnswerOfUpstreamBecomesTheFinalReply) {
  world_.Report(33, {.ref = "a"});
  const int64_t ask = world_.Ask(33, "a");
  Settled();
  EXPECT_THAT(StatusesOf(ask), ElementsAre());
  world_.AnswerAsks();
  Settled();
  EXPECT_THAT(StatusesOf(ask), ElementsAre(pv1::REPORT_STATUS_CHANGED));
}

TEST_F(EngineTest, ADefectInADecisionStopsWithoutATrace) {
  world_.Report(33, {.ref = "a"});
  world_.Report(33, {.ref = "b", .name = "STOP"});
  EXPECT_TRUE(absl::IsInternal(service_->Settle()));
  EXPECT_TRUE(world_.Replies(33).empty());
  EXPECT_TRUE(TallyCounts(*database_).empty());
}

// --- Commands ---

int64_t IdOf(const absl::StatusOr<std::unique_ptr<google::protobuf::Message>>& answer) {
  if (!answer.ok()) return -1;
  return static_cast<const graduation::v1::ConfirmGraduationResponse&>(**answer).case_().family_id();
}

TEST_F(EngineTest, TheSameRequestIdGivesTheSameAnswer) {
  const auto first = service_->Confirm("r1", 5);
  ASSERT_TRUE(first.ok()) << first.status();
  Restart();
  const auto again = service_->Confirm("r1", 5);
  EXPECT_EQ(IdOf(again), IdOf(first));
  EXPECT_EQ(IdOf(first) >> 59 & 1, 1) << "ids of commands are in a range of their own";
  Settled({.commands = 1});
}

TEST_F(EngineTest, ARequestIdForAnotherRequestIsRefused) {
  ASSERT_TRUE(service_->Confirm("r1", 5).ok());
  const auto other = service_->Confirm("r1", 6);
  EXPECT_TRUE(absl::IsAlreadyExists(other.status()));
  EXPECT_EQ(FieldOf(other.status()), "request_id");
  EXPECT_TRUE(service_->Confirm("r1", 6, "somebody else").ok()) << "request ids are the caller's own";
  Settled({.commands = 2});
}

TEST_F(EngineTest, ARefusedCommandLeavesNothingAndMayBeTriedAgain) {
  EXPECT_TRUE(absl::IsInvalidArgument(service_->Confirm("r1", -1).status()));
  const auto reader = database_->Snapshot();
  EXPECT_FALSE(store::Get<CommandRow>(**reader, {"tester", "r1"}).value().has_value());
  EXPECT_TRUE(service_->Confirm("r1", 1).ok());
}

TEST_F(EngineTest, TwoCommandsOfOneBatchWithOneRequestIdAreOne) {
  std::vector<int64_t> ids;
  std::vector<Command> commands;
  for (int i = 0; i < 2; ++i) commands.push_back(ConfirmCommand("r1", 5, [&](auto answer) { ids.push_back(IdOf(answer)); }));
  ASSERT_TRUE(service_->Handle(100, absl::MakeSpan(commands)).ok());
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0], ids[1]);
  Settled({.commands = 1});
}

// --- Days ---

TEST_F(EngineTest, DaysAreRepublishedInOrderWithTheMissingOnes) {
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

TEST_F(EngineTest, ADayInTheFutureIsRefused) {
  world_.OpenDay(kDay);
  world_.OpenDay(Day::Of(2020, 9, 15));  // the clock says 13 September
  world_.OpenDay(kDay + 1);
  Settled({.last_day = kDay + 1});
  EXPECT_EQ(service_->engine.parked(), 1);
}

TEST_F(EngineTest, SweepAndEventCommute) {
  // The facts of every family, where a day's reports are in the transaction of the day, whose sweep comes after them, or wait for it.
  const auto facts_after = [](bool together) {
    World world;
    auto database = TallyDatabase();
    TallyProcess service(world, *database);
    EXPECT_TRUE(service.Open().ok());
    EXPECT_TRUE(service.Settle().ok());
    world.OpenDay(Day::Of(2020, 1, 1));
    EXPECT_TRUE(service.Settle().ok());
    for (int day = 0; day < 12; ++day) {
      const Day today = Day::Of(2020, 1, 1) + day * 20;
      ListBatch batch;
      const auto add = [&](const std::string& topic, int64_t offset) { batch.Add(world.bus->Records({topic, 0})[offset], {topic, 0}); };
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

TEST_F(EngineTest, ASweepGoesOnInChunksAndAfterARestart) {
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

TEST_F(EngineTest, DaysByPartitionMoveOnlyTheirPartition) {
  World world({.republish_days = false});
  auto database = TallyDatabase();
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
  const auto rows = store::ScanRows<TallyRow>(**reader, {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  int moved = 0;
  for (const TallyRow& row : *rows) {
    EXPECT_EQ(row.periods, row.partition == 4 ? 1 : 0) << row.ref;
    moved += static_cast<int>(row.periods);
  }
  EXPECT_GT(moved, 0);
  EXPECT_EQ(world.CheckedTo({}), "");
}

// --- Others ---

TEST_F(EngineTest, ARebalanceInTheMiddleLosesAndRepeatsNothing) {
  for (int i = 0; i < 50; ++i) world_.Report(33, {.ref = absl::StrCat("f", i % 7), .members = i + 1, .reported_at_s = i});
  auto batch = service_->consumer->Poll(absl::ZeroDuration(), {.max_records = 20});
  ASSERT_TRUE(batch.ok());
  Intake stale = service_->engine.Decode(*std::move(batch));
  world_.bus->Expel(service_->consumer.get());
  ASSERT_TRUE(service_->Handle(5).ok());  // it hears of it and joins again
  EXPECT_TRUE(absl::IsCancelled(service_->engine.Process(stale, {})));
  Settled();
}

TEST_F(EngineTest, AnotherOwnerFencesThisOne) {
  world_.Report(33, {.ref = "a"});
  Settled();
  TallyProcess other(world_, *database_);
  ASSERT_TRUE(other.engine.Open().ok());
  const bus::TopicPartition reports{bus::ReportsTopic(33), 0};
  ASSERT_TRUE(other.engine.OnAssigned({{reports}}).ok());
  world_.Report(33, {.ref = "b"});
  EXPECT_TRUE(absl::IsCancelled(service_->Handle()));
  EXPECT_EQ(TallyCounts(*database_)["reports"], 1);
}

TEST_F(EngineTest, AConflictWithAnotherWriterRunsTheBatchAgain) {
  FaultDatabase faults(*database_);
  world_.Report(33, {.ref = "a"});
  Settled();
  TallyProcess other(world_, faults, "other");  // reads everything again under a name of its own, and drops it
  service_.reset();
  ASSERT_TRUE(other.Open().ok());
  ASSERT_TRUE(other.Settle().ok());
  const int64_t offset = world_.Report(33, {.ref = "a", .members = 3, .reported_at_s = 5});
  faults.Interleave("tally", [](store::Database& database) {
    auto transaction = database.Begin();
    std::vector<TallyRow> rows;
    int64_t version = 0;
    ASSERT_TRUE((*transaction)->Scan(store::SpecOf<TallyRow>(), {}, [&](size_t, store::CellSource& cells, int64_t v) {
      store::ReadRow(cells, rows.emplace_back());
      version = v;
    }).ok());
    rows[0].reported_at_s = 9;
    const store::Write write{&rows[0], version};
    ASSERT_EQ((*transaction)->Put(store::SpecOf<TallyRow>(), {&write, 1}).value(), 0);
    ASSERT_TRUE((*transaction)->Commit().ok());
  });
  ASSERT_TRUE(other.Settle().ok());
  EXPECT_EQ(other.engine.stats().conflicts, 1);
  // Decided on what the other writer left: the report is older than that.
  EXPECT_THAT(StatusesOf(offset), ElementsAre(pv1::REPORT_STATUS_UNCHANGED));
}

}  // namespace
}  // namespace berdaya::flow::testing
