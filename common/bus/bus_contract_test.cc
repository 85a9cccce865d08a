// What every Bus must do, run on the one in memory and on a real Kafka.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "common/bus/kafka.h"
#include "common/bus/memory.h"
#include "common/bus/testing/broker_fixture.h"
#include "common/bus/testing/bus_helpers.h"

namespace berdaya::bus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Reader;
using testing::SendAll;
using testing::Unique;
using testing::Until;

constexpr int kQueueMax = 1000;

struct Kind {
  const char* name;
  std::unique_ptr<Bus> (*make)();
};

std::unique_ptr<Bus> MakeMemory() {
  MemoryOptions options;
  options.queue_max_records = kQueueMax;
  return NewMemoryBus(options);
}

std::unique_ptr<Bus> MakeKafka() {
  KafkaOptions options = testing::Broker::Shared().Options();
  options.queue_max_records = kQueueMax;
  options.properties["topic.metadata.propagation.max.ms"] = "300";
  auto bus = OpenKafka(options);
  EXPECT_TRUE(bus.ok()) << bus.status();
  return *std::move(bus);
}

class BusContract : public ::testing::TestWithParam<Kind> {
 protected:
  BusContract() : bus_(GetParam().make()) {}

  std::string NewTopic(int partitions = 1, int64_t max_message_bytes = 1 << 20) {
    const std::string name = Unique("t");
    TopicSpec spec{name, partitions, -1, max_message_bytes};
    const absl::Status status = bus_->CreateTopics({&spec, 1});
    EXPECT_TRUE(status.ok()) << status;
    return name;
  }

  // Writes `count` records valued "0", "1", ... into one partition.
  void Fill(const std::string& topic, int32_t partition, int count, std::string_view source = "a", int64_t first_sequence = 1) {
    auto producer = bus_->NewProducer();
    ASSERT_TRUE(producer.ok()) << producer.status();
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back(std::to_string(i));
    std::vector<OutRecord> records;
    for (int i = 0; i < count; ++i) {
      OutRecord& r = records.emplace_back(OutRecord{topic, partition, "key", values[i], {}});
      r.headers.source = source;
      r.headers.epoch = 1;
      r.headers.sequence = first_sequence + i;
    }
    for (const Ack& ack : SendAll(**producer, records)) ASSERT_TRUE(ack.status.ok()) << ack.status;
  }

  void Subscribe(Reader& reader, const std::string& group, const std::vector<std::string>& topics) {
    auto consumer = bus_->Subscribe(group, topics, &reader.listener);
    ASSERT_TRUE(consumer.ok()) << consumer.status();
    reader.consumer = *std::move(consumer);
  }

  std::unique_ptr<Bus> bus_;
};

TEST_P(BusContract, ARecordArrivesAsItWasSent) {
  const std::string topic = NewTopic(3);
  auto producer = bus_->NewProducer();
  ASSERT_TRUE(producer.ok());
  const std::string value("\0\x01 bytes", 8);
  OutRecord out{topic, 2, "the key", value, {}};
  out.headers = {
      "id-1", "registry", "berdaya.x.v1.Y", "family/7", "2020-01-01T00:00:00Z", "application/protobuf", "00-1-2-01", "1.0", 3, 44};
  auto acks = SendAll(**producer, {out});
  ASSERT_EQ(acks.size(), 1u);
  ASSERT_TRUE(acks[0].status.ok()) << acks[0].status;
  EXPECT_EQ(acks[0].offset, 0);

  Reader reader;
  Subscribe(reader, Unique("g"), {topic});
  std::unique_ptr<Batch> batch;
  ASSERT_TRUE(Until([&] {
    auto polled = reader.consumer->Poll(absl::Seconds(1), {});
    EXPECT_TRUE(polled.ok()) << polled.status();
    batch = *std::move(polled);
    return !batch->records().empty();
  }));
  ASSERT_EQ(batch->records().size(), 1u);
  const Record& in = batch->records()[0];
  EXPECT_EQ(*in.from, (TopicPartition{topic, 2}));
  EXPECT_EQ(in.offset, 0);
  EXPECT_GT(in.timestamp_ms, 0);
  EXPECT_EQ(in.key, "the key");
  EXPECT_EQ(in.value, value);
  EXPECT_EQ(in.headers.id, "id-1");
  EXPECT_EQ(in.headers.source, "registry");
  EXPECT_EQ(in.headers.type, "berdaya.x.v1.Y");
  EXPECT_EQ(in.headers.subject, "family/7");
  EXPECT_EQ(in.headers.time, "2020-01-01T00:00:00Z");
  EXPECT_EQ(in.headers.content_type, "application/protobuf");
  EXPECT_EQ(in.headers.traceparent, "00-1-2-01");
  EXPECT_EQ(in.headers.spec_version, "1.0");
  EXPECT_EQ(in.headers.epoch, 3);
  EXPECT_EQ(in.headers.sequence, 44);
  // Keys, values, header names and header values.
  EXPECT_EQ(batch->bytes(), 7 + 8 + 94 + 4 + 8 + 14 + 8 + 20 + 20 + 9 + 3 + 1 + 2);
}

TEST_P(BusContract, ABatchOutlivesItsConsumer) {
  const std::string topic = NewTopic();
  Fill(topic, 0, 5);
  Reader reader;
  Subscribe(reader, Unique("g"), {topic});
  std::unique_ptr<Batch> batch;
  ASSERT_TRUE(Until([&] { return !(batch = *reader.consumer->Poll(absl::Seconds(1), {}))->records().empty(); }));
  reader.consumer->Close();
  EXPECT_EQ(batch->records()[0].value, "0");
  reader.consumer.reset();
  EXPECT_EQ(batch->records()[0].value, "0");
  EXPECT_EQ(batch->records()[0].headers.source, "a");
}

TEST_P(BusContract, ReadingBeginsWhereTheListenerSays) {
  const std::string topic = NewTopic(2);
  Fill(topic, 0, 5);
  Fill(topic, 1, 5);
  Reader reader;
  reader.listener.starts = {{{topic, 0}, 3}, {{topic, 1}, 5}};
  Subscribe(reader, Unique("g"), {topic});
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() >= 2; })) << reader.status;
  Fill(topic, 1, 1);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() >= 3; })) << reader.status;
  EXPECT_EQ((reader.offsets[{topic, 0}]), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ((reader.offsets[{topic, 1}]), (std::vector<int64_t>{5}));
  EXPECT_EQ(reader.listener.assignments, 1);
  EXPECT_EQ(reader.listener.revocations, 0);
}

TEST_P(BusContract, LimitsBoundABatch) {
  const std::string topic = NewTopic();
  Fill(topic, 0, 100);
  Reader reader;
  Subscribe(reader, Unique("g"), {topic});
  ASSERT_TRUE(Until([&] { return reader.Step(absl::Milliseconds(20), {.max_records = 1}) && reader.Count() >= 1; }));
  EXPECT_EQ(reader.Count(), 1u);
  auto few = reader.consumer->Poll(absl::Seconds(1), {.max_records = 7});
  ASSERT_TRUE(few.ok());
  EXPECT_EQ((*few)->records().size(), 7u);
  auto small = reader.consumer->Poll(absl::Seconds(1), {.max_records = 100, .max_bytes = 2 * (*few)->bytes() / 7});
  ASSERT_TRUE(small.ok());
  EXPECT_EQ((*small)->records().size(), 2u);
  EXPECT_EQ((*small)->records()[0].value, "8");
}

TEST_P(BusContract, AListenersErrorClosesTheConsumer) {
  const std::string topic = NewTopic();
  Reader reader;
  reader.listener.refuse = absl::FailedPreconditionError("no snapshot");
  Subscribe(reader, Unique("g"), {topic});
  ASSERT_TRUE(Until([&] { return !reader.Step(); }));
  EXPECT_EQ(reader.status, reader.listener.refuse);
  EXPECT_EQ(reader.consumer->Poll(absl::ZeroDuration(), {}).status(), reader.listener.refuse);
  EXPECT_EQ(reader.listener.assignments, 1);
  EXPECT_EQ(reader.listener.revocations, 0);
}

TEST_P(BusContract, AListenerThatForgetsAPartitionIsAnError) {
  struct Forgetful : Reader {
    struct Listener : AssignmentListener {
      absl::StatusOr<std::vector<Start>> OnAssigned(absl::Span<const TopicPartition> p) override {
        return std::vector<Start>{{p[0], 0}};
      }
      void OnRevoked(absl::Span<const TopicPartition>, bool) override {}
    };
  };
  const std::string topic = NewTopic(2);
  Forgetful::Listener listener;
  auto consumer = bus_->Subscribe(Unique("g"), {topic}, &listener);
  ASSERT_TRUE(consumer.ok());
  absl::Status status;
  ASSERT_TRUE(Until([&] { return !(status = (*consumer)->Poll(absl::Milliseconds(20), {}).status()).ok(); }));
  EXPECT_TRUE(absl::IsInternal(status)) << status;
}

TEST_P(BusContract, AGroupSharesSinglePartitionTopicsEvenly) {
  std::vector<std::string> topics;
  for (int i = 0; i < 12; ++i) topics.push_back(NewTopic());
  const std::string group = Unique("g");
  Reader one;
  Reader two;
  Subscribe(one, group, topics);
  ASSERT_TRUE(Until([&] { return one.Step() && one.listener.held.size() == 12; })) << one.status;
  Subscribe(two, group, topics);
  ASSERT_TRUE(Until([&] { return one.Step() && two.Step() && one.listener.held.size() == 6 && two.listener.held.size() == 6; }))
      << one.status << two.status << one.listener.held.size() << " " << two.listener.held.size();
  EXPECT_EQ(one.listener.lost, 0);
  for (const std::string& topic : topics) Fill(topic, 0, 3);
  ASSERT_TRUE(Until([&] { return one.Step() && two.Step() && one.Count() + two.Count() >= 36; }));

  two.consumer->Close();
  EXPECT_TRUE(two.listener.held.empty());
  ASSERT_TRUE(Until([&] { return one.Step() && one.listener.held.size() == 12; }));
  for (const auto& [partition, next] : two.listener.starts) one.listener.starts[partition] = next;
}

TEST_P(BusContract, AfterARebalanceReadingGoesOnWhereTheListenerSays) {
  const std::string topic = NewTopic(4);
  const std::string group = Unique("g");
  std::map<TopicPartition, int64_t> shared;  // the database
  Reader one;
  Reader two;
  Subscribe(one, group, {topic});
  auto step = [&](Reader& reader) {
    reader.listener.starts = shared;
    const bool ok = reader.Step(absl::Milliseconds(20), {.max_records = 5});
    for (const auto& [p, next] : reader.listener.starts) shared[p] = std::max(shared[p], next);
    return ok;
  };
  for (int p = 0; p < 4; ++p) Fill(topic, p, 20);
  ASSERT_TRUE(Until([&] { return step(one) && one.Count() >= 10; }));
  Subscribe(two, group, {topic});
  ASSERT_TRUE(Until([&] { return step(one) && step(two) && one.Count() + two.Count() >= 80; })) << one.status << two.status;
  ASSERT_TRUE(Until([&] { return step(one) && step(two) && two.listener.held.size() == 2; }));
  EXPECT_EQ(one.Count() + two.Count(), 80u);
}

TEST_P(BusContract, CloseTellsTheListenerAndEndsPolling) {
  const std::string topic = NewTopic(2);
  Reader reader;
  Subscribe(reader, Unique("g"), {topic});
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.listener.held.size() == 2; }));
  reader.consumer->Close();
  EXPECT_EQ(reader.listener.revocations, 1);
  EXPECT_EQ(reader.listener.lost, 0);
  EXPECT_TRUE(absl::IsAborted(reader.consumer->Poll(absl::ZeroDuration(), {}).status()));
  reader.consumer.reset();
  EXPECT_EQ(reader.listener.revocations, 1);
}

TEST_P(BusContract, AnOffsetPastTheEndIsDataLoss) {
  const std::string topic = NewTopic();
  Fill(topic, 0, 3);
  Reader reader;
  reader.listener.starts[{topic, 0}] = 10;
  Subscribe(reader, Unique("g"), {topic});
  ASSERT_TRUE(Until([&] { return !reader.Step(); }));
  EXPECT_TRUE(absl::IsDataLoss(reader.status)) << reader.status;
  EXPECT_THAT(std::string(reader.status.message()),
              AllOf(HasSubstr(topic), HasSubstr("partition 0"), HasSubstr("expected offset 10"), HasSubstr("got 3")));
  EXPECT_EQ(reader.consumer->Poll(absl::ZeroDuration(), {}).status(), reader.status);
}

TEST_P(BusContract, LagCountsWhatWaits) {
  const std::string topic = NewTopic(2);
  Reader reader;
  Subscribe(reader, Unique("g"), {topic});
  EXPECT_EQ(reader.consumer->Lag(), -1);
  Fill(topic, 0, 20);
  Fill(topic, 1, 10);
  ASSERT_TRUE(Until([&] { return reader.Step(absl::Milliseconds(20), {.max_records = 1}) && reader.Count() >= 1; }));
  ASSERT_TRUE(Until([&] {
    return reader.consumer->Lag() == 30 - static_cast<int64_t>(reader.Count()) ||
           (reader.Step(absl::Milliseconds(20), {.max_records = 1}) && false);
  }));
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 30; }));
  EXPECT_EQ(reader.consumer->Lag(), 0);
  const Start progress[] = {{{topic, 0}, 20}, {{topic, 1}, 10}};
  reader.consumer->ReportProgress(progress);
}

TEST_P(BusContract, AnUnknownTopicInASubscriptionIsUnavailable) {
  const std::string topic = Unique("missing");
  Reader reader;
  Subscribe(reader, Unique("g"), {topic});
  ASSERT_TRUE(Until([&] { return !reader.Step(); }));
  EXPECT_TRUE(absl::IsUnavailable(reader.status)) << reader.status;
  EXPECT_THAT(std::string(reader.status.message()), HasSubstr(topic));
}

TEST_P(BusContract, AcknowledgedOffsetsRiseByOneInOrder) {
  const std::string topic = NewTopic(3);
  auto producer = bus_->NewProducer();
  ASSERT_TRUE(producer.ok());
  std::vector<OutRecord> records;
  for (int i = 0; i < 3000; ++i) records.push_back({topic, i % 3, "k", "v", {}});
  auto acks = SendAll(**producer, records);  // more than the queue takes
  ASSERT_EQ(acks.size(), 3000u);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(acks[i].status.ok()) << acks[i].status;
    ASSERT_EQ(acks[i].token, static_cast<uint64_t>(i));
    ASSERT_EQ(acks[i].offset, i / 3);
  }
  EXPECT_EQ((*producer)->InFlight(), 0);
}

TEST_P(BusContract, AFullQueueIsResourceExhausted) {
  const std::string topic = NewTopic();
  auto producer = bus_->NewProducer();
  ASSERT_TRUE(producer.ok());
  absl::Status status;
  int sent = 0;
  // Nobody polls, so nothing leaves the queue.
  while ((status = (*producer)->Send({topic, 0, "k", "v", {}}, 0)).ok() && sent <= 2 * kQueueMax) ++sent;
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(sent, kQueueMax);
  EXPECT_EQ((*producer)->InFlight(), kQueueMax);
  std::vector<Ack> acks;
  ASSERT_TRUE(Until([&] { return (*producer)->Poll(absl::Milliseconds(50), acks).ok() && (*producer)->InFlight() == 0; }));
  EXPECT_EQ(acks.size(), static_cast<size_t>(kQueueMax));
  EXPECT_TRUE((*producer)->Send({topic, 0, "k", "v", {}}, 0).ok());
}

TEST_P(BusContract, AnUnknownTopicOrPartitionIsUnavailable) {
  const std::string topic = NewTopic();
  const std::string missing = Unique("missing");
  auto producer = bus_->NewProducer();
  ASSERT_TRUE(producer.ok());
  auto acks = SendAll(**producer, {OutRecord{missing, 0, "k", "v", {}}, OutRecord{topic, 0, "k", "v", {}}});
  ASSERT_EQ(acks.size(), 2u);
  EXPECT_TRUE(absl::IsUnavailable(acks[0].status)) << acks[0].status;
  EXPECT_TRUE(acks[1].status.ok()) << acks[1].status;
  auto other = bus_->NewProducer();
  ASSERT_TRUE(other.ok());
  acks = SendAll(**other, {OutRecord{topic, 1, "k", "v", {}}});
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(acks[0].status)) << acks[0].status;
}

TEST_P(BusContract, ARecordTooLargeForItsTopicStopsTheProducer) {
  const std::string topic = NewTopic(1, 20'000);
  auto producer = bus_->NewProducer();
  ASSERT_TRUE(producer.ok());
  std::string large;
  for (int i = 0; large.size() < 200'000; ++i) large += std::to_string(i * 2654435761u);  // compresses badly
  auto acks = SendAll(**producer, {OutRecord{topic, 0, "k", large, {}}});
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(absl::IsInvalidArgument(acks[0].status)) << acks[0].status;
  // A hole in the sequence would look like a loss, so nothing goes out behind it.
  ASSERT_TRUE(Until([&] { return absl::IsAborted((*producer)->Poll(absl::Milliseconds(50), acks)); }));
  EXPECT_TRUE(absl::IsAborted((*producer)->Send({topic, 0, "k", "small", {}}, 1)));
}

TEST_P(BusContract, TailsFindTheLastRecordOfASource) {
  const std::string topic = NewTopic(4);
  Fill(topic, 0, 5, "a", 100);
  Fill(topic, 1, 3, "a", 7);
  Fill(topic, 1, 2500, "b", 1);  // far more than the first window
  Fill(topic, 2, 40, "b", 1);
  auto ends = bus_->Tails({{{topic, 0}, {topic, 1}, {topic, 2}, {topic, 3}}}, "a");
  ASSERT_TRUE(ends.ok()) << ends.status();
  ASSERT_EQ(ends->size(), 4u);
  EXPECT_EQ((*ends)[0].end_offset, 5);
  ASSERT_TRUE((*ends)[0].tail);
  EXPECT_EQ((*ends)[0].tail->sequence, 104);
  EXPECT_EQ((*ends)[0].tail->epoch, 1);
  EXPECT_EQ((*ends)[0].tail->offset, 4);
  EXPECT_EQ((*ends)[1].end_offset, 2503);
  ASSERT_TRUE((*ends)[1].tail);
  EXPECT_EQ((*ends)[1].tail->sequence, 9);
  EXPECT_EQ((*ends)[1].tail->offset, 2);
  EXPECT_EQ((*ends)[2].end_offset, 40);
  EXPECT_FALSE((*ends)[2].tail);
  EXPECT_EQ((*ends)[3].end_offset, 0);
  EXPECT_FALSE((*ends)[3].tail);
  auto none = bus_->Tails({}, "a");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_TRUE(none->empty());
}

TEST_P(BusContract, TailsOfAnUnknownTopicAreUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(bus_->Tails({{{Unique("missing"), 0}}}, "a").status()));
}

TEST_P(BusContract, TopicsAreCreatedOnceAndChecked) {
  const TopicSpec two{Unique("two"), 2, 3'600'000, 2 << 20};
  const TopicSpec three{Unique("three"), 3, -1, 1 << 20};
  absl::Status missing = bus_->CheckTopics({{two}});
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_THAT(std::string(missing.message()), HasSubstr(two.name));
  ASSERT_TRUE(bus_->CreateTopics({{two}}).ok());
  ASSERT_TRUE(bus_->CreateTopics({{two, three}}).ok());
  ASSERT_TRUE(bus_->CreateTopics({{two, three}}).ok());
  EXPECT_TRUE(bus_->CheckTopics({{two, three}}).ok());
  TopicSpec other = three;
  other.partitions = 6;
  for (const absl::Status& status : {bus_->CreateTopics({{two, other}}), bus_->CheckTopics({{two, other}})}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(three.name), HasSubstr("3 partitions"), HasSubstr("6")));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(bus_->CreateTopics({{TopicSpec{Unique("bad"), 0}}})));
}

INSTANTIATE_TEST_SUITE_P(, BusContract, ::testing::Values(Kind{"Memory", &MakeMemory}, Kind{"Kafka", &MakeKafka}),
                         [](const ::testing::TestParamInfo<Kind>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace berdaya::bus
