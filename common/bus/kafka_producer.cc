#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bus/cloud_events.h"
#include "common/bus/kafka_client.h"
#include "common/bus/text.h"

namespace berdaya::bus {
namespace {

// Collects the acknowledgements, on the polling thread.
class ProducerHooks : public Hooks {
 public:
  using Hooks::Hooks;

  void Register(rd_kafka_conf_t* conf) override { rd_kafka_conf_set_dr_msg_cb(conf, &OnDelivery); }

  std::vector<Ack> acks;

 private:
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<ProducerHooks*>(static_cast<Hooks*>(opaque));
    Ack& ack = self.acks.emplace_back();
    ack.token = reinterpret_cast<uint64_t>(message->_private);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ack.offset = message->offset;
    } else {
      const char* topic = message->rkt != nullptr ? rd_kafka_topic_name(message->rkt) : "?";
      ack.status = StatusOf(message->err, absl::StrCat(topic, " partition ", message->partition));
    }
  }
};

struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, TopicDeleter>;

struct HeadersDeleter {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, HeadersDeleter>;

Headers HeadersOf(const EventHeaders& headers) {
  constexpr size_t kUsual = 10;
  Headers out(rd_kafka_headers_new(kUsual));
  ForEachHeader(headers, [&](std::string_view name, std::string_view value) {
    rd_kafka_header_add(out.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  });
  return out;
}

// librdkafka gives up what is in flight about a second after a fatal error.
constexpr absl::Duration kFatalDrain = absl::Seconds(2);

class KafkaProducer : public Producer {
 public:
  KafkaProducer(const KafkaOptions& options, std::shared_ptr<Client> client, ProducerHooks* hooks)
      : brokers_(options.brokers), client_(std::move(client)), rk_(client_->get()), hooks_(hooks) {}

  ~KafkaProducer() override {
    topics_.clear();
    rd_kafka_purge(rk_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  }

  absl::Status Send(const OutRecord& record, uint64_t token) override {
    if (!hooks_->fatal.ok()) return hooks_->fatal;
    if (record.partition < 0) return absl::InvalidArgumentError(absl::StrCat(Text(record.topic), ": partition must be 0 or more"));
    auto topic = TopicOf(record.topic);
    if (!topic.ok()) return topic.status();
    Headers headers = HeadersOf(record.headers);
    const auto error = Produce(*topic, record, headers.get(), token);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      headers.release();  // now the message's
      ++in_flight_;
      return absl::OkStatus();
    }
    if (error == RD_KAFKA_RESP_ERR__FATAL) return Fatal();
    return StatusOf(error, absl::StrCat(Text(record.topic), " partition ", record.partition, ", record of ",
                                        record.key.size() + record.value.size(), " bytes"));
  }

  absl::Status Poll(absl::Duration wait, std::vector<Ack>& acks) override {
    const absl::Time deadline = absl::Now() + std::min(wait, absl::Hours(24));
    rd_kafka_poll(rk_, 0);
    while (hooks_->acks.empty() && hooks_->fatal.ok() && !hooks_->unreachable && PollOnce(deadline)) continue;
    if (!hooks_->fatal.ok()) {
      // The error may come before the acknowledgement of the record that caused it; the caller must learn which one it was.
      const absl::Time bound = absl::Now() + kFatalDrain;
      while (static_cast<int64_t>(hooks_->acks.size()) < in_flight_ && PollOnce(bound)) continue;
    }
    const bool unreachable = std::exchange(hooks_->unreachable, false);
    const bool any = !hooks_->acks.empty();
    in_flight_ -= static_cast<int64_t>(hooks_->acks.size());
    acks.insert(acks.end(), std::make_move_iterator(hooks_->acks.begin()), std::make_move_iterator(hooks_->acks.end()));
    hooks_->acks.clear();
    if (!hooks_->fatal.ok()) return hooks_->fatal;
    if (unreachable && !any) return absl::UnavailableError(absl::StrCat("no Kafka broker of ", brokers_, " can be reached"));
    return absl::OkStatus();
  }

  int64_t InFlight() const override { return in_flight_; }

 private:
  // False if there is no time left.
  bool PollOnce(absl::Time deadline) {
    const int64_t left_ms = absl::ToInt64Milliseconds(absl::Ceil(deadline - absl::Now(), absl::Milliseconds(1)));
    if (left_ms <= 0) return false;
    rd_kafka_poll(rk_, static_cast<int>(left_ms));
    return true;
  }

  absl::StatusOr<rd_kafka_topic_t*> TopicOf(std::string_view name) {
    if (auto it = topics_.find(Text(name)); it != topics_.end()) return it->second.get();
    TopicHandle handle(rd_kafka_topic_new(rk_, std::string(name).c_str(), nullptr));
    if (handle == nullptr) return StatusOf(rd_kafka_last_error(), absl::StrCat("topic '", Text(name), "'"));
    return topics_.emplace(std::string(name), std::move(handle)).first->second.get();
  }

  // Copies key and value; takes the headers over only if there is no error.
  rd_kafka_resp_err_t Produce(rd_kafka_topic_t* topic, const OutRecord& record, rd_kafka_headers_t* headers, uint64_t token) {
    std::array<rd_kafka_vu_t, 7> parts = {};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic;
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = record.partition;
    parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[2].u.i = RD_KAFKA_MSG_F_COPY;
    parts[3].vtype = RD_KAFKA_VTYPE_KEY;
    parts[3].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
    parts[4].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[4].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
    parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[5].u.headers = headers;
    parts[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[6].u.ptr = reinterpret_cast<void*>(token);
    rd_kafka_error_t* error = rd_kafka_produceva(rk_, parts.data(), parts.size());
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
  }

  // The error may reach Send before its callback has been polled.
  absl::Status Fatal() {
    if (hooks_->fatal.ok()) {
      char text[512];
      rd_kafka_fatal_error(rk_, text, sizeof(text));
      hooks_->fatal = absl::AbortedError(absl::StrCat("kafka: fatal: ", text));
    }
    return hooks_->fatal;
  }

  const std::string brokers_;
  const std::shared_ptr<Client> client_;
  rd_kafka_t* const rk_;
  ProducerHooks* const hooks_;  // the client's
  absl::flat_hash_map<std::string, TopicHandle> topics_;
  int64_t in_flight_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Producer>> NewKafkaProducer(const KafkaOptions& options) {
  const Settings settings = {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // A record that can't be written stops those behind it: a hole would look like a loss to every consumer.
      {"enable.gapless.guarantee", "true"},
      {"message.timeout.ms", "0"},
      {"compression.codec", "lz4"},
      {"linger.ms", absl::StrCat(options.linger_ms)},
      {"queue.buffering.max.messages", absl::StrCat(options.queue_max_records)},
      {"queue.buffering.max.kbytes", absl::StrCat(options.queue_max_kib)},
      {"partitioner", "murmur2_random"},
      // How long a topic may be unknown before its records fail.
      {"topic.metadata.propagation.max.ms", "5000"},
  };
  auto hooks = std::make_unique<ProducerHooks>(options.log);
  ProducerHooks* const raw_hooks = hooks.get();
  auto client = Client::New(RD_KAFKA_PRODUCER, options, settings, std::move(hooks));
  if (!client.ok()) return client.status();
  return std::make_unique<KafkaProducer>(options, *std::move(client), raw_hooks);
}

}  // namespace berdaya::bus
