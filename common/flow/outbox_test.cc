#include "common/flow/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/bus/topics.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Time kNow = absl::FromUnixMillis(1'600'000'000'000);

class OutboxTest : public ::testing::Test {
 protected:
  std::vector<std::shared_ptr<const Segment>> Write(bool commit = true) {
    auto transaction = database_->Begin().value();
    auto segments = outbox_.Write(*transaction, /*epoch=*/2, kNow);
    EXPECT_TRUE(segments.ok()) << segments.status();
    EXPECT_TRUE(!commit || transaction->Commit().ok());
    return segments.value_or(std::vector<std::shared_ptr<const Segment>>());
  }
  static std::vector<std::string> Read(std::string_view payload, absl::Status& status) {
    SegmentReader reader(payload);
    SegmentRecord record;
    std::vector<std::string> records;
    while (reader.Next(record, status)) {
      records.push_back(std::string(record.key) + "|" + std::string(record.type) + "|" + std::string(record.value));
    }
    return records;
  }

  std::unique_ptr<store::Database> database_ = testing::NewTallyDatabase();
  Outbox outbox_{"facts", "letters"};
};

TEST_F(OutboxTest, RecordsOfATransactionBecomeOneSegmentAPartition) {
  const std::string large(200'000, 'x');  // three bytes of length
  outbox_.Add({Outgoing::To::kReplies, 33, "33", "type.A", "one"});
  outbox_.Add({Outgoing::To::kReplies, 33, "", "type.B", large});
  outbox_.Add({Outgoing::To::kNotices, 33, "k", "type.C", ""});
  outbox_.Add({Outgoing::To::kFacts, 0, "family", "type.D", "two"});
  outbox_.AddDeadLetter("type.E", "three");
  const auto segments = Write();
  ASSERT_EQ(segments.size(), 4u);
  for (const auto& segment : segments) {
    EXPECT_EQ(segment->first_sequence(), 1);
    EXPECT_EQ(segment->epoch, 2);
    EXPECT_EQ(segment->time_ms, absl::ToUnixMillis(kNow));
  }
  absl::Status status;
  EXPECT_EQ(segments[0]->topic, "facts");
  EXPECT_EQ(segments[0]->partition, bus::PartitionOf("family", bus::kFactPartitions));
  EXPECT_EQ(segments[1]->topic, "letters");
  EXPECT_EQ(segments[2]->topic, bus::NoticesTopic(33));
  EXPECT_THAT(Read(segments[2]->payload, status), ElementsAre("k|type.C|"));
  EXPECT_EQ(segments[3]->topic, bus::RepliesTopic(33));
  EXPECT_THAT(Read(segments[3]->payload, status), ElementsAre("33|type.A|one", "|type.B|" + large));
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, SequencesGoOnWithoutAHoleOverTransactionsAndRollbacks) {
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) outbox_.Add({Outgoing::To::kReplies, 33, "", "t", "v"});
  };
  add(3);
  EXPECT_EQ(Write()[0]->last_sequence, 3);
  add(5);
  EXPECT_EQ(Write(/*commit=*/false)[0]->last_sequence, 8);
  add(2);
  const auto segments = Write();
  EXPECT_EQ(segments[0]->first_sequence(), 4);
  EXPECT_EQ(segments[0]->last_sequence, 5);
  const auto reader = database_->Snapshot();
  EXPECT_EQ(store::ScanRows<SegmentRow>(**reader, {}).value().size(), 2u);
}

TEST_F(OutboxTest, ADayGoesIntoEveryPartitionBehindWhatCameBefore) {
  outbox_.Add({Outgoing::To::kFacts, 0, "family", "t", "before"});
  outbox_.AddToAllFacts("day", "d");
  outbox_.Add({Outgoing::To::kFacts, 0, "family", "t", "after"});
  const auto segments = Write();
  ASSERT_EQ(segments.size(), static_cast<size_t>(bus::kFactPartitions));
  absl::Status status;
  for (const auto& segment : segments) {
    if (segment->partition == bus::PartitionOf("family", bus::kFactPartitions)) {
      EXPECT_THAT(Read(segment->payload, status), ElementsAre("family|t|before", "|day|d", "family|t|after"));
    } else {
      EXPECT_THAT(Read(segment->payload, status), ElementsAre("|day|d"));
    }
  }
}

TEST_F(OutboxTest, ClearForgetsEverything) {
  outbox_.Add({Outgoing::To::kFacts, 0, "family", "t", "v"});
  outbox_.Clear();
  EXPECT_TRUE(outbox_.empty());
  outbox_.Add({Outgoing::To::kFacts, 0, "family", "t", "w"});
  absl::Status status;
  EXPECT_THAT(Read(Write()[0]->payload, status), ElementsAre("family|t|w"));
}

TEST_F(OutboxTest, ADamagedSegmentIsNoticedWhereverItIsCut) {
  for (const char* value : {"one", "two"}) outbox_.Add({Outgoing::To::kReplies, 33, "key", "type", value});
  const std::string payload = Write()[0]->payload;
  const size_t record = payload.size() / 2;
  for (size_t length = 1; length < payload.size(); ++length) {
    absl::Status status;
    const auto records = Read(std::string_view(payload).substr(0, length), status);
    if (length == record) {
      EXPECT_TRUE(status.ok());  // found by the number of records
    } else {
      EXPECT_TRUE(absl::IsDataLoss(status)) << length;
    }
    EXPECT_EQ(records.size(), length / record);
  }
  absl::Status status;
  EXPECT_THAT(Read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", status), IsEmpty());
  EXPECT_TRUE(absl::IsDataLoss(status)) << "a length without an end";
}

}  // namespace
}  // namespace berdaya::flow
