#include "tools/simulation/kafka.h"

#include <charconv>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace berdaya::simulation {
namespace {

std::string Topic(int province, const char* kind) { return absl::StrFormat("province.%02d.%s.v1", province, kind); }

absl::Status Set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof(error)) == RD_KAFKA_CONF_OK) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("librdkafka: ", error));
}

absl::StatusOr<rd_kafka_conf_t*> Configure(const std::string& brokers,
                                           const std::vector<std::pair<const char*, std::string>>& more) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::vector<std::pair<const char*, std::string>> all = {
      {"bootstrap.servers", brokers},      {"client.id", "berdaya-demo"},         {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"}, {"allow.auto.create.topics", "false"}, {"log.connection.close", "false"}};
  all.insert(all.end(), more.begin(), more.end());
  for (const auto& [name, value] : all) {
    if (absl::Status status = Set(conf, name, value); !status.ok()) {
      rd_kafka_conf_destroy(conf);
      return status;
    }
  }
  return conf;
}

absl::Status ErrorFrom(rd_kafka_resp_err_t error, const std::string& doing) {
  return absl::UnavailableError(absl::StrCat(doing, ": ", rd_kafka_err2str(error)));
}

int64_t NumberOf(std::string_view text) {
  int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view Text(const void* data, size_t size) { return {static_cast<const char*>(data), size}; }

}  // namespace

std::string ReportsTopic(int province) { return Topic(province, "reports"); }
std::string RepliesTopic(int province) { return Topic(province, "replies"); }
std::string NoticesTopic(int province) { return Topic(province, "notices"); }

// --- Producer ---

absl::StatusOr<std::unique_ptr<Producer>> Producer::Connect(const std::string& brokers, OnDelivered on_delivered) {
  absl::StatusOr<rd_kafka_conf_t*> conf = Configure(brokers, {{"enable.idempotence", "true"},
                                                              {"acks", "all"},
                                                              {"compression.type", "lz4"},
                                                              {"linger.ms", "5"},
                                                              {"batch.num.messages", "20000"},
                                                              {"queue.buffering.max.messages", "100000"},
                                                              {"queue.buffering.max.kbytes", "65536"},
                                                              {"message.timeout.ms", "120000"}});
  if (!conf.ok()) return conf.status();
  std::unique_ptr<Producer> producer(new Producer);
  producer->on_delivered_ = std::move(on_delivered);
  rd_kafka_conf_set_opaque(*conf, producer.get());
  rd_kafka_conf_set_dr_msg_cb(*conf, &Producer::Delivered);
  char error[512];
  producer->client_ = rd_kafka_new(RD_KAFKA_PRODUCER, *conf, error, sizeof(error));
  if (producer->client_ == nullptr) return absl::InternalError(error);
  return producer;
}

Producer::~Producer() {
  for (auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  if (client_ != nullptr) rd_kafka_destroy(client_);
}

void Producer::Delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  const int64_t offset = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? message->offset : -1;
  static_cast<Producer*>(self)->on_delivered_(reinterpret_cast<uintptr_t>(message->_private), offset);
}

absl::Status Producer::Send(const Event& event, uint64_t tag) {
  auto topic = topics_.find(event.topic);
  if (topic == topics_.end()) {
    const std::string name(event.topic);
    topic = topics_.emplace(name, rd_kafka_topic_new(client_, name.c_str(), nullptr)).first;
  }
  while (true) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(5);
    auto add = [&](std::string_view name, std::string_view value) {
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    };
    add("ce_specversion", "1.0");
    add("ce_id", event.id);
    add("ce_source", event.source);
    add("ce_type", event.type);
    add("content-type", "application/protobuf");
    const rd_kafka_resp_err_t error =
        rd_kafka_producev(client_, RD_KAFKA_V_RKT(topic->second), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_KEY(event.key.data(), event.key.size()),
                          RD_KAFKA_V_VALUE(const_cast<char*>(event.value.data()), event.value.size()), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(static_cast<uintptr_t>(tag))), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
    rd_kafka_headers_destroy(headers);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return ErrorFrom(error, absl::StrCat("publishing to ", topic->first));
    rd_kafka_poll(client_, 50);
  }
}

absl::Status Producer::Flush(int timeout_ms) {
  const rd_kafka_resp_err_t error = rd_kafka_flush(client_, timeout_ms);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? absl::OkStatus() : ErrorFrom(error, "waiting for the broker to take the records");
}

// --- Reader ---

namespace {

absl::StatusOr<rd_kafka_t*> NewConsumer(const std::string& brokers) {
  absl::StatusOr<rd_kafka_conf_t*> conf = Configure(brokers, {{"group.id", "berdaya-demo"},  // needed by librdkafka, never joined
                                                              {"enable.auto.commit", "false"},
                                                              {"enable.auto.offset.store", "false"},
                                                              {"auto.offset.reset", "error"},
                                                              {"queued.min.messages", "1000000"},
                                                              {"queued.max.messages.kbytes", "65536"},
                                                              {"fetch.message.max.bytes", "8388608"}});
  if (!conf.ok()) return conf.status();
  char error[512];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, *conf, error, sizeof(error));
  if (client == nullptr) return absl::InternalError(error);
  return client;
}

}  // namespace

absl::StatusOr<Ends> EndsOf(const std::string& brokers, const std::vector<Source>& sources) {
  absl::StatusOr<rd_kafka_t*> client = NewConsumer(brokers);
  if (!client.ok()) return client.status();
  Ends ends;
  absl::Status status;
  for (size_t i = 0; i < sources.size() && status.ok(); ++i) {
    for (int32_t p = 0; p < sources[i].partitions && status.ok(); ++p) {
      int64_t low = 0;
      int64_t high = 0;
      const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(*client, sources[i].topic.c_str(), p, &low, &high, 10'000);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) status = ErrorFrom(error, absl::StrCat("asking where ", sources[i].topic, " ends"));
      ends[{static_cast<int>(i), p}] = high;
    }
  }
  rd_kafka_destroy(*client);
  if (!status.ok()) return status;
  return ends;
}

absl::StatusOr<std::unique_ptr<Reader>> Reader::Connect(const std::string& brokers, const std::vector<Source>& sources) {
  absl::StatusOr<rd_kafka_t*> client = NewConsumer(brokers);
  if (!client.ok()) return client.status();
  std::unique_ptr<Reader> reader(new Reader);
  reader->client_ = *client;
  rd_kafka_poll_set_consumer(reader->client_);
  reader->sources_ = sources;
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(64);
  for (size_t i = 0; i < sources.size(); ++i) {
    reader->index_[sources[i].topic] = static_cast<int>(i);
    for (int32_t p = 0; p < sources[i].partitions; ++p) {
      rd_kafka_topic_partition_list_add(list, sources[i].topic.c_str(), p)->offset = 0;
      reader->next_[{static_cast<int>(i), p}] = 0;
    }
  }
  const rd_kafka_resp_err_t result = rd_kafka_assign(reader->client_, list);
  rd_kafka_topic_partition_list_destroy(list);
  if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorFrom(result, "reading");
  return reader;
}

Reader::~Reader() {
  if (client_ == nullptr) return;
  rd_kafka_consumer_close(client_);
  rd_kafka_destroy(client_);
}

bool Reader::Fresh(const rd_kafka_message_t& message, Arrived& arrived, absl::Status& status) {
  std::string_view source;
  int64_t epoch = -1;
  int64_t sequence = -1;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      const std::string_view header = name;
      if (header == "ce_type") arrived.type = Text(value, size);
      if (header == "ce_source") source = Text(value, size);
      if (header == "ce_epoch") epoch = NumberOf(Text(value, size));
      if (header == "ce_sequence") sequence = NumberOf(Text(value, size));
    }
  }
  if (sequence < 1 || source.empty()) {
    status = absl::DataLossError(absl::StrCat("a record of ", sources_[arrived.topic].topic,
                                              " without ce_source or ce_sequence at offset ", arrived.offset));
    return false;
  }
  Mark& mark = marks_[{arrived.topic, arrived.partition, std::string(source)}];
  if (epoch < mark.epoch || (epoch == mark.epoch && sequence <= mark.sequence)) return false;
  const int64_t expected = epoch > mark.epoch ? 1 : mark.sequence + 1;
  if (sequence != expected) {
    status = absl::DataLossError(absl::StrCat("records are missing in ", sources_[arrived.topic].topic, " before offset ",
                                              arrived.offset, ": sequence ", sequence, " instead of ", expected));
  }
  mark = {epoch, sequence};
  return status.ok();
}

absl::StatusOr<int> Reader::Poll(int wait_ms, int most, const std::function<void(const Arrived&)>& visit) {
  int count = 0;
  while (count < most) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, count == 0 ? wait_ms : 0);
    if (message == nullptr) break;
    absl::Status status;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      // A broker that is being started again is no news here: the waits have their own bounds.
      const bool final = message->err == RD_KAFKA_RESP_ERR__FATAL || message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
                         message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
      if (final) status = absl::DataLossError(absl::StrCat("reading: ", rd_kafka_message_errstr(message)));
    } else {
      Arrived arrived;
      auto [handle, fresh] = by_handle_.try_emplace(message->rkt, 0);
      if (fresh) handle->second = index_.find(std::string_view(rd_kafka_topic_name(message->rkt)))->second;
      arrived.topic = handle->second;
      arrived.partition = message->partition;
      arrived.offset = message->offset;
      arrived.value = Text(message->payload, message->len);
      next_[{arrived.topic, arrived.partition}] = message->offset + 1;
      if (Fresh(*message, arrived, status)) visit(arrived);
      ++count;
    }
    rd_kafka_message_destroy(message);
    if (!status.ok()) return status;
  }
  return count;
}

absl::Status Reader::ReadTo(const Ends& ends, int timeout_ms, const std::function<void(const Arrived&)>& visit) {
  auto arrived_everywhere = [&] {
    for (const auto& [partition, end] : ends) {
      if (next_[partition] < end) return false;
    }
    return true;
  };
  absl::Time deadline = absl::Now() + absl::Milliseconds(timeout_ms);
  while (!arrived_everywhere()) {
    absl::StatusOr<int> count = Poll(100, 10'000, visit);
    if (!count.ok()) return count.status();
    if (*count > 0) deadline = absl::Now() + absl::Milliseconds(timeout_ms);
    if (absl::Now() > deadline) return absl::DeadlineExceededError("the broker stopped sending");
  }
  return absl::OkStatus();
}

}  // namespace berdaya::simulation
