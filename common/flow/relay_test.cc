// What is committed comes into the log, in order and once, whatever the broker and the process do.
#include "common/flow/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"
#include "common/store/typed.h"

namespace berdaya::flow::testing {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

class RelayTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }

  void Start(absl::Status expected = absl::OkStatus()) {
    service_.reset();
    service_ = std::make_unique<TallyProcess>(world_, *database_);
    const absl::Status status = service_->Open();
    ASSERT_EQ(status.code(), expected.code()) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(expected.message())));
  }
  // Reports are handled and committed, and nothing is sent.
  void Commit(int families) {
    for (int i = 0; i < families; ++i) world_.Report(33, {.ref = absl::StrCat("f", next_++)});
    do {
      ASSERT_TRUE(service_->Handle().ok());
    } while (static_cast<int>(service_->engine.stats().records) < families && !service_->engine.HasInputs());
    ASSERT_TRUE(service_->Handle().ok());
  }
  void Settled(bool repeats_allowed = false) {
    const absl::Status status = service_->Settle();
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(world_.CheckedTo({.repeats_allowed = repeats_allowed, .counts = TallyCounts(*database_)}), "");
  }
  bus::TopicPartition FullestFacts() {
    bus::TopicPartition fullest{world_.names.facts, 0};
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
      if (Length({world_.names.facts, p}) > Length(fullest)) fullest.partition = p;
    }
    return fullest;
  }
  // The last sequence, if the log ends in it and none below it is missing.
  int64_t AllSequencesOf(const bus::TopicPartition& partition) {
    std::set<int64_t> sequences;
    for (const auto& record : world_.bus->Records(partition)) sequences.insert(record->headers.sequence);
    EXPECT_EQ(*sequences.rbegin(), static_cast<int64_t>(sequences.size())) << "some are missing";
    EXPECT_EQ(world_.bus->Records(partition).back()->headers.sequence, *sequences.rbegin());
    return *sequences.rbegin();
  }
  // What a step says that looked at the tail again because of an error.
  void SendsAgain() {
    const absl::Status status = service_->Send();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  }
  size_t Length(const bus::TopicPartition& partition) { return world_.bus->Records(partition).size(); }
  CursorRow Cursor(const bus::TopicPartition& partition) {
    for (const CursorRow& cursor : service_->relay->KnownCursors().rows) {
      if (cursor.topic == partition.topic && cursor.partition == partition.partition) return cursor;
    }
    return {};
  }
  // A record of the relay, by hand.
  void Append(const bus::TopicPartition& to, int64_t sequence) {
    const std::string source = service_->spec.source();
    bus::OutRecord record{to.topic, to.partition, "k", "v", {}};
    record.headers.source = source;
    record.headers.epoch = 0;
    record.headers.sequence = sequence;
    ASSERT_TRUE(world_.bus->Append(record).ok());
  }
  template <class Row>
  std::vector<Row> All() {
    const auto reader = database_->Snapshot();
    return store::ScanRows<Row>(**reader, {.limit = 100'000}).value();
  }
  bool Maintained(absl::Duration keep) {
    const auto more = service_->engine.Maintain(service_->relay->KnownCursors(), keep);
    EXPECT_TRUE(more.ok()) << more.status();
    return more.value_or(false);
  }

  World world_;
  std::unique_ptr<store::Database> database_ = NewTallyDatabase();
  std::unique_ptr<TallyProcess> service_;
  int next_ = 0;
};

TEST_F(RelayTest, WhatWasCommittedButNotSentIsSentAfterARestart) {
  Commit(20);
  EXPECT_EQ(world_.Replies(33).size(), 0u);
  Start();
  Settled();
  EXPECT_EQ(world_.Replies(33).size(), 20u);
}

TEST_F(RelayTest, WhatWasSentButNotAcknowledgedIsNotSentAgain) {
  world_.bus->DelayAcks(true);
  Commit(20);
  ASSERT_TRUE(service_->Send().ok());
  EXPECT_GT(service_->relay->backlog(), 0);
  Start();
  world_.bus->DelayAcks(false);
  Settled();
}

TEST_F(RelayTest, AcknowledgementsOneByOneMoveTheCursorOneByOne) {
  world_.bus->DelayAcks(true);
  Commit(20);
  ASSERT_TRUE(service_->Send().ok());
  const int64_t all = service_->relay->backlog();
  for (int64_t i = 1; i <= all; ++i) {
    world_.bus->ReleaseAcks(1);
    ASSERT_TRUE(service_->Send().ok());
    EXPECT_EQ(service_->relay->backlog(), all - i);
  }
  Settled();
}

TEST_F(RelayTest, AFatalProducerIsReplacedAndGoesOnAfterTheTail) {
  world_.bus->DelayAcks(true);
  Commit(20);
  ASSERT_TRUE(service_->Send().ok());
  world_.bus->ReleaseAcks(5);
  ASSERT_TRUE(service_->Send().ok());
  world_.bus->MakeProducersFatal();
  world_.bus->DelayAcks(false);
  Commit(20);
  SendsAgain();
  Settled();
}

TEST_F(RelayTest, ARecordThatIsRefusedIsTriedAgainBeforeWhatFollowsIt) {
  Commit(20);
  world_.bus->FailSends(absl::UnavailableError("not now"), 1);
  EXPECT_TRUE(absl::IsUnavailable(service_->Send()));
  world_.bus->FailSends(absl::AbortedError("fatal"), 1);
  SendsAgain();
  Settled();
}

// Nobody else can mend it, so it is said instead of tried again.
TEST_F(RelayTest, ARecordThatTheBrokerNeverTakesStopsTheRelay) {
  Commit(20);
  const auto strict = bus::NewMemoryBus();
  std::vector<bus::TopicSpec> topics = TallyTopics(world_.names);
  for (bus::TopicSpec& topic : topics) topic.max_message_bytes = 10;
  ASSERT_TRUE(strict->CreateTopics(topics).ok());
  Relay relay(*strict, *database_, service_->spec.source(), 0, service_->spec.outputs);
  ASSERT_TRUE(relay.Lead(1).ok());
  const absl::Status status = relay.Step(absl::ZeroDuration());
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("record too large"));
}

TEST_F(RelayTest, ATopicThatTheBrokerDoesNotKnowYetIsWaitedFor) {
  Commit(20);
  const auto late = bus::NewMemoryBus();
  Relay relay(*late, *database_, service_->spec.source(), 0, service_->spec.outputs);
  EXPECT_TRUE(absl::IsUnavailable(relay.Lead(1)));
  ASSERT_TRUE(late->CreateTopics(TallyTopics(world_.names)).ok());
  ASSERT_TRUE(relay.Lead(1).ok());
  ASSERT_TRUE(relay.Step(absl::ZeroDuration()).ok());
  ASSERT_TRUE(relay.Step(absl::ZeroDuration()).ok());
  EXPECT_EQ(relay.backlog(), 0);
}

TEST_F(RelayTest, ASmallQueueOnlyTakesLonger) {
  World world({}, {.queue_max_records = 3});
  auto database = NewTallyDatabase();
  TallyProcess service(world, *database);
  ASSERT_TRUE(service.Open().ok());
  for (int i = 0; i < 50; ++i) world.Report(33, {.ref = absl::StrCat("f", i)});
  ASSERT_TRUE(service.Settle(7).ok());
  EXPECT_EQ(world.CheckedTo({.counts = TallyCounts(*database)}), "");
}

// A broker that has forgotten the producer writes what comes next behind the hole, and only the acknowledgement tells.
TEST_F(RelayTest, ABrokerThatLostItsTailUnderTheRelayGetsWhatItLacks) {
  Commit(60);
  Settled();
  const bus::TopicPartition facts = FullestFacts();
  const auto before = static_cast<int64_t>(Length(facts));
  ASSERT_GE(before, 5);
  world_.bus->TruncateTail(facts, 3);
  Commit(60);
  SendsAgain();
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_GT(AllSequencesOf(facts), before);
}

TEST_F(RelayTest, AHoleIsSeenThoughTheProducerFailsBeforeAndAfterTheAcknowledgement) {
  Commit(60);
  Settled();
  const bus::TopicPartition facts = FullestFacts();
  const auto before = static_cast<int64_t>(Length(facts));
  world_.bus->TruncateTail(facts, 3);
  world_.bus->DelayAcks(true);
  Commit(60);
  ASSERT_TRUE(service_->Send().ok());  // behind the hole, and nobody says so
  world_.bus->MakeProducersFatal();
  SendsAgain();  // looks at the tail
  world_.bus->MakeProducersFatal();
  SendsAgain();  // before anything was sent again
  ASSERT_TRUE(service_->Send().ok());
  world_.bus->MakeProducersFatal();  // when it was sent again
  world_.bus->DelayAcks(false);
  SendsAgain();
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_GT(AllSequencesOf(facts), before);
}

// The same, seen or filled by another process: the cursor remembers how far the log was.
TEST_F(RelayTest, AHoleIsSeenThoughTheProcessEndsBeforeTheAcknowledgement) {
  Commit(60);
  Settled();
  EXPECT_FALSE(Maintained(kDay));
  const bus::TopicPartition facts = FullestFacts();
  const auto before = static_cast<int64_t>(Length(facts));
  world_.bus->TruncateTail(facts, 3);
  world_.bus->DelayAcks(true);
  Commit(60);
  ASSERT_TRUE(service_->Send().ok());  // behind the hole, and nobody says so
  Start();
  world_.bus->DelayAcks(false);
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_GT(AllSequencesOf(facts), before);
}

TEST_F(RelayTest, AHoleIsFilledThoughEveryProcessEndsWhileItFillsIt) {
  Commit(60);
  Settled();
  EXPECT_FALSE(Maintained(kDay));
  const bus::TopicPartition facts = FullestFacts();
  const auto before = static_cast<int64_t>(Length(facts));
  world_.bus->TruncateTail(facts, 3);
  Commit(60);
  SendsAgain();  // the hole is seen
  world_.bus->DelayAcks(true);
  for (int life = 0; life < 5; ++life) {
    EXPECT_FALSE(Maintained(kDay));
    Start();
    world_.bus->FailSends(absl::UnavailableError("not now"), 1);
    SendsAgain();
  }
  EXPECT_EQ(Cursor(facts).sequence, 3);
  world_.bus->DelayAcks(false);
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_GT(AllSequencesOf(facts), before);
  EXPECT_EQ(Cursor(facts).sequence, Cursor(facts).tail_sequence);
}

TEST_F(RelayTest, AnOldCursorDoesNotHideThatTheFillingHadBegun) {
  Commit(60);
  Settled();
  EXPECT_FALSE(Maintained(kDay));  // for the last time
  const bus::TopicPartition facts = FullestFacts();
  const auto before = static_cast<int64_t>(Length(facts));
  world_.bus->TruncateTail(facts, 3);
  Commit(60);
  // Two behind the hole, then its first ones, up to the offset of the cursor.
  for (int64_t sequence : {before + 1, before + 2}) Append(facts, sequence);
  for (int64_t sequence = 4; static_cast<int64_t>(Length(facts)) < before; ++sequence) Append(facts, sequence);
  Start();
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_GT(AllSequencesOf(facts), before);
}

TEST_F(RelayTest, ABrokerThatLostItsTailBeforeTheStartGetsExactlyWhatItLacks) {
  Commit(60);
  Settled();
  const size_t before = Length(FullestFacts());
  world_.bus->TruncateTail(FullestFacts(), 2);
  world_.bus->TruncateTail({bus::RepliesTopic(33), 0}, 0);
  Start();
  Settled();
  EXPECT_EQ(Length(FullestFacts()), before);
}

TEST_F(RelayTest, ABrokerThatLostMoreThanTheOutboxHoldsStopsTheRelay) {
  Commit(60);
  Settled();
  world_.now_ms += absl::ToInt64Milliseconds(2 * kDay);
  EXPECT_FALSE(Maintained(kDay));
  EXPECT_TRUE(All<SegmentRow>().empty());
  world_.bus->TruncateTail(FullestFacts(), 2);
  Start();
  const absl::Status status = service_->Settle();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("the outbox no longer holds sequence 3"));
}

TEST_F(RelayTest, WhatAZombieRepeatsBehindTheTailNeedsNothingThatIsNoLongerKept) {
  Commit(40);
  Settled();
  const bus::TopicPartition facts = FullestFacts();
  const int64_t last = AllSequencesOf(facts);
  ASSERT_GT(last, 3);
  world_.now_ms += absl::ToInt64Milliseconds(2 * kDay);
  const auto records = world_.bus->Records(facts);
  const bus::StoredRecord& old = *records[1];
  Maintained(kDay);
  ASSERT_TRUE(world_.bus->Append({facts.topic, facts.partition, old.key, old.value, old.headers}).ok());
  for (int life = 0; life < 3; ++life) {
    Start();
    EXPECT_EQ(Cursor(facts).sequence, last);
    Maintained(kDay);
  }
  Commit(40);
  Settled(/*repeats_allowed=*/true);
  Start();
  EXPECT_GT(AllSequencesOf(facts), last);
  Settled(/*repeats_allowed=*/true);
}

TEST_F(RelayTest, ADatabaseOlderThanTheLogIsRefused) {
  Commit(5);
  Settled();
  database_ = NewTallyDatabase();  // emptied
  Start(absl::FailedPreconditionError("the database is older than the log"));
}

TEST_F(RelayTest, ALogThatHasExpiredIsNotFilledAgain) {
  Commit(20);
  Settled();
  EXPECT_FALSE(Maintained(kDay));
  world_.bus->TrimHead({bus::RepliesTopic(33), 0}, 100);
  EXPECT_EQ(Length({bus::RepliesTopic(33), 0}), 0u);
  Start();
  ASSERT_TRUE(service_->Settle().ok());
  EXPECT_EQ(Length({bus::RepliesTopic(33), 0}), 0u);
}

TEST_F(RelayTest, AForeignRecordInOurTopicHoldsNothingUp) {
  Commit(10);
  Settled();
  const bus::TopicPartition facts = FullestFacts();
  ASSERT_TRUE(world_.bus->Append({facts.topic, facts.partition, "k", "foreign", {}}).ok());
  Commit(40);
  SendsAgain();
  ASSERT_TRUE(service_->Settle().ok());
  int64_t last = 0;
  for (const auto& record : world_.bus->Records(facts)) {
    if (record->headers.sequence < 0) continue;
    EXPECT_EQ(record->headers.sequence, ++last);
  }
}

TEST_F(RelayTest, ADamagedSegmentStopsBeforeAnythingOfItIsSentTwice) {
  Commit(3);
  auto transaction = database_->Begin();
  std::vector<std::pair<SegmentRow, int64_t>> rows;
  ASSERT_TRUE((*transaction)
                  ->Scan(store::SpecOf<SegmentRow>(), {},
                         [&](size_t, store::CellSource& cells, int64_t version) {
                           store::ReadRow(cells, rows.emplace_back().first);
                           rows.back().second = version;
                         })
                  .ok());
  for (auto& [row, version] : rows) {
    row.payload.clear();  // still well formed: it holds fewer records than it says
    const store::Write write{&row, version};
    ASSERT_TRUE((*transaction)->Put(store::SpecOf<SegmentRow>(), {&write, 1}).ok());
  }
  ASSERT_TRUE((*transaction)->Commit().ok());
  transaction->reset();
  Start();
  EXPECT_TRUE(absl::IsDataLoss(service_->Send()));
}

// --- Cursors and trimming ---

TEST_F(RelayTest, OnlyWhatIsOldAndInTheLogIsTrimmed) {
  Commit(10);
  Settled();
  EXPECT_FALSE(Maintained(kDay));
  const size_t kept = All<SegmentRow>().size();
  EXPECT_GT(kept, 0u);
  for (const CursorRow& cursor : All<CursorRow>())
    EXPECT_EQ(cursor.sequence, static_cast<int64_t>(Length({cursor.topic, cursor.partition})));
  world_.bus->DelayAcks(true);
  Commit(10);
  ASSERT_TRUE(service_->Send().ok());  // sent, not acknowledged
  world_.now_ms += absl::ToInt64Milliseconds(2 * kDay);
  const size_t all = All<SegmentRow>().size();
  EXPECT_FALSE(Maintained(kDay));
  EXPECT_EQ(All<SegmentRow>().size(), all - kept);
  world_.bus->DelayAcks(false);
  Settled();
}

TEST_F(RelayTest, WhatGrowsOldWhileNothingHappensIsTrimmedToo) {
  Commit(10);
  Settled();
  EXPECT_FALSE(Maintained(kDay));
  world_.now_ms += absl::ToInt64Milliseconds(2 * kDay);
  EXPECT_FALSE(Maintained(kDay));  // with the very same cursors
  EXPECT_TRUE(All<SegmentRow>().empty());
}

TEST_F(RelayTest, TrimmingGoesOnUntilNothingIsLeft) {
  for (int i = 0; i < 700; ++i) {
    world_.Report(33, {.ref = absl::StrCat("f", i)});
    ASSERT_TRUE(service_->Handle(1).ok());
  }
  Settled();
  ASSERT_GT(All<SegmentRow>().size(), 1000u);
  world_.now_ms += absl::ToInt64Milliseconds(2 * kDay);
  EXPECT_TRUE(Maintained(kDay));
  while (Maintained(kDay)) {
  }
  EXPECT_TRUE(All<SegmentRow>().empty());
  EXPECT_EQ(All<CursorRow>().size(), 7u) << "all cursors are written, wherever trimming stopped";
  Start();
  Settled();
}

}  // namespace
}  // namespace berdaya::flow::testing
