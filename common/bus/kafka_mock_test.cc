// Errors on librdkafka's in-process mock cluster: answers that a real broker gives too rarely to wait for. Not for rebalances: up
// to 2.4 its groups take seconds to form, which the development broker's do not.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>
#include <vector>

#include "common/bus/kafka.h"
#include "common/bus/testing/bus_helpers.h"

namespace berdaya::bus {
namespace {

using testing::Reader;
using testing::SendAll;
using testing::Until;

// Keys of the protocol's requests.
constexpr int16_t kProduce = 0;
constexpr int16_t kFetch = 1;
constexpr int16_t kListOffsets = 2;
constexpr int16_t kInitProducerId = 22;

class KafkaMock : public ::testing::Test {
 protected:
  KafkaMock() : owner_(NewOwner()), cluster_(rd_kafka_mock_cluster_new(owner_, 1)) {
    rd_kafka_mock_topic_create(cluster_, "t", 1, 1);
    options_.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options_.linger_ms = 0;
    options_.properties["retry.backoff.ms"] = "10";
    bus_ = *OpenKafka(options_);
  }
  ~KafkaMock() override {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }

  // The instance that the cluster lives in.
  static rd_kafka_t* NewOwner() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", nullptr, 0);
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  }

  void Answer(int16_t request, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, request, errors.size(), errors.data());
  }

  std::vector<Ack> Fill(int count) {
    auto producer = *bus_->NewProducer();
    return SendAll(*producer, std::vector<OutRecord>(count, OutRecord{"t", 0, "k", "v", {}}));
  }

  void Subscribe(Reader& reader) {
    reader.consumer = *bus_->Subscribe("g", {"t"}, &reader.listener);
    ASSERT_TRUE(Until([&] { return reader.Step() && reader.listener.held.size() == 1; }));
  }

  // Until the reader has ended. Again and again, because the cluster gives such an answer to the wrong request now and then.
  void FallOutOfRange(Reader& reader) {
    ASSERT_TRUE(Until([&] {
      Answer(kFetch, {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE});
      return !reader.Step();
    }));
  }

  rd_kafka_t* const owner_;
  rd_kafka_mock_cluster_t* const cluster_;
  KafkaOptions options_;
  std::unique_ptr<Bus> bus_;
};

TEST_F(KafkaMock, PassingProduceErrorsAreRetriedInOrder) {
  Answer(kInitProducerId, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS});
  Answer(kProduce,
         {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
  const auto acks = Fill(50);
  ASSERT_EQ(acks.size(), 50u);
  for (int64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(acks[i].status.ok()) << acks[i].status;
    EXPECT_EQ(acks[i].offset, i);
  }
}

TEST_F(KafkaMock, ABrokenSequenceEndsTheProducerAndANewOneGoesOn) {
  auto producer = *bus_->NewProducer();
  Answer(kProduce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  ASSERT_TRUE(producer->Send({"t", 0, "k", "v", {}}, 7).ok());
  std::vector<Ack> acks;
  ASSERT_TRUE(Until([&] { return absl::IsAborted(producer->Poll(absl::Milliseconds(50), acks)); }));
  EXPECT_TRUE(absl::IsAborted(producer->Send({"t", 0, "k", "v", {}}, 8)));
  for (const Ack& ack : acks) EXPECT_FALSE(ack.status.ok());
  producer.reset();
  const auto again = Fill(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_TRUE(again[0].status.ok()) << again[0].status;
}

TEST_F(KafkaMock, ARecordThatIsRefusedEndsTheProducer) {
  auto producer = *bus_->NewProducer();
  Answer(kProduce, {RD_KAFKA_RESP_ERR_INVALID_RECORD});
  ASSERT_TRUE(producer->Send({"t", 0, "k", "v", {}}, 7).ok());
  std::vector<Ack> acks;
  ASSERT_TRUE(Until([&] { return absl::IsAborted(producer->Poll(absl::Milliseconds(50), acks)); }));
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(absl::IsInvalidArgument(acks[0].status)) << acks[0].status;
  EXPECT_EQ(acks[0].token, 7u);
}

TEST_F(KafkaMock, ABrokerThatGoesAndComesBackIsWaitedFor) {
  Reader reader;
  Subscribe(reader);
  auto producer = *bus_->NewProducer();
  rd_kafka_mock_broker_set_down(cluster_, 1);
  ASSERT_TRUE(producer->Send({"t", 0, "k", "v", {}}, 1).ok());
  std::vector<Ack> acks;
  ASSERT_TRUE(Until([&] { return absl::IsUnavailable(producer->Poll(absl::Milliseconds(50), acks)); }));
  ASSERT_TRUE(Until([&] { return !reader.Step() && absl::IsUnavailable(reader.status); }));
  rd_kafka_mock_broker_set_up(cluster_, 1);
  ASSERT_TRUE(Until([&] {
    producer->Poll(absl::Milliseconds(50), acks).IgnoreError();
    return producer->InFlight() == 0;
  }));
  EXPECT_TRUE(acks.at(0).status.ok()) << acks.at(0).status;
  ASSERT_TRUE(Until([&] {
    reader.Step();
    return reader.Count() == 1;
  }));
}

// It may have come back with less than it had, and filled up again meanwhile: the caller must hear of it before it gets what is
// new.
TEST_F(KafkaMock, ABrokerThatWasAwayIsToldOfBeforeTheRecordsBehindIt) {
  Reader reader;
  Subscribe(reader);
  Fill(1);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 1; }));
  auto producer = *bus_->NewProducer();
  SendAll(*producer, {OutRecord{"t", 0, "k", "v", {}}});
  ASSERT_TRUE(Until([&] { return reader.consumer->Lag() == 1; }));  // received, not polled
  std::vector<Ack> acks;
  rd_kafka_mock_broker_set_down(cluster_, 1);
  ASSERT_TRUE(Until([&] { return absl::IsUnavailable(producer->Poll(absl::Milliseconds(50), acks)); }));
  rd_kafka_mock_broker_set_up(cluster_, 1);
  Fill(1);
  ASSERT_TRUE(Until([&] { return reader.consumer->Lag() == 2; }));
  ASSERT_TRUE(reader.Step()) << reader.status;
  EXPECT_EQ(reader.Count(), 2u) << "what was received before it went";
  EXPECT_FALSE(reader.Step());
  EXPECT_TRUE(absl::IsUnavailable(reader.status)) << reader.status;
  EXPECT_EQ(reader.Count(), 2u);
  ASSERT_TRUE(Until([&] {
    reader.Step();
    return reader.Count() == 3;
  }));
}

// The log was shorter than our position, and no longer is: what lies before the position may be other records.
TEST_F(KafkaMock, AnOffsetThatIsBackInRangeEndsTheConsumer) {
  Reader reader;
  Subscribe(reader);
  Fill(1);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 1; }));
  FallOutOfRange(reader);
  EXPECT_TRUE(absl::IsAborted(reader.status)) << reader.status;
}

TEST_F(KafkaMock, ARangeThatTheBrokerDoesNotTellEndsTheConsumerToo) {
  options_.request_timeout_ms = 200;
  bus_ = *OpenKafka(options_);
  Reader reader;
  Subscribe(reader);
  Fill(1);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 1; }));
  Answer(kListOffsets, std::vector<rd_kafka_resp_err_t>(100, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION));
  FallOutOfRange(reader);
  EXPECT_TRUE(absl::IsAborted(reader.status)) << reader.status;
}

TEST_F(KafkaMock, TailsOfALogThatIsCutMeanwhileAreToBeReadAgain) {
  Fill(3);
  Answer(kFetch, {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE});
  const std::vector<TopicPartition> log = {{.topic = "t", .partition = 0}};
  const absl::Status status = bus_->Tails(log, "a").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  const auto ends = bus_->Tails(log, "a");
  ASSERT_TRUE(ends.ok()) << ends.status();
  EXPECT_EQ((*ends)[0].end_offset, 3);
}

}  // namespace
}  // namespace berdaya::bus
