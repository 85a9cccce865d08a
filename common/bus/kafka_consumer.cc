#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bus/kafka_client.h"
#include "common/bus/text.h"
#include "common/bus/topics.h"

namespace berdaya::bus {
namespace {

// A partition that was ever assigned. Records point at `name`, so it stays for the life of the instance.
struct Partition {
  TopicPartition name;
  bool provincial = false;
  bool assigned = false;
  int64_t next = 0;  // the offset to come
};

// Keeps the messages that its records point into, and through `client` what those belong to.
class KafkaBatch : public Batch {
 public:
  explicit KafkaBatch(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  ~KafkaBatch() override { Clear(); }

  absl::Span<const Record> records() const override { return records_; }
  int64_t bytes() const override { return bytes_; }

  void Reserve(size_t records) {
    records_.reserve(records);
    messages_.reserve(records);
  }

  void Add(rd_kafka_message_t* message, const TopicPartition* from) {
    Record& record = records_.emplace_back();
    record.from = from;
    record.offset = message->offset;
    record.timestamp_ms = rd_kafka_message_timestamp(message, nullptr);
    record.key = {static_cast<const char*>(message->key), message->key_len};
    record.value = {static_cast<const char*>(message->payload), message->len};
    bytes_ += static_cast<int64_t>(message->key_len + message->len) + ParseHeaders(message, record.headers);
    messages_.push_back(message);
  }

  void Clear() {
    records_.clear();
    for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
    messages_.clear();
    bytes_ = 0;
  }

 private:
  std::shared_ptr<Client> client_;
  std::vector<Record> records_;
  std::vector<rd_kafka_message_t*> messages_;
  int64_t bytes_ = 0;
};

// The assignment, and the callback that changes it.
class ConsumerHooks : public Hooks {
 public:
  ConsumerHooks(const KafkaOptions& options, AssignmentListener* listener) : Hooks(options.log), listener_(listener) {}

  void Register(rd_kafka_conf_t* conf) override { rd_kafka_conf_set_rebalance_cb(conf, &OnRebalance); }

  // The partition of a message, or nullptr if it is not ours (any more).
  Partition* Find(const rd_kafka_message_t* message) {
    if (message->rkt == last_topic_ && message->partition == last_partition_) return last_;
    if (message->rkt == nullptr) return nullptr;
    auto it = partitions_.find({rd_kafka_topic_name(message->rkt), message->partition});
    if (it == partitions_.end() || !it->second->assigned) return nullptr;
    last_topic_ = message->rkt;
    last_partition_ = message->partition;
    last_ = it->second.get();
    return last_;
  }

  // Assigns what we have again, each partition from its next offset. Needed because seek must not be used.
  absl::Status AssignAgain(rd_kafka_t* rk) {
    PartitionList list = NewList(partitions_.size());
    for (const auto& [name, partition] : partitions_) {
      if (!partition->assigned) continue;
      rd_kafka_topic_partition_list_add(list.get(), name.topic.c_str(), name.partition)->offset = partition->next;
    }
    last_topic_ = nullptr;
    return StatusOf(rd_kafka_assign(rk, list.get()), "assign");
  }

  // Tells the listener that nothing is ours any more, and that it hears no more.
  void Detach() {
    Revoke(/*lost=*/false);
    listener_ = nullptr;
  }

  int64_t Lag(rd_kafka_t* rk) const {
    if (!ever_assigned_) return -1;
    int64_t lag = 0;
    for (const auto& [name, partition] : partitions_) {
      if (!partition->assigned) continue;
      // What the last fetch said about the end of the log; asks nobody.
      int64_t low = -1;
      int64_t high = -1;
      rd_kafka_get_watermark_offsets(rk, name.topic.c_str(), name.partition, &low, &high);
      if (high < 0) return -1;
      lag += std::max<int64_t>(0, high - partition->next);
    }
    return lag;
  }

  KafkaBatch* batch = nullptr;  // being filled by Poll
  absl::Status refused;         // the listener's error

 private:
  static void OnRebalance(rd_kafka_t* rk, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list, void* opaque) {
    auto& self = *static_cast<ConsumerHooks*>(static_cast<Hooks*>(opaque));
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && self.listener_ != nullptr && self.refused.ok()) {
      self.refused = self.Assign(rk, list);
      if (self.refused.ok()) return;
    } else {
      self.Revoke(rd_kafka_assignment_lost(rk) != 0);
    }
    rd_kafka_assign(rk, nullptr);
    // Lets Poll return at once, so that the caller hears about it.
    rd_kafka_yield(rk);
  }

  absl::Status Assign(rd_kafka_t* rk, rd_kafka_topic_partition_list_t* list) {
    std::vector<TopicPartition> names;
    for (int i = 0; i < list->cnt; ++i) names.push_back({list->elems[i].topic, list->elems[i].partition});
    auto starts = listener_->OnAssigned(names);
    if (!starts.ok()) return starts.status();
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
    for (const Start& start : *starts) {
      auto* element = rd_kafka_topic_partition_list_find(list, start.partition.topic.c_str(), start.partition.partition);
      if (element == nullptr || start.offset < 0) {
        return absl::InternalError(absl::StrCat("start of ", start.partition.topic, " partition ", start.partition.partition,
                                                " at offset ", start.offset, ": not assigned, or no offset"));
      }
      element->offset = start.offset;
    }
    for (int i = 0; i < list->cnt; ++i) {
      if (list->elems[i].offset == RD_KAFKA_OFFSET_INVALID) {
        return absl::InternalError(absl::StrCat("no start given for ", names[i].topic, " partition ", names[i].partition));
      }
    }
    for (int i = 0; i < list->cnt; ++i) Take(names[i], list->elems[i].offset);
    last_topic_ = nullptr;
    ever_assigned_ = true;
    return StatusOf(rd_kafka_assign(rk, list), "assign");
  }

  void Take(const TopicPartition& name, int64_t offset) {
    std::unique_ptr<Partition>& partition = partitions_[name];
    if (partition == nullptr) {
      partition = std::make_unique<Partition>();
      partition->name = name;
      partition->provincial = ProvinceOfTopic(name.topic) != 0;
    }
    partition->assigned = true;
    partition->next = offset;
  }

  void Revoke(bool lost) {
    std::vector<TopicPartition> names;
    for (const auto& [name, partition] : partitions_) {
      if (partition->assigned) names.push_back(name);
      partition->assigned = false;
    }
    last_topic_ = nullptr;
    // Eager: everything goes, so nothing received in this Poll is ours either.
    if (batch != nullptr) batch->Clear();
    std::sort(names.begin(), names.end());
    if (listener_ != nullptr && !names.empty()) listener_->OnRevoked(names, lost);
  }

  AssignmentListener* listener_;
  absl::flat_hash_map<TopicPartition, std::unique_ptr<Partition>> partitions_;
  bool ever_assigned_ = false;
  // Messages come in runs of one partition. The topic handle is good as an identity as long as the assignment.
  const rd_kafka_topic_t* last_topic_ = nullptr;
  int32_t last_partition_ = -1;
  Partition* last_ = nullptr;
};

int MillisOf(absl::Duration wait) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(wait), 0, 24 * 60 * 60 * 1000));
}

class KafkaConsumer : public Consumer {
 public:
  KafkaConsumer(const KafkaOptions& options, std::shared_ptr<Client> client, ConsumerHooks* hooks)
      : options_(options), client_(std::move(client)), rk_(client_->get()), hooks_(hooks) {}
  ~KafkaConsumer() override { Close(); }

  absl::StatusOr<std::unique_ptr<Batch>> Poll(absl::Duration wait, const BatchLimits& limits) override {
    if (!stopped_.ok()) return stopped_;
    WarnIfLate();
    auto batch = std::make_unique<KafkaBatch>(client_);
    batch->Reserve(last_records_);
    hooks_->batch = batch.get();
    absl::Status status = Fill(MillisOf(wait), limits, *batch);
    hooks_->batch = nullptr;
    polled_at_ = absl::Now();
    last_records_ = batch->records().size();
    if (status.ok() || absl::IsUnavailable(status)) {
      // What was received counts more than a passing trouble.
      if (status.ok() || last_records_ > 0) return batch;
      return status;
    }
    stopped_ = status;
    if (!hooks_->refused.ok()) Close();
    // Records from before the fault are good; the next call returns it.
    if (last_records_ > 0) return batch;
    return status;
  }

  void ReportProgress(absl::Span<const Start> next) override {
    if (next.empty() || closed_) return;
    PartitionList list = NewList(next.size());
    for (const Start& start : next) {
      rd_kafka_topic_partition_list_add(list.get(), start.partition.topic.c_str(), start.partition.partition)->offset =
          start.offset;
    }
    rd_kafka_commit(rk_, list.get(), /*async=*/1);
  }

  int64_t Lag() const override { return hooks_->Lag(rk_); }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    if (stopped_.ok()) stopped_ = absl::AbortedError("the consumer is closed");
    hooks_->Detach();
    client_->CloseConsumer();
  }

 private:
  absl::Status Fill(int wait_ms, const BatchLimits& limits, KafkaBatch& batch) {
    // What was fetched after the broker was away waits until the caller has heard of it: the log may be another one now.
    while (!hooks_->unreachable && static_cast<int64_t>(batch.records().size()) < limits.max_records &&
           batch.bytes() < limits.max_bytes) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(rk_, batch.records().empty() ? wait_ms : 0);
      if (!hooks_->refused.ok()) {
        if (message != nullptr) rd_kafka_message_destroy(message);
        return hooks_->refused;
      }
      if (!hooks_->fatal.ok()) {
        if (message != nullptr) rd_kafka_message_destroy(message);
        return hooks_->fatal;
      }
      if (message == nullptr) break;
      if (absl::Status status = Take(message, batch); !status.ok()) return status;
    }
    if (!batch.records().empty() || !std::exchange(hooks_->unreachable, false)) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("no Kafka broker of ", options_.brokers, " can be reached"));
  }

  // Owns `message`.
  absl::Status Take(rd_kafka_message_t* message, KafkaBatch& batch) {
    Partition* partition = hooks_->Find(message);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      absl::Status status = TakeError(message, partition);
      rd_kafka_message_destroy(message);
      return status;
    }
    if (partition == nullptr || message->offset < partition->next) {
      // Left over from an earlier assignment, or delivered again by the client.
      rd_kafka_message_destroy(message);
      return absl::OkStatus();
    }
    if (message->offset > partition->next) {
      if (!partition->provincial) {
        absl::Status status = Loss(*partition, message->offset);
        rd_kafka_message_destroy(message);
        return status;
      }
      NoteGap(*partition, message->offset);
    }
    partition->next = message->offset + 1;
    batch.Add(message, &partition->name);
    return absl::OkStatus();
  }

  absl::Status TakeError(const rd_kafka_message_t* message, Partition* partition) {
    switch (message->err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return partition == nullptr ? absl::OkStatus() : OutOfRange(*partition);
      case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
        // Poll rejoins by itself; the listener hears of the loss.
        hooks_->Log(LogLevel::kError, "max.poll.interval.ms was exceeded: the group has taken our partitions");
        return absl::OkStatus();
      case RD_KAFKA_RESP_ERR__FATAL:
        return absl::AbortedError(absl::StrCat("kafka: ", rd_kafka_message_errstr(message)));
      default:
        return StatusOf(message->err, absl::StrCat("kafka consumer: ", rd_kafka_message_errstr(message)));
    }
  }

  // The log does not have the offset that we want: retention took it, or the log was cut.
  absl::Status OutOfRange(Partition& partition) {
    const auto start = LogOffset(partition.name, RD_KAFKA_OFFSET_BEGINNING);
    const auto end = LogOffset(partition.name, RD_KAFKA_OFFSET_END);
    if (!start.ok() || !end.ok()) return Unfit(partition, "and the log's range is not known now");
    if (partition.next > *end) return Loss(partition, *end);
    // Cut, and written again up to here: whoever assigns anew compares what lies before.
    if (partition.next >= *start) return Unfit(partition, "and is in range again");
    if (!partition.provincial) return Loss(partition, *start);
    NoteGap(partition, *start);
    partition.next = *start;
    return hooks_->AssignAgain(rk_);
  }

  static absl::Status Unfit(const Partition& partition, std::string_view why) {
    return absl::AbortedError(absl::StrCat(partition.name.topic, " partition ", partition.name.partition, ": offset ",
                                           partition.next, " was out of range, ", Text(why)));
  }

  absl::StatusOr<int64_t> LogOffset(const TopicPartition& name, int64_t which) {
    PartitionList list = NewList(1);
    auto* element = rd_kafka_topic_partition_list_add(list.get(), name.topic.c_str(), name.partition);
    element->offset = which;
    auto error = rd_kafka_offsets_for_times(rk_, list.get(), options_.request_timeout_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = element->err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return StatusOf(error, name.topic);
    return element->offset;
  }

  static absl::Status Loss(const Partition& partition, int64_t got) {
    return absl::DataLossError(absl::StrCat(partition.name.topic, " partition ", partition.name.partition, ": expected offset ",
                                            partition.next, ", got ", got));
  }

  void NoteGap(const Partition& partition, int64_t got) {
    hooks_->Log(LogLevel::kWarning, absl::StrCat(partition.name.topic, " partition ", partition.name.partition,
                                                 ": expected offset ", partition.next, ", going on at ", got));
    if (options_.on_gap) options_.on_gap(partition.name, partition.next, got);
  }

  void WarnIfLate() {
    const absl::Duration away = absl::Now() - polled_at_;
    if (away < absl::Milliseconds(options_.max_poll_interval_ms) / 2) return;
    hooks_->Log(LogLevel::kWarning, absl::StrCat("a batch took ", absl::FormatDuration(away),
                                                 ", over half of what the group allows (max.poll.interval.ms)"));
  }

  const KafkaOptions options_;
  const std::shared_ptr<Client> client_;
  rd_kafka_t* const rk_;
  ConsumerHooks* const hooks_;  // the client's
  absl::Time polled_at_ = absl::Now();
  size_t last_records_ = 0;
  absl::Status stopped_;  // what every further Poll returns
  bool closed_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Consumer>> NewKafkaConsumer(const KafkaOptions& options, const std::string& group,
                                                           const std::vector<std::string>& topics, AssignmentListener* listener) {
  const Settings settings = {
      {"group.id", group},
      {"partition.assignment.strategy", "roundrobin"},
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"session.timeout.ms", absl::StrCat(options.session_timeout_ms)},
      {"heartbeat.interval.ms", absl::StrCat(options.heartbeat_interval_ms)},
      {"max.poll.interval.ms", absl::StrCat(options.max_poll_interval_ms)},
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", "131072"},
      {"fetch.wait.max.ms", "100"},
  };
  auto hooks = std::make_unique<ConsumerHooks>(options, listener);
  ConsumerHooks* const raw_hooks = hooks.get();
  auto client = Client::New(RD_KAFKA_CONSUMER, options, settings, std::move(hooks));
  if (!client.ok()) return client.status();
  rd_kafka_poll_set_consumer((*client)->get());
  PartitionList list = NewList(topics.size());
  for (const std::string& topic : topics) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  auto consumer = std::make_unique<KafkaConsumer>(options, *client, raw_hooks);
  if (auto error = rd_kafka_subscribe((*client)->get(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return StatusOf(error, absl::StrCat("subscribe of group ", group));
  }
  return consumer;
}

}  // namespace berdaya::bus
