// The path in one process and one thread: what goes in is answered once, and what happens around it changes nothing of that.
#include "common/flow/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_fixture.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::flow::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace pv1 = province::v1;

using EngineTest = TallyTest;

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
  EXPECT_EQ(service_->engine.stats().transactions, 1);
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

TEST_F(EngineTest, WhatFollowsAMissingFactWaitsUntilItIsSentAgain) {
  int64_t& sequence = world_.upstream_sequence[bus::PartitionOf("a", bus::kFactPartitions)];
  world_.Graduate(33, "a", 1);
  ++sequence;  // lost
  world_.Graduate(33, "a", 3);
  Settled({.settled = false});
  EXPECT_EQ(TallyCounts(*database_)["graduated"], 1);
  EXPECT_THAT(service_->engine.Missing(), HasSubstr("expected sequence 2"));
  EXPECT_EQ(service_->engine.stats().missing, 1);
  Restart();
  Settled({.settled = false});
  EXPECT_THAT(service_->engine.Missing(), HasSubstr("expected sequence 2"));
  sequence = 1;  // its relay has found out
  world_.Graduate(33, "a", 2);
  world_.Graduate(33, "a", 3);
  Settled();
  EXPECT_EQ(TallyCounts(*database_)["graduated"], 3);
  EXPECT_EQ(service_->engine.Missing(), "");
  EXPECT_EQ(service_->engine.stats().missing, 0);
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

TEST_F(EngineTest, ADefectInACommandRefusesThatOneAndStopsNothing) {
  std::map<std::string, absl::Status> answers;
  std::vector<Command> commands;
  for (const auto& [id, case_id] : {std::pair("good", 1), {"defect", int{kDefectCase}}, {"also good", 2}}) {
    commands.push_back(
        ConfirmCommand(id, case_id, [&answers, name = std::string(id)](auto answer) { answers[name] = answer.status(); }));
  }
  commands.push_back(ConfirmCommand("unknown", 1, [&](auto answer) { answers["unknown"] = answer.status(); }));
  commands.back().request = std::make_unique<province::v1::FamilyReported>();
  world_.Report(33, {.ref = "a"});
  EXPECT_TRUE(service_->Handle().ok());  // it joins
  ASSERT_TRUE(service_->Handle(100, absl::MakeSpan(commands)).ok());
  EXPECT_TRUE(answers["good"].ok()) << answers["good"];
  EXPECT_TRUE(answers["also good"].ok());
  EXPECT_TRUE(absl::IsInternal(answers["defect"])) << answers["defect"];
  EXPECT_TRUE(absl::IsInternal(answers["unknown"]));
  Settled({.commands = 2});
}

TEST_F(EngineTest, AReportWhoseHandlerForgetsTheAnswerStops) {
  world_.Report(33, {.ref = "a", .name = "SILENT"});
  const absl::Status status = service_->Settle();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no answer"));
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

TEST_F(EngineTest, AFailedAssignmentOwnsNothing) {
  FaultDatabase faults(*database_);
  TallyProcess other(world_, faults);
  ASSERT_TRUE(other.engine.Open().ok());
  const bus::TopicPartition reports{bus::ReportsTopic(33), 0};
  ASSERT_TRUE(other.engine.OnAssigned({{reports}}).ok());
  const int64_t before = faults.calls();
  other.engine.OnRevoked({{reports}}, false);
  ASSERT_TRUE(other.engine.OnAssigned({{reports}}).ok());
  const int64_t calls = faults.calls() - before;
  for (int64_t n = 1; n <= calls; ++n) {
    other.engine.OnRevoked({{reports}}, false);
    faults.FailAt(n, absl::UnavailableError("busy"));
    ASSERT_FALSE(other.engine.OnAssigned({{reports}}).ok());
    EXPECT_FALSE(other.engine.HasInputs()) << n;
  }
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
    ASSERT_TRUE((*transaction)
                    ->Scan(store::SpecOf<TallyRow>(), {},
                           [&](size_t, store::CellSource& cells, int64_t v) {
                             store::ReadRow(cells, rows.emplace_back());
                             version = v;
                           })
                    .ok());
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
