// What only a real broker shows: it goes away and comes back, loses records, is not there at all; and what our settings promise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/bus/kafka.h"
#include "common/bus/testing/broker_fixture.h"
#include "common/bus/testing/bus_helpers.h"
#include "common/bus/topics.h"

namespace berdaya::bus {
namespace {

using testing::Broker;
using ::testing::HasSubstr;
using testing::Reader;
using testing::SendAll;
using testing::Unique;
using testing::Until;

class KafkaFault : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!broker_.ours()) GTEST_SKIP() << "needs a broker of its own";
    options_ = broker_.Options();
    options_.on_gap = [this](const TopicPartition&, int64_t expected, int64_t got) { gaps_.push_back({expected, got}); };
    Open();
  }

  void Open() {
    auto bus = OpenKafka(options_);
    ASSERT_TRUE(bus.ok()) << bus.status();
    bus_ = *std::move(bus);
  }

  std::string NewTopic(const std::string& name = Unique("t")) {
    const absl::Status status = bus_->CreateTopics({{TopicSpec{name, 1}}});
    EXPECT_TRUE(status.ok()) << status;
    return name;
  }
  // A topic whose name says that a province publishes it.
  std::string NewProvincialTopic() {
    static int version = 1;
    return NewTopic(absl::StrCat("province.32.reports.v", 100 + version++));
  }

  void Fill(const std::string& topic, int count, std::string_view source = "a") {
    auto producer = bus_->NewProducer();
    ASSERT_TRUE(producer.ok());
    std::vector<OutRecord> records(count, OutRecord{topic, 0, "k", "v", {}});
    for (OutRecord& r : records) r.headers.source = source;
    for (const Ack& ack : SendAll(**producer, records)) ASSERT_TRUE(ack.status.ok()) << ack.status;
  }

  void Subscribe(Reader& reader, const std::string& topic) {
    auto consumer = bus_->Subscribe(Unique("g"), {topic}, &reader.listener);
    ASSERT_TRUE(consumer.ok());
    reader.consumer = *std::move(consumer);
  }

  // Takes the records before `offset` out of the log, as retention does.
  void DeleteBefore(const std::string& topic, int64_t offset);
  // Writes `count` records in a transaction, which ends in a marker.
  void FillInTransaction(const std::string& topic, int count);

  Broker& broker_ = Broker::Shared();
  KafkaOptions options_;
  std::unique_ptr<Bus> bus_;
  std::vector<std::pair<int64_t, int64_t>> gaps_;
};

struct RdKafka {
  RdKafka(const std::string& brokers, const char* name = nullptr, const char* value = nullptr) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "log_level", "3", nullptr, 0);
    if (name != nullptr) rd_kafka_conf_set(conf, name, value, nullptr, 0);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  }
  ~RdKafka() { rd_kafka_destroy(rk); }
  rd_kafka_t* rk;
};

void KafkaFault::DeleteBefore(const std::string& topic, int64_t offset) {
  RdKafka client(broker_.bootstrap());
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = offset;
  auto* request = rd_kafka_DeleteRecords_new(list);
  auto* queue = rd_kafka_queue_new(client.rk);
  rd_kafka_DeleteRecords(client.rk, &request, 1, nullptr, queue);
  auto* event = rd_kafka_queue_poll(queue, 10'000);
  ASSERT_NE(event, nullptr);
  ASSERT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_event_error_string(event);
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_DeleteRecords_destroy(request);
  rd_kafka_topic_partition_list_destroy(list);
}

void KafkaFault::FillInTransaction(const std::string& topic, int count) {
  const auto end = [&] { return bus_->Tails({{{topic, 0}}}, "nobody").value()[0].end_offset; };
  const int64_t before = end();
  RdKafka client(broker_.bootstrap(), "transactional.id", topic.c_str());
  ASSERT_EQ(rd_kafka_init_transactions(client.rk, 10'000), nullptr);
  ASSERT_EQ(rd_kafka_begin_transaction(client.rk), nullptr);
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(rd_kafka_producev(client.rk, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_END), 0);
  }
  ASSERT_EQ(rd_kafka_commit_transaction(client.rk, 10'000), nullptr);
  // The broker writes the marker in its own time.
  ASSERT_TRUE(Until([&] { return end() == before + count + 1; }));
}

TEST_F(KafkaFault, ABrokerKilledUnderLoadLosesAndRepeatsNothing) {
  const std::string topic = NewTopic();
  constexpr uint64_t kCount = 20'000;
  std::atomic<uint64_t> acked = 0;
  std::vector<int64_t> offsets(kCount, -1);
  std::thread writer([&] {
    auto producer = *bus_->NewProducer();
    uint64_t sent = 0;
    std::vector<Ack> acks;
    Until([&] {
      while (sent < kCount && producer->Send({topic, 0, "k", std::to_string(sent), {}}, sent).ok()) ++sent;
      producer->Poll(absl::Milliseconds(20), acks).IgnoreError();
      for (const Ack& ack : acks) offsets[ack.token] = ack.status.ok() ? ack.offset : -2;
      acked += acks.size();
      acks.clear();
      return acked == kCount;
    });
  });
  Reader reader;
  Subscribe(reader, topic);
  EXPECT_TRUE(Until([&] { return acked > 1000 && (reader.Step(), reader.Count() > 1000); }));
  EXPECT_TRUE(broker_.Kill().ok());
  EXPECT_TRUE(broker_.Up().ok());
  EXPECT_TRUE(Until([&] {
    // Unavailable passes; the consumer stays the same.
    EXPECT_TRUE(reader.Step() || absl::IsUnavailable(reader.status)) << reader.status;
    return reader.Count() >= kCount;
  })) << reader.Count();
  writer.join();
  const auto& values = reader.values[{topic, 0}];
  ASSERT_EQ(values.size(), kCount);
  for (uint64_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(values[i], std::to_string(i));
    ASSERT_EQ(offsets[i], static_cast<int64_t>(i));
  }
}

TEST_F(KafkaFault, ALostTailIsDataLossForAReaderPastIt) {
  const std::string topic = NewTopic();
  Fill(topic, 3);
  const auto bytes = broker_.LogBytes({topic, 0});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  Fill(topic, 2);
  Reader reader;
  Subscribe(reader, topic);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 5; }));
  ASSERT_TRUE(broker_.Stop().ok());
  ASSERT_TRUE(broker_.CutLog({topic, 0}, *bytes).ok());
  ASSERT_TRUE(broker_.Up().ok());
  auto ends = bus_->Tails({{{topic, 0}}}, "a");
  ASSERT_TRUE(ends.ok()) << ends.status();
  EXPECT_EQ((*ends)[0].end_offset, 3);
  EXPECT_EQ((*ends)[0].tail->offset, 2);
  ASSERT_TRUE(Until([&] { return !reader.Step() && !absl::IsUnavailable(reader.status); }));
  EXPECT_TRUE(absl::IsDataLoss(reader.status)) << reader.status;
  EXPECT_THAT(std::string(reader.status.message()), HasSubstr("expected offset 5, got 3"));
}

TEST_F(KafkaFault, RetentionStopsOurTopicsAndIsCountedOnProvincialOnes) {
  const std::string ours = NewTopic();
  const std::string provincial = NewProvincialTopic();
  for (const std::string& topic : {ours, provincial}) {
    Fill(topic, 5);
    DeleteBefore(topic, 3);
  }
  Reader reader;
  reader.listener.starts[{ours, 0}] = 1;
  Subscribe(reader, ours);
  ASSERT_TRUE(Until([&] { return !reader.Step(); }));
  EXPECT_TRUE(absl::IsDataLoss(reader.status)) << reader.status;
  EXPECT_THAT(std::string(reader.status.message()), HasSubstr("expected offset 1, got 3"));

  Reader other;
  other.listener.starts[{provincial, 0}] = 1;
  Subscribe(other, provincial);
  ASSERT_TRUE(Until([&] { return other.Step() && other.Count() == 2; })) << other.status;
  EXPECT_EQ((other.offsets[{provincial, 0}]), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(gaps_, (std::vector<std::pair<int64_t, int64_t>>{{1, 3}}));
  EXPECT_EQ(other.listener.assignments, 1);
}

TEST_F(KafkaFault, APublishersTransactionsStopOurTopicsAndAreCountedOnProvincialOnes) {
  const std::string ours = NewTopic();
  const std::string provincial = NewProvincialTopic();
  for (const std::string& topic : {ours, provincial}) {
    FillInTransaction(topic, 2);
    Fill(topic, 1);
  }
  Reader reader;
  Subscribe(reader, ours);
  ASSERT_TRUE(Until([&] { return !reader.Step(); }));
  EXPECT_TRUE(absl::IsDataLoss(reader.status)) << reader.status;
  EXPECT_EQ(reader.Count(), 2u);

  Reader other;
  Subscribe(other, provincial);
  ASSERT_TRUE(Until([&] { return other.Step() && other.Count() == 3; })) << other.status;
  EXPECT_EQ((other.offsets[{provincial, 0}]), (std::vector<int64_t>{0, 1, 3}));
  EXPECT_EQ(gaps_, (std::vector<std::pair<int64_t, int64_t>>{{2, 3}}));
  // A window that ends in a marker must end too.
  FillInTransaction(provincial, 1);
  auto ends = bus_->Tails({{{provincial, 0}}}, "a");
  ASSERT_TRUE(ends.ok()) << ends.status();
  EXPECT_EQ((*ends)[0].end_offset, 6);
  EXPECT_EQ((*ends)[0].tail->offset, 3);
}

TEST_F(KafkaFault, ASilentConsumerLosesItsPartitionsAndRejoins) {
  std::atomic<bool> warned = false;
  options_.session_timeout_ms = 1000;
  options_.max_poll_interval_ms = 1000;
  options_.log = [&](LogLevel, std::string_view text) {
    if (text.find("MAXPOLL") != std::string_view::npos) warned = true;
  };
  Open();
  const std::string topic = NewTopic();
  Fill(topic, 3);
  Reader reader;
  Subscribe(reader, topic);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 3; }));
  ASSERT_TRUE(Until([&] { return warned.load(); }));
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.listener.lost == 1; })) << reader.status;
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.listener.assignments == 2; })) << reader.status;
  Fill(topic, 1);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() >= 4; }));
  EXPECT_EQ((reader.offsets[{topic, 0}]), (std::vector<int64_t>{0, 1, 2, 3}));
  reader.consumer.reset();  // before `warned` goes
}

TEST_F(KafkaFault, ProgressIsWhatLagToolsRead) {
  const std::string topic = NewTopic();
  Fill(topic, 3);
  const std::string group = Unique("g");
  Reader reader;
  reader.consumer = *bus_->Subscribe(group, {topic}, &reader.listener);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.Count() == 3; }));
  const Start progress[] = {{{topic, 0}, 3}};
  reader.consumer->ReportProgress(progress);
  RdKafka client(broker_.bootstrap());
  EXPECT_TRUE(Until([&] {
    reader.Step();
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0);
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", broker_.bootstrap().c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "group.id", group.c_str(), nullptr, 0);
    rd_kafka_t* asker = rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0);
    rd_kafka_committed(asker, list, 5000);
    const bool found = list->elems[0].offset == 3;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(asker);
    return found;
  }));
  // Never read back: a new consumer begins where its listener says.
  Reader again;
  again.consumer = *bus_->Subscribe(group, {topic}, &again.listener);
  reader.consumer.reset();
  ASSERT_TRUE(Until([&] { return again.Step() && again.Count() == 3; }));
}

TEST_F(KafkaFault, TailsOfAllPartitionsAtAStartAreQuick) {
  std::vector<int> provinces;
  for (int p = 11; p < 11 + 38; ++p) provinces.push_back(p);
  std::vector<TopicPartition> partitions;
  std::vector<TopicSpec> specs = AllTopics(provinces);
  for (TopicSpec& spec : specs) {
    spec.name += "7";  // a version that no other test has
    for (int32_t p = 0; p < spec.partitions; ++p) partitions.push_back({spec.name, p});
  }
  ASSERT_TRUE(bus_->CreateTopics(specs).ok());
  auto producer = *bus_->NewProducer();
  std::vector<OutRecord> records;
  for (const TopicPartition& p : partitions) {
    OutRecord& r = records.emplace_back(OutRecord{p.topic, p.partition, "k", "v", {}});
    r.headers.source = "registry";
    r.headers.sequence = 1;
  }
  SendAll(*producer, records);
  const absl::Time began = absl::Now();
  auto ends = bus_->Tails(partitions, "registry");
  const absl::Duration took = absl::Now() - began;
  ASSERT_TRUE(ends.ok()) << ends.status();
  ASSERT_EQ(ends->size(), partitions.size());
  for (const PartitionEnd& end : *ends) EXPECT_TRUE(end.tail && end.tail->sequence == 1 && end.end_offset == 1);
  std::cout << partitions.size() << " tails in " << took << "\n";
  EXPECT_LT(took, absl::Seconds(2));
}

TEST_F(KafkaFault, RecordsAreCompressed) {
  const std::string topic = NewTopic();
  auto producer = *bus_->NewProducer();
  const std::string value(1000, 'x');
  SendAll(*producer, std::vector<OutRecord>(1000, OutRecord{topic, 0, "k", value, {}}));
  auto bytes = broker_.LogBytes({topic, 0});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_LT(*bytes, 300'000);
}

TEST_F(KafkaFault, EveryCallHasABoundWhileTheBrokerHangs) {
  const std::string topic = NewTopic();
  options_.request_timeout_ms = 300;
  options_.close_timeout_ms = 300;
  Open();
  Reader reader;
  Subscribe(reader, topic);
  ASSERT_TRUE(Until([&] { return reader.Step() && reader.listener.held.size() == 1; }));
  auto producer = *bus_->NewProducer();
  ASSERT_TRUE(broker_.Pause().ok());
  const absl::Time began = absl::Now();
  EXPECT_TRUE(producer->Send({topic, 0, "k", "v", {}}, 1).ok());
  std::vector<Ack> acks;
  EXPECT_TRUE(producer->Poll(absl::Milliseconds(100), acks).ok());
  EXPECT_TRUE(acks.empty());
  EXPECT_TRUE(reader.Step(absl::Milliseconds(100)));
  const absl::Status tails = bus_->Tails({{{topic, 0}}}, "a").status();
  EXPECT_TRUE(absl::IsUnavailable(tails)) << tails;
  const absl::Status check = bus_->CheckTopics({{TopicSpec{topic, 1}}});
  EXPECT_TRUE(absl::IsUnavailable(check)) << check;
  producer.reset();
  reader.consumer.reset();
  EXPECT_TRUE(reader.listener.held.empty());
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
  ASSERT_TRUE(broker_.Resume().ok());
}

TEST(KafkaAbsent, EveryCallSaysSoAndTheSameObjectsWorkLater) {
  KafkaOptions options;
  options.brokers = "127.0.0.1:1";  // nobody listens there
  options.request_timeout_ms = 200;
  options.close_timeout_ms = 1000;
  auto bus = OpenKafka(options);
  ASSERT_TRUE(bus.ok()) << bus.status();
  for (const absl::Status& status : {(*bus)->CreateTopics({{TopicSpec{"t", 1}}}), (*bus)->CheckTopics({{TopicSpec{"t", 1}}}),
                                     (*bus)->Tails({{{"t", 0}}}, "a").status()}) {
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("127.0.0.1:1"));
  }
  Reader reader;
  reader.consumer = *(*bus)->Subscribe("g", {"t"}, &reader.listener);
  EXPECT_TRUE(Until([&] { return !reader.Step(); }));
  EXPECT_TRUE(absl::IsUnavailable(reader.status)) << reader.status;
  auto producer = *(*bus)->NewProducer();
  EXPECT_TRUE(producer->Send({"t", 0, "k", "v", {}}, 1).ok());
  std::vector<Ack> acks;
  absl::Status status;
  EXPECT_TRUE(Until([&] { return !(status = producer->Poll(absl::Milliseconds(50), acks)).ok(); }));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST(KafkaOptions, WhatIsWrongIsNamed) {
  EXPECT_TRUE(absl::IsInvalidArgument(OpenKafka({}).status()));
  KafkaOptions options;
  options.brokers = "127.0.0.1:1";
  options.properties["no.such.property"] = "1";
  const absl::Status status = OpenKafka(options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no.such.property"));
}

}  // namespace
}  // namespace berdaya::bus
