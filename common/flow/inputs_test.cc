#include "common/flow/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "common/bus/topics.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow {
namespace {

using Admission = Inputs::Admission;
using ::testing::HasSubstr;

const bus::TopicPartition kReports{bus::ReportsTopic(33), 0};
const bus::TopicPartition kFacts{"upstream.facts.v1", 4};
const bus::TopicPartition kDays{std::string(bus::kCalendarDays), 0};

class InputsTest : public ::testing::Test {
 protected:
  std::vector<bus::Start> Take(Inputs& inputs, std::vector<bus::TopicPartition> partitions) {
    auto transaction = database_->Begin().value();
    auto starts = inputs.Take(*transaction, partitions);
    EXPECT_TRUE(starts.ok()) << starts.status();
    EXPECT_TRUE(transaction->Commit().ok());
    return starts.value_or(std::vector<bus::Start>());
  }
  absl::Status Commit(Inputs& inputs) {
    auto transaction = database_->Begin().value();
    absl::Status status = inputs.Write(*transaction);
    if (status.ok()) status = transaction->Commit();
    status.ok() ? inputs.Commit() : inputs.Rollback();
    return status;
  }
  std::vector<calendar::Day> Days(const std::string& topic, int partitions) {
    auto transaction = database_->Begin().value();
    return Inputs::ReadDays(topic, partitions, *transaction).value();
  }
  bus::Record Report(int64_t offset, std::string_view value = "v") { return {.from = &kReports, .offset = offset, .value = value}; }
  bus::Record Fact(int64_t offset, int64_t sequence, int64_t epoch = 0, std::string_view source = "up") {
    bus::Record record{.from = &kFacts, .offset = offset};
    record.headers.source = source;
    record.headers.epoch = epoch;
    record.headers.sequence = sequence;
    return record;
  }
  Admission Admitted(Inputs& inputs, const bus::Record& record) {
    const auto admission = inputs.Admit(record);
    EXPECT_TRUE(admission.ok()) << admission.status();
    return admission.value_or(Admission::kUnsequenced);
  }

  std::unique_ptr<store::Database> database_ = testing::NewTallyDatabase();
};

TEST_F(InputsTest, APartitionNeverReadIsReadFromItsStart) {
  Inputs inputs;
  const auto starts = Take(inputs, {kReports, kFacts});
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(starts[0].partition, kReports);
  EXPECT_EQ(starts[0].offset, 0);
  EXPECT_TRUE(inputs.Owns(kFacts));
  EXPECT_FALSE(inputs.Owns(kDays));
}

TEST_F(InputsTest, StartsOneRecordBackAndComparesIt) {
  Inputs inputs;
  Take(inputs, {kReports});
  for (int64_t offset : {0, 1, 2}) EXPECT_EQ(Admitted(inputs, Report(offset)), Admission::kHandle);
  ASSERT_TRUE(Commit(inputs).ok());
  Inputs next;
  EXPECT_EQ(Take(next, {kReports})[0].offset, 2);
  EXPECT_EQ(Admitted(next, Report(2)), Admission::kRepeat);
  const auto rewritten = next.Admit(Report(2, "another"));
  EXPECT_TRUE(absl::IsDataLoss(rewritten.status()));
  EXPECT_THAT(std::string(rewritten.status().message()), HasSubstr("cut and written again"));
  EXPECT_EQ(Admitted(next, Report(3)), Admission::kHandle);
}

TEST_F(InputsTest, AGapOfOffsetsOfAProvinceIsAccepted) {
  Inputs inputs;
  Take(inputs, {kReports});
  EXPECT_EQ(Admitted(inputs, Report(5)), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Report(9)), Admission::kHandle);
  ASSERT_TRUE(Commit(inputs).ok());
  Inputs next;
  EXPECT_EQ(Take(next, {kReports})[0].offset, 9);
}

TEST_F(InputsTest, SequencesRiseByOneFromOne) {
  Inputs inputs;
  Take(inputs, {kFacts});
  EXPECT_EQ(Admitted(inputs, Fact(0, 2)), Admission::kEarly) << "a log without its start";
  inputs.Rollback();
  EXPECT_EQ(Admitted(inputs, Fact(0, 1)), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(1, 1)), Admission::kRepeat);
  EXPECT_EQ(Admitted(inputs, Fact(2, 2)), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(3, 1)), Admission::kRepeat);
  EXPECT_EQ(inputs.FindMissing().partitions, 0);
  EXPECT_EQ(Admitted(inputs, Fact(4, 4)), Admission::kEarly);
  ASSERT_TRUE(Commit(inputs).ok());
  EXPECT_EQ(inputs.FindMissing().partitions, 1);
  EXPECT_THAT(inputs.FindMissing().first, HasSubstr("expected sequence 3 of up in epoch 0, the log goes on with 4"));
}

// The broker lost 5 to 7 and took 8 and 9; the relay sent 5 to 9 behind them.
// Whoever may write to a topic of facts, only the service that it belongs to is believed.
TEST_F(InputsTest, AStrangersFactOnAServicesTopicIsNoFact) {
  const bus::TopicPartition graduation{std::string(bus::kGraduationFacts), 0};
  Inputs inputs;
  Take(inputs, {graduation});
  bus::Record record = Fact(0, 1, 0, "berdaya/graduation");
  record.from = &graduation;
  EXPECT_EQ(Admitted(inputs, record), Admission::kHandle);
  record = Fact(1, 1, 0, "stranger");
  record.from = &graduation;
  EXPECT_EQ(Admitted(inputs, record), Admission::kUnsequenced);
  record = Fact(2, 2, 0, "berdaya/registry");
  record.from = &graduation;
  EXPECT_EQ(Admitted(inputs, record), Admission::kUnsequenced);
  record = Fact(3, 2, 0, "berdaya/graduation");
  record.from = &graduation;
  EXPECT_EQ(Admitted(inputs, record), Admission::kHandle);
}

TEST_F(InputsTest, AHoleIsReadOverAndFilledByWhatComesAgain) {
  const std::vector<int64_t> log = {1, 2, 3, 4, 8, 9, 5, 6, 7, 8, 9, 10};
  // Started anew after each record, or after none.
  for (int64_t restart = -1; restart < static_cast<int64_t>(log.size()); ++restart) {
    database_ = testing::NewTallyDatabase();
    auto inputs = std::make_unique<Inputs>();
    int64_t offset = Take(*inputs, {kFacts})[0].offset;
    std::vector<int64_t> handled;
    bool missed = false;
    bool restarted = false;
    while (offset < static_cast<int64_t>(log.size())) {
      if (Admitted(*inputs, Fact(offset, log[offset])) == Admission::kHandle) handled.push_back(log[offset]);
      ASSERT_TRUE(Commit(*inputs).ok());
      missed = missed || inputs->FindMissing().partitions > 0;
      if (offset == restart && !restarted) {
        restarted = true;
        inputs = std::make_unique<Inputs>();
        offset = Take(*inputs, {kFacts})[0].offset;
        continue;
      }
      ++offset;
    }
    EXPECT_EQ(handled, (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})) << "restarted after " << restart;
    EXPECT_TRUE(missed);
    EXPECT_EQ(inputs->FindMissing().partitions, 0) << "restarted after " << restart;
  }
}

// This consumer had handled 5 to 7 before the broker lost them, and starts again one record back, where another one stands now.
TEST_F(InputsTest, WhatWasHandledBeforeItWasLostIsNotHandledAgain) {
  for (const std::vector<int64_t>& log :
       {std::vector<int64_t>{1, 2, 3, 4, 8, 9, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 8, 9, 10, 5, 6, 7, 8, 9, 10}}) {
    database_ = testing::NewTallyDatabase();
    Inputs before;
    Take(before, {kFacts});
    for (int64_t i = 0; i < 7; ++i) EXPECT_EQ(Admitted(before, Fact(i, i + 1)), Admission::kHandle);
    ASSERT_TRUE(Commit(before).ok());
    Inputs inputs;
    std::vector<int64_t> handled;
    for (int64_t i = Take(inputs, {kFacts})[0].offset; i < static_cast<int64_t>(log.size()); ++i) {
      if (Admitted(inputs, Fact(i, log[i])) == Admission::kHandle) handled.push_back(log[i]);
    }
    ASSERT_TRUE(Commit(inputs).ok());
    EXPECT_EQ(handled.front(), 8);
    EXPECT_EQ(handled.back(), log[log.size() - 1]);
    EXPECT_EQ(inputs.FindMissing().partitions, 0);
  }
}

// A publisher that was emptied and began anew, beside an emptied log, counts as before and says something else.
TEST_F(InputsTest, AnotherHistoryWithTheSameSequencesIsTold) {
  Inputs inputs;
  Take(inputs, {kFacts});
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(Admitted(inputs, Fact(i, i + 1)), Admission::kHandle);
  ASSERT_TRUE(Commit(inputs).ok());
  for (int64_t place : {2, 7}) {
    Inputs next;
    Take(next, {kFacts});
    EXPECT_EQ(Admitted(next, Fact(place, 3)), Admission::kRepeat);
    bus::Record other = Fact(place, 3);
    other.value = "another";
    EXPECT_TRUE(absl::IsDataLoss(next.Admit(other).status())) << place;
  }
}

TEST_F(InputsTest, SourcesAreCountedApart) {
  Inputs inputs;
  Take(inputs, {kFacts});
  EXPECT_EQ(Admitted(inputs, Fact(0, 1, 0, "a")), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(1, 1, 0, "b")), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(2, 2, 0, "a")), Admission::kHandle);
  ASSERT_TRUE(Commit(inputs).ok());
  Inputs next;
  Take(next, {kFacts});
  EXPECT_EQ(Admitted(next, Fact(3, 1, 0, "b")), Admission::kRepeat);
  EXPECT_EQ(Admitted(next, Fact(4, 3, 0, "a")), Admission::kHandle);
}

TEST_F(InputsTest, ANewEpochBeginsAtOneAndTheOldOneIsOver) {
  Inputs inputs;
  Take(inputs, {kFacts});
  EXPECT_EQ(Admitted(inputs, Fact(0, 1)), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(1, 2, 1)), Admission::kEarly);
  inputs.Rollback();
  EXPECT_EQ(Admitted(inputs, Fact(0, 1)), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(1, 1, 1)), Admission::kHandle);
  EXPECT_EQ(Admitted(inputs, Fact(2, 2, 0)), Admission::kRepeat);
  EXPECT_EQ(Admitted(inputs, Fact(3, 2, 1)), Admission::kHandle);
}

TEST_F(InputsTest, ARecordNoServiceCanHaveWrittenIsTold) {
  Inputs inputs;
  Take(inputs, {kFacts, kDays});
  EXPECT_EQ(Admitted(inputs, Fact(0, -1)), Admission::kUnsequenced);
  EXPECT_EQ(Admitted(inputs, Fact(1, 0)), Admission::kUnsequenced);
  EXPECT_EQ(Admitted(inputs, Fact(2, 1, -1)), Admission::kUnsequenced);
  EXPECT_EQ(Admitted(inputs, Fact(3, 1, 0, "")), Admission::kUnsequenced);
  EXPECT_EQ(Admitted(inputs, {.from = &kDays, .offset = 0}), Admission::kHandle) << "days need no sequence";
}

TEST_F(InputsTest, ARollbackForgetsWhatWasStaged) {
  Inputs inputs;
  Take(inputs, {kFacts, kDays});
  EXPECT_EQ(Admitted(inputs, Fact(0, 1)), Admission::kHandle);
  inputs.SetDay(kDays, calendar::Day::Of(2020, 1, 1));
  inputs.Rollback();
  EXPECT_TRUE(Days(kDays.topic, 1)[0].empty());
  EXPECT_EQ(Admitted(inputs, Fact(0, 1)), Admission::kHandle) << "the same batch again";
  ASSERT_TRUE(Commit(inputs).ok());
  inputs.Rollback();
  EXPECT_EQ(Admitted(inputs, Fact(0, 1)), Admission::kRepeat);
}

TEST_F(InputsTest, ASecondOwnerFencesTheFirst) {
  Inputs first;
  Inputs second;
  Take(first, {kReports, kFacts});
  Take(second, {kReports});
  EXPECT_EQ(Admitted(first, Report(0)), Admission::kHandle);
  EXPECT_TRUE(absl::IsCancelled(Commit(first)));
  EXPECT_EQ(Admitted(first, Fact(0, 1)), Admission::kHandle);
  EXPECT_TRUE(Commit(first).ok()) << "the other partition is still its own";
  EXPECT_EQ(Admitted(second, Report(0)), Admission::kHandle);
  EXPECT_TRUE(Commit(second).ok());
  EXPECT_EQ(Admitted(second, Report(1)), Admission::kHandle);
  EXPECT_TRUE(Commit(second).ok()) << "commits of one's own are no fence";
}

TEST_F(InputsTest, WhatIsNotOursIsCancelled) {
  Inputs inputs;
  Take(inputs, {kReports});
  inputs.Drop({{kReports}});
  EXPECT_TRUE(absl::IsCancelled(inputs.Admit(Report(0)).status()));
  EXPECT_FALSE(inputs.any());
}

TEST_F(InputsTest, DaysSurviveAndAreByPartition) {
  Inputs inputs;
  const bus::TopicPartition other{kFacts.topic, 1};
  Take(inputs, {kFacts, other});
  inputs.SetDay(other, calendar::Day::Of(2020, 1, 1));
  ASSERT_TRUE(Commit(inputs).ok());
  Inputs next;
  Take(next, {kFacts, other});
  const auto days = Days(kFacts.topic, 6);
  ASSERT_EQ(days.size(), 6u);
  EXPECT_EQ(days[1], calendar::Day::Of(2020, 1, 1));
  EXPECT_TRUE(days[4].empty());
  const Inputs nobody;
  EXPECT_EQ(Days(kFacts.topic, 6), days) << "the database knows the days of partitions that are not ours";
}

TEST_F(InputsTest, TheDaysOnTheWaySurvive) {
  Inputs inputs;
  Take(inputs, {kDays});
  inputs.SetDay(kDays, calendar::Day::Of(2020, 1, 1));
  inputs.SetLastDay(kDays, calendar::Day::Of(2020, 1, 31));
  ASSERT_TRUE(Commit(inputs).ok());
  Inputs next;
  EXPECT_TRUE(next.LastDayOf(kDays).empty());
  Take(next, {kDays});
  EXPECT_EQ(Days(kDays.topic, 1)[0], calendar::Day::Of(2020, 1, 1));
  EXPECT_EQ(next.LastDayOf(kDays), calendar::Day::Of(2020, 1, 31));
}

TEST_F(InputsTest, OriginsSayWhereARecordCameFrom) {
  Inputs inputs;
  Take(inputs, {kReports, kFacts, kDays});
  const Origin report = inputs.OriginOf(Report(7));
  EXPECT_EQ(report.kind, InputKind::kReport);
  EXPECT_EQ(report.province, 33);
  EXPECT_EQ(report.position.packed(), Position::OfRecord(33, 1, 7).packed());
  const Origin fact = inputs.OriginOf(Fact(7, 1));
  EXPECT_EQ(fact.kind, InputKind::kFact);
  EXPECT_EQ(fact.position.packed(), Position::OfRecord(4, 15, 7).packed()) << "the partition, and the topic's generation";
  EXPECT_EQ(inputs.OriginOf({.from = &kDays, .offset = 1}).kind, InputKind::kDay);
}

}  // namespace
}  // namespace berdaya::flow
