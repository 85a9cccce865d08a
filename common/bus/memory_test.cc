// What only the bus in memory can do: faults on order. What it shares with Kafka is in bus_contract_test.cc.
#include "common/bus/memory.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "common/bus/testing/bus_helpers.h"

namespace berdaya::bus {
namespace {

using testing::Reader;

const TopicPartition kOurs{"registry.facts.v1", 0};
const TopicPartition kProvincial{"province.32.reports.v1", 0};

class MemoryTest : public ::testing::Test {
 protected:
  explicit MemoryTest(MemoryOptions options = {}) {
    options.on_gap = [this](const TopicPartition& p, int64_t expected, int64_t got) { gaps_.push_back({p.topic, expected, got}); };
    bus_ = NewMemoryBus(options);
    EXPECT_TRUE(bus_->CreateTopics({{TopicSpec{kOurs.topic, 1}, TopicSpec{kProvincial.topic, 1}}}).ok());
    producer_ = *bus_->NewProducer();
  }

  void Write(const TopicPartition& p, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(bus_->Append({p.topic, p.partition, "k", std::to_string(i), {}}).ok());
  }
  void Subscribe(Reader& reader, const TopicPartition& p) { reader.consumer = *bus_->Subscribe("g", {p.topic}, &reader.listener); }

  struct Gap {
    std::string topic;
    int64_t expected;
    int64_t got;
  };
  std::vector<Gap> gaps_;
  std::unique_ptr<MemoryBus> bus_;
  std::unique_ptr<Producer> producer_;
};

TEST_F(MemoryTest, AcksWaitWhileTheyAreDelayed) {
  bus_->DelayAcks(true);
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(producer_->Send({kOurs.topic, 0, "k", "v", {}}, i).ok());
  EXPECT_EQ(bus_->Records(kOurs).size(), 5u);
  std::vector<Ack> acks;
  ASSERT_TRUE(producer_->Poll(absl::Hours(1), acks).ok());
  EXPECT_TRUE(acks.empty());
  bus_->ReleaseAcks(2);
  ASSERT_TRUE(producer_->Poll(absl::ZeroDuration(), acks).ok());
  ASSERT_EQ(acks.size(), 2u);
  EXPECT_EQ(acks[1].token, 1u);
  EXPECT_EQ(producer_->InFlight(), 3);
  bus_->DelayAcks(false);
  ASSERT_TRUE(producer_->Poll(absl::ZeroDuration(), acks).ok());
  EXPECT_EQ(acks.size(), 5u);
}

TEST_F(MemoryTest, AFatalProducerKeepsWhatItWroteAndAcknowledgesNothing) {
  bus_->DelayAcks(true);
  ASSERT_TRUE(producer_->Send({kOurs.topic, 0, "k", "v", {}}, 1).ok());
  bus_->MakeProducersFatal();
  std::vector<Ack> acks;
  EXPECT_TRUE(absl::IsAborted(producer_->Poll(absl::ZeroDuration(), acks)));
  EXPECT_TRUE(absl::IsAborted(producer_->Send({kOurs.topic, 0, "k", "v", {}}, 2)));
  EXPECT_TRUE(acks.empty());
  EXPECT_EQ(bus_->Records(kOurs).size(), 1u);
  EXPECT_TRUE((*bus_->NewProducer())->Send({kOurs.topic, 0, "k", "v", {}}, 2).ok());
}

TEST_F(MemoryTest, SendsFailOnOrder) {
  bus_->FailSends(absl::ResourceExhaustedError("full"), 2);
  EXPECT_TRUE(absl::IsResourceExhausted(producer_->Send({kOurs.topic, 0, "k", "v", {}}, 0)));
  EXPECT_TRUE(absl::IsResourceExhausted(producer_->Send({kOurs.topic, 0, "k", "v", {}}, 0)));
  EXPECT_TRUE(producer_->Send({kOurs.topic, 0, "k", "v", {}}, 0).ok());
  EXPECT_EQ(bus_->Records(kOurs).size(), 1u);
}

TEST_F(MemoryTest, ATruncatedTailIsDataLossForAReaderPastIt) {
  Write(kOurs, 5);
  Reader reader;
  Subscribe(reader, kOurs);
  ASSERT_TRUE(reader.Step());
  EXPECT_EQ(reader.Count(), 5u);
  bus_->TruncateTail(kOurs, 3);
  EXPECT_EQ((*bus_->Tails({{kOurs}}, "a"))[0].end_offset, 3);
  EXPECT_FALSE(reader.Step());
  EXPECT_TRUE(absl::IsDataLoss(reader.status)) << reader.status;
}

TEST_F(MemoryTest, ATruncatedTailThatHasGrownAgainIsNotSeen) {
  // As with Kafka: this is why readers compare the record before their offset.
  Write(kOurs, 5);
  Reader reader;
  Subscribe(reader, kOurs);
  ASSERT_TRUE(reader.Step());
  bus_->TruncateTail(kOurs, 3);
  Write(kOurs, 4);
  ASSERT_TRUE(reader.Step());
  EXPECT_EQ(reader.offsets[kOurs].back(), 6);
  EXPECT_EQ(reader.Count(), 7u);
}

TEST_F(MemoryTest, AGapStopsOurTopicsAndIsCountedOnProvincialOnes) {
  for (const TopicPartition& p : {kOurs, kProvincial}) {
    Write(p, 2);
    bus_->SkipOffset(p);
    Write(p, 1);
  }
  Reader ours;
  ours.consumer = *bus_->Subscribe("ours", {kOurs.topic}, &ours.listener);
  ASSERT_TRUE(ours.Step());  // what came before the gap
  EXPECT_EQ(ours.Count(), 2u);
  EXPECT_FALSE(ours.Step());
  EXPECT_EQ(ours.status, absl::DataLossError("registry.facts.v1 partition 0: expected offset 2, got 3"));

  Reader provincial;
  provincial.consumer = *bus_->Subscribe("provincial", {kProvincial.topic}, &provincial.listener);
  ASSERT_TRUE(provincial.Step());
  EXPECT_EQ(provincial.offsets[kProvincial], (std::vector<int64_t>{0, 1, 3}));
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_EQ(gaps_[0].topic, kProvincial.topic);
  EXPECT_EQ(gaps_[0].expected, 2);
  EXPECT_EQ(gaps_[0].got, 3);
}

TEST_F(MemoryTest, RetentionStopsOurTopicsAndIsCountedOnProvincialOnes) {
  for (const TopicPartition& p : {kOurs, kProvincial}) {
    Write(p, 5);
    bus_->TrimHead(p, 4);
  }
  Reader ours;
  ours.consumer = *bus_->Subscribe("ours", {kOurs.topic}, &ours.listener);
  EXPECT_FALSE(ours.Step());
  EXPECT_TRUE(absl::IsDataLoss(ours.status)) << ours.status;
  Reader provincial;
  provincial.consumer = *bus_->Subscribe("provincial", {kProvincial.topic}, &provincial.listener);
  ASSERT_TRUE(provincial.Step());
  EXPECT_EQ(provincial.offsets[kProvincial], (std::vector<int64_t>{4}));
  ASSERT_EQ(gaps_.size(), 1u);
}

TEST_F(MemoryTest, AnExpelledConsumerHearsThatItLostAndRejoins) {
  Write(kOurs, 3);
  Reader one;
  Reader two;
  Subscribe(one, kOurs);
  ASSERT_TRUE(one.Step());
  Subscribe(two, kOurs);
  bus_->Expel(one.consumer.get());
  ASSERT_TRUE(two.Step());
  // The other one has them before the first has heard of it.
  EXPECT_EQ(two.listener.held.count(kOurs), 1u);
  EXPECT_EQ(one.listener.held.count(kOurs), 1u);
  const Start progress[] = {{kOurs, 3}};
  one.consumer->ReportProgress(progress);
  EXPECT_EQ(bus_->Progress("g", kOurs), -1);
  ASSERT_TRUE(one.Step());
  EXPECT_EQ(one.listener.lost, 1);
  two.consumer->ReportProgress(progress);
  EXPECT_EQ(bus_->Progress("g", kOurs), 3);
  ASSERT_TRUE(two.Step());
  EXPECT_EQ(two.listener.revocations, 1);
  ASSERT_TRUE(one.Step() && two.Step());
  EXPECT_EQ(one.listener.held.size() + two.listener.held.size(), 1u);
}

TEST_F(MemoryTest, AnOutageIsSeenByEveryCall) {
  Reader reader;
  Subscribe(reader, kOurs);
  bus_->SetOutage(absl::UnavailableError("away"));
  std::vector<Ack> acks;
  EXPECT_TRUE(absl::IsUnavailable(bus_->CheckTopics({})));
  EXPECT_TRUE(absl::IsUnavailable(bus_->Tails({{kOurs}}, "a").status()));
  EXPECT_TRUE(absl::IsUnavailable(producer_->Poll(absl::ZeroDuration(), acks)));
  EXPECT_FALSE(reader.Step());
  bus_->SetOutage(absl::OkStatus());
  EXPECT_TRUE(reader.Step());
}

TEST_F(MemoryTest, ATopicMadeLaterIsAssigned) {
  Reader reader;
  reader.consumer = *bus_->Subscribe("g", {"late"}, &reader.listener);
  EXPECT_FALSE(reader.Step());
  ASSERT_TRUE(bus_->CreateTopics({{TopicSpec{"late", 2}}}).ok());
  EXPECT_TRUE(reader.Step());
  EXPECT_EQ(reader.listener.held.size(), 2u);
}

TEST(MemoryBlocking, PollWakesUpForARecord) {
  MemoryOptions options;
  options.blocking = true;
  auto bus = NewMemoryBus(options);
  ASSERT_TRUE(bus->CreateTopics({{TopicSpec{"t", 1}}}).ok());
  Reader reader;
  reader.consumer = *bus->Subscribe("g", {"t"}, &reader.listener);
  std::thread writer([&] { ASSERT_TRUE(bus->Append({"t", 0, "k", "v", {}}).ok()); });
  ASSERT_TRUE(testing::Until([&] { return reader.Step(absl::Seconds(30)) && reader.Count() == 1; }));
  writer.join();
}

}  // namespace
}  // namespace berdaya::bus
