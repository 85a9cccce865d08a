// Looks backwards for the last record of a source, in all partitions at once: each round reads one window a partition, and the next
// window of those that found nothing is larger.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bus/kafka_client.h"

namespace berdaya::bus {
namespace {

// Nearly always the very last record is ours.
constexpr int64_t kFirstWindow = 16;
constexpr int64_t kWindowGrowth = 32;

struct Search {
  const TopicPartition* name = nullptr;
  int64_t log_start = 0;
  int64_t log_end = 0;
  int64_t from = 0;  // the window being read: [from, to)
  int64_t to = 0;
  int64_t window = kFirstWindow;
  bool reading = false;
  std::optional<Tail> tail;
};

class TailReader {
 public:
  TailReader(const KafkaOptions& options, std::shared_ptr<Client> client, std::string_view source)
      : options_(options), client_(std::move(client)), rk_(client_->get()), source_(source) {}

  absl::StatusOr<std::vector<PartitionEnd>> Run(absl::Span<const TopicPartition> partitions) {
    searches_.resize(partitions.size());
    for (size_t i = 0; i < partitions.size(); ++i) {
      searches_[i].name = &partitions[i];
      by_name_[partitions[i]] = &searches_[i];
    }
    if (by_name_.size() != partitions.size()) return absl::InvalidArgumentError("tails: a partition is named twice");
    if (auto status = QueryOffsets(RD_KAFKA_OFFSET_BEGINNING, &Search::log_start); !status.ok()) return status;
    if (auto status = QueryOffsets(RD_KAFKA_OFFSET_END, &Search::log_end); !status.ok()) return status;
    for (Search& search : searches_) search.from = search.log_end;
    while (NextWindows()) {
      if (auto status = ReadWindows(); !status.ok()) return status;
    }
    std::vector<PartitionEnd> ends;
    for (Search& search : searches_) ends.push_back({search.log_end, search.tail});
    return ends;
  }

 private:
  // Start or end of all logs with one request a broker. The special values are passed on as ListOffsets defines them.
  absl::Status QueryOffsets(int64_t which, int64_t Search::*field) {
    PartitionList list = NewList(searches_.size());
    for (const Search& search : searches_) {
      rd_kafka_topic_partition_list_add(list.get(), search.name->topic.c_str(), search.name->partition)->offset = which;
    }
    const auto error = rd_kafka_offsets_for_times(rk_, list.get(), options_.request_timeout_ms);
    if (NoAnswer(error)) return SilentBroker(options_);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return StatusOf(error, "tails");
    for (int i = 0; i < list->cnt; ++i) {
      const auto& element = list->elems[i];
      if (element.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return StatusOf(element.err, absl::StrCat("tail of ", element.topic, " partition ", element.partition));
      }
      by_name_[{element.topic, element.partition}]->*field = element.offset;
    }
    return absl::OkStatus();
  }

  // Moves every unfinished search one window back. False if none is left.
  bool NextWindows() {
    PartitionList list = NewList(searches_.size());
    for (Search& search : searches_) {
      if (search.tail || search.from <= search.log_start) continue;
      search.to = search.from;
      search.from = std::max(search.log_start, search.to - search.window);
      search.window *= kWindowGrowth;
      search.reading = true;
      ++reading_;
      rd_kafka_topic_partition_list_add(list.get(), search.name->topic.c_str(), search.name->partition)->offset = search.from;
    }
    if (list->cnt == 0) return false;
    rd_kafka_assign(rk_, list.get());
    return true;
  }

  absl::Status ReadWindows() {
    absl::Time last_progress = absl::Now();
    while (reading_ > 0) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(rk_, 100);
      if (message == nullptr) {
        if (absl::Now() - last_progress > absl::Milliseconds(options_.request_timeout_ms)) return SilentBroker(options_);
        continue;
      }
      last_progress = absl::Now();
      absl::Status status = Take(message);
      rd_kafka_message_destroy(message);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Take(const rd_kafka_message_t* message) {
    if (message->rkt == nullptr) return absl::OkStatus();
    auto it = by_name_.find({rd_kafka_topic_name(message->rkt), message->partition});
    if (it == by_name_.end() || !it->second->reading) return absl::OkStatus();
    Search& search = *it->second;
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      return absl::UnavailableError(
          absl::StrCat("tail of ", it->first.topic, " partition ", message->partition, ": the log was cut while it was read"));
    }
    const bool end_of_log = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (!end_of_log && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return StatusOf(message->err, absl::StrCat("tail of ", it->first.topic, " partition ", message->partition));
    }
    if (!end_of_log && message->offset >= search.from && message->offset < search.to) TakeRecord(*message, search);
    // The last offsets of a window may hold no record (transaction markers).
    if (message->offset >= search.to - 1) {
      search.reading = false;
      --reading_;
    }
    return absl::OkStatus();
  }

  void TakeRecord(const rd_kafka_message_t& message, Search& search) {
    EventHeaders headers;
    ParseHeaders(&message, headers);
    if (headers.source == source_) search.tail = Tail{headers.epoch, headers.sequence, message.offset};
  }

  const KafkaOptions& options_;
  const std::shared_ptr<Client> client_;
  rd_kafka_t* const rk_;
  const std::string_view source_;
  std::vector<Search> searches_;
  absl::flat_hash_map<TopicPartition, Search*> by_name_;
  int reading_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<PartitionEnd>> KafkaTails(const KafkaOptions& options, absl::Span<const TopicPartition> partitions,
                                                     std::string_view source) {
  if (partitions.empty()) return std::vector<PartitionEnd>();
  const Settings settings = {
      {"group.id", "berdaya-tails"},  // asked for by the client; nobody joins it
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      // The end of the log is what the broker has, not what transactions have released.
      {"isolation.level", "read_uncommitted"},
      {"fetch.wait.max.ms", "10"},
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", "131072"},
  };
  auto client = Client::New(RD_KAFKA_CONSUMER, options, settings, std::make_unique<Hooks>(options.log));
  if (!client.ok()) return client.status();
  rd_kafka_poll_set_consumer((*client)->get());
  return TailReader(options, *std::move(client), source).Run(partitions);
}

}  // namespace berdaya::bus
