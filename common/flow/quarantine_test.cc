// What cannot be decided is parked, what follows it waits, and operators get it out again, in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/type/v1/dead_letter.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/tally_fixture.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::flow::testing {
namespace {

namespace pv1 = province::v1;
using calendar::Day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const bus::TopicPartition kReports{bus::ReportsTopic(33), 0};
constexpr auto kQuarantined = pv1::REPORT_STATUS_QUARANTINED;
constexpr auto kWaiting = pv1::REPORT_STATUS_WAITING;

class QuarantineTest : public TallyTest {
 protected:
  int64_t Replayed() {
    const absl::StatusOr<int64_t> left = service_->engine.Replay({"operator", "test"});
    EXPECT_TRUE(left.ok()) << left.status();
    EXPECT_TRUE(service_->Settle().ok());
    return left.value_or(-1);
  }
  // An operator mends a report, and the model hears of it.
  void Repair(int64_t offset, Family family) {
    checks_.repairs[{33, offset}] = FamilyReport(family);
    const absl::Status status = service_->engine.Repair(kReports, offset, FamilyReport(family), {"operator", "test"});
    EXPECT_TRUE(status.ok()) << status;
  }
  template <class Row>
  std::vector<Row> All() {
    const auto reader = database_->Snapshot();
    return store::ScanRows<Row>(**reader, {.limit = 100'000}).value();
  }

  TallyChecks checks_;
};

TEST_F(QuarantineTest, LaterRecordsOfItsKeysWaitAndNobodyElse) {
  const int64_t held = world_.Report(33, {.ref = "a", .kk = 7, .name = "QUARANTINE"});
  const int64_t same_ref = world_.Report(33, {.ref = "a", .reported_at_s = 2});
  const int64_t same_kk = world_.Report(33, {.ref = "b", .kk = 7});
  const int64_t behind_both = world_.Report(33, {.ref = "b", .reported_at_s = 3});
  const int64_t free = world_.Report(33, {.ref = "c"});
  Settled();
  EXPECT_THAT(StatusesOf(held), ElementsAre(kQuarantined));
  EXPECT_THAT(StatusesOf(same_ref), ElementsAre(kWaiting));
  EXPECT_THAT(StatusesOf(same_kk), ElementsAre(kWaiting));
  EXPECT_THAT(StatusesOf(behind_both), ElementsAre(kWaiting));
  EXPECT_THAT(StatusesOf(free), ElementsAre(pv1::REPORT_STATUS_REGISTERED));
  EXPECT_EQ(world_.bus->Records({world_.names.dead_letters, 0}).size(), 4u);
}

TEST_F(QuarantineTest, ADeadLetterNamesThePlaceAndNoContent) {
  world_.Report(33, {.ref = "secret-ref", .name = "QUARANTINE"});
  Settled();
  const auto letters = world_.bus->Records({world_.names.dead_letters, 0});
  ASSERT_EQ(letters.size(), 1u);
  type::v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(letters[0]->value));
  EXPECT_EQ(letter.code(), "held");
  EXPECT_EQ(letter.field(), "members[0].name");
  EXPECT_EQ(letter.topic(), kReports.topic);
  EXPECT_EQ(letters[0]->value.find("secret"), std::string::npos);
  EXPECT_EQ(letters[0]->key, "");
}

TEST_F(QuarantineTest, RepairedAndReplayedItLeavesInOrder) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  const int64_t second = world_.Report(33, {.ref = "a", .members = 4, .reported_at_s = 2});
  const int64_t third = world_.Report(33, {.ref = "a", .members = 5, .reported_at_s = 3});
  Settled();
  Restart();  // what is parked survives the process
  EXPECT_EQ(Replayed(), 0) << "nothing was mended, so nothing may leave";
  Repair(held, {.ref = "a", .members = 3});
  EXPECT_EQ(Replayed(), 3);
  Settled(checks_);
  EXPECT_THAT(StatusesOf(held), ElementsAre(kQuarantined, pv1::REPORT_STATUS_REGISTERED));
  EXPECT_THAT(StatusesOf(second), ElementsAre(kWaiting, pv1::REPORT_STATUS_CHANGED));
  EXPECT_THAT(StatusesOf(third), ElementsAre(kWaiting, pv1::REPORT_STATUS_CHANGED));
  EXPECT_EQ(service_->engine.parked(), 0);
  EXPECT_THAT(All<ParkedKeyRow>(), IsEmpty());
  const int64_t later = world_.Report(33, {.ref = "a", .members = 6, .reported_at_s = 4});
  Settled(checks_);
  EXPECT_THAT(StatusesOf(later), ElementsAre(pv1::REPORT_STATUS_CHANGED));
}

TEST_F(QuarantineTest, ARepairThatIsRejectedIsFinalToo) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  Settled();
  Repair(held, {.ref = "a", .name = "REJECT"});
  EXPECT_EQ(Replayed(), 1);
  Settled(checks_);
  EXPECT_THAT(StatusesOf(held), ElementsAre(kQuarantined, pv1::REPORT_STATUS_REJECTED));
}

TEST_F(QuarantineTest, ADiscardedRecordGetsItsRejectionAndWhatWaitedGoesOn) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  const int64_t waited = world_.Report(33, {.ref = "a", .reported_at_s = 2});
  Settled();
  ASSERT_TRUE(service_->engine.Discard(kReports, held, {"operator", "hopeless"}).ok());
  EXPECT_TRUE(absl::IsNotFound(service_->engine.Discard(kReports, held)));
  EXPECT_EQ(Replayed(), 1);
  checks_.repairs[{33, held}] = std::nullopt;
  Settled(checks_);
  EXPECT_THAT(StatusesOf(held), ElementsAre(kQuarantined, pv1::REPORT_STATUS_REJECTED));
  EXPECT_THAT(StatusesOf(waited), ElementsAre(kWaiting, pv1::REPORT_STATUS_REGISTERED));
}

TEST_F(QuarantineTest, TheRejectionOfADiscardedReportHasItsDayAndItsNames) {
  world_.OpenDay(Day::Of(2020, 9, 1));
  ASSERT_TRUE(service_->Settle().ok());
  world_.OpenDay(Day::Of(2020, 9, 2));
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  ASSERT_TRUE(service_->Settle().ok());
  ASSERT_TRUE(service_->engine.Discard(kReports, held, {"operator", "hopeless"}).ok());
  checks_.repairs[{33, held}] = std::nullopt;
  checks_.last_day = Day::Of(2020, 9, 2);
  Settled(checks_);
  const pv1::ReportOutcome last = world_.Replies(33).back();
  EXPECT_EQ(last.code(), "discarded");
  EXPECT_EQ(last.report_id(), "a-1");
  EXPECT_EQ(last.local_family_ref(), "a");
}

TEST_F(QuarantineTest, AFactCannotBeDiscardedOnlyRepaired) {
  const bus::TopicPartition facts{world_.names.upstream, bus::PartitionOf("a", bus::kFactPartitions)};
  world_.Graduate(33, "a", -1);
  ASSERT_TRUE(service_->Settle().ok());
  const absl::Status refused = service_->engine.Discard(facts, 0, {"operator", "hopeless"});
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "fact_undiscardable");
  EXPECT_EQ(service_->engine.parked(), 1);
}

TEST_F(QuarantineTest, WhatNoServiceHasPublishedAndADayCanBeDiscarded) {
  ASSERT_TRUE(world_.bus->Append(bus::OutRecord{world_.names.upstream, 0, "a", "x", {}}).ok());
  const int64_t day = world_.OpenDay(Day::Of(2020, 9, 30));  // the clock says 13 September
  ASSERT_TRUE(service_->Settle().ok());
  ASSERT_EQ(service_->engine.parked(), 2);
  EXPECT_TRUE(service_->engine.Discard({world_.names.upstream, 0}, 0).ok());
  EXPECT_TRUE(service_->engine.Discard({world_.names.days, 0}, day).ok());
  EXPECT_EQ(service_->engine.parked(), 0);
  EXPECT_TRUE(world_.Replies(33).empty());
}

TEST_F(QuarantineTest, ADefectInOneRecordKeepsThatOneAndWhatWaitsForItAndLetsTheOthersGo) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  const int64_t defect = world_.Report(33, {.ref = "a", .reported_at_s = 2, .name = "STOP"});
  const int64_t behind = world_.Report(33, {.ref = "a", .reported_at_s = 3});
  const int64_t other = world_.Report(33, {.ref = "b", .name = "QUARANTINE"});
  Settled();
  Repair(held, {.ref = "a"});
  Repair(other, {.ref = "b"});
  EXPECT_EQ(Replayed(), 2);
  EXPECT_THAT(StatusesOf(held), ElementsAre(kQuarantined, pv1::REPORT_STATUS_REGISTERED));
  EXPECT_THAT(StatusesOf(other), ElementsAre(kQuarantined, pv1::REPORT_STATUS_REGISTERED));
  EXPECT_THAT(StatusesOf(behind), ElementsAre(kWaiting));
  EXPECT_THAT(All<ParkedRow>()[0].reason, HasSubstr("asks for a defect"));
  Repair(defect, {.ref = "a", .members = 9, .reported_at_s = 2});
  EXPECT_EQ(Replayed(), 2);
  Settled(checks_);
}

TEST_F(QuarantineTest, WhatARepairNamesWaitsForItAsWell) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  Settled();
  Repair(held, {.ref = "b"});
  Restart();
  const int64_t later = world_.Report(33, {.ref = "b", .members = 4, .reported_at_s = 2});
  const int64_t same_key = world_.Report(33, {.ref = "a", .members = 5, .reported_at_s = 2});
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_THAT(StatusesOf(later), ElementsAre(kWaiting));
  EXPECT_THAT(StatusesOf(same_key), ElementsAre(kWaiting)) << "the old keys stay as well";
  EXPECT_EQ(Replayed(), 3);
  Settled(checks_);
  EXPECT_THAT(StatusesOf(later), ElementsAre(kWaiting, pv1::REPORT_STATUS_CHANGED));
  EXPECT_THAT(All<ParkedKeyRow>(), IsEmpty());
}

TEST_F(QuarantineTest, OperationsAreKeptWithWhoAndWhy) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  Settled();
  Repair(held, {.ref = "a"});
  Replayed();
  const auto rows = All<OperationRow>();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].action, "repair");
  EXPECT_EQ(rows[1].action, "replay");
  EXPECT_EQ(rows[1].principal, "operator");
}

TEST_F(QuarantineTest, AFactTooLargeForItsTopicIsHeld) {
  const int64_t huge = world_.Report(33, {.ref = "a", .name = "HUGE"});
  Settled();
  EXPECT_THAT(StatusesOf(huge), ElementsAre(kQuarantined));
}

// A fact waits behind a report of its family. The replay of something else must not let it out, nor let it pass the report.
TEST_F(QuarantineTest, AReplayKeepsTheOrderAcrossTopics) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  Settled();
  world_.Graduate(33, "a", 1);
  Settled();
  EXPECT_EQ(Replayed(), 0);
  EXPECT_EQ(service_->engine.parked(), 2);
  Repair(held, {.ref = "a"});
  EXPECT_EQ(Replayed(), 2);
  Settled(checks_);
}

TEST_F(QuarantineTest, AReplayDoesNotAcceptWhatWasNeverPublishedByAService) {
  bus::OutRecord forged{world_.names.upstream, 0, "a", {}, {}};
  graduation::v1::FamilyGraduated fact;
  fact.set_case_id(666);
  fact.mutable_info()->set_village(3300000000);
  const std::string value = fact.SerializeAsString();
  forged.value = value;
  forged.headers.type = fact.GetDescriptor()->full_name();
  ASSERT_TRUE(world_.bus->Append(forged).ok());
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_EQ(service_->engine.parked(), 1);
  Replayed();
  EXPECT_EQ(TallyCounts(*database_)["graduated"], 0);
  EXPECT_EQ(service_->engine.parked(), 1);
}

TEST_F(QuarantineTest, AReplayedReportKeepsTheDayOfItsRecord) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});  // before the first day
  Settled();
  Repair(held, {.ref = "a"});
  EXPECT_EQ(Replayed(), 1);
  const auto rows = All<TallyRow>();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].due_on.Format(), (Day::Of(2020, 9, 13) + kTallyPeriodDays).Format());
}

TEST_F(QuarantineTest, ARepairedDayIsOpened) {
  const int64_t bad = world_.OpenDay(Day::Of(2020, 9, 30));  // the clock says 13 September
  ASSERT_TRUE(service_->Settle().ok());
  ASSERT_EQ(service_->engine.parked(), 1);
  calendar::v1::DayOpened opened;
  calendar::ToProto(Day::Of(2020, 9, 1), *opened.mutable_day());
  ASSERT_TRUE(service_->engine.Repair({world_.names.days, 0}, bad, opened.SerializeAsString()).ok());
  EXPECT_EQ(Replayed(), 1);
  Settled({.last_day = Day::Of(2020, 9, 1)});
}

TEST_F(QuarantineTest, WhatWaitedAndCannotBeDecidedEitherIsQuarantinedItself) {
  const int64_t held = world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  const int64_t second = world_.Report(33, {.ref = "a", .reported_at_s = 2, .name = "QUARANTINE"});
  const int64_t third = world_.Report(33, {.ref = "a", .reported_at_s = 3});
  Settled();
  Repair(held, {.ref = "a"});
  EXPECT_EQ(Replayed(), 1);
  Settled(checks_);
  EXPECT_THAT(StatusesOf(second), ElementsAre(kWaiting, kQuarantined));
  EXPECT_THAT(StatusesOf(third), ElementsAre(kWaiting));
  EXPECT_EQ(All<ParkedRow>()[0].code, "held");
  EXPECT_EQ(Replayed(), 0);
  EXPECT_THAT(StatusesOf(second), ElementsAre(kWaiting, kQuarantined)) << "said once";
}

// --- Too many ---

TEST_F(QuarantineTest, OverAHundredStopTheConsumerAndCanBeSeenAndMended) {
  std::vector<int64_t> held;
  for (int i = 0; i < 103; ++i) held.push_back(world_.Report(33, {.ref = absl::StrCat("a", i), .name = "QUARANTINE"}));
  const int64_t behind = world_.Report(33, {.ref = "z"});
  const absl::Status full = service_->Settle();
  EXPECT_TRUE(absl::IsInternal(full)) << full;
  EXPECT_THAT(std::string(full.message()), HasSubstr("100 records are quarantined already"));
  EXPECT_EQ(service_->engine.parked(), 100) << "the operators must see what to mend";
  ASSERT_TRUE(service_->relay->Step(absl::ZeroDuration()).ok());

  // The consumer is closed, and stays so over a restart. The quarantine can be mended all the same.
  service_->consumer.reset();
  ASSERT_FALSE(service_->engine.HasInputs());
  for (int i = 0; i < 99; ++i) {
    checks_.repairs[{33, held[i]}] = FamilyReport({.ref = absl::StrCat("a", i)});
    ASSERT_TRUE(service_->engine.Repair(kReports, held[i], FamilyReport({.ref = absl::StrCat("a", i)})).ok());
  }
  const absl::Status discarded = service_->engine.Discard(kReports, held[99]);
  EXPECT_TRUE(discarded.ok()) << discarded;
  checks_.repairs[{33, held[99]}] = std::nullopt;
  const absl::StatusOr<int64_t> left = service_->engine.Replay();
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_EQ(*left, 99);
  EXPECT_FALSE(service_->engine.HasInputs()) << "mending is not reading";

  Restart();
  Settled(checks_);
  EXPECT_THAT(StatusesOf(behind), ElementsAre(pv1::REPORT_STATUS_REGISTERED));
  EXPECT_EQ(service_->engine.parked(), 3);
}

TEST_F(QuarantineTest, WaitingRecordsDoNotCountAsQuarantined) {
  world_.Report(33, {.ref = "a", .name = "QUARANTINE"});
  for (int i = 0; i < 150; ++i) world_.Report(33, {.ref = "a", .reported_at_s = i + 2});
  Settled();
  EXPECT_EQ(service_->engine.parked(), 151);
}

}  // namespace
}  // namespace berdaya::flow::testing
