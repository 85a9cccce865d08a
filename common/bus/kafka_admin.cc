#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bus/kafka_client.h"

namespace berdaya::bus {
namespace {

// Topics of the cluster: partition count, -1 while a partition has no leader.
using TopicMap = absl::flat_hash_map<std::string, int32_t>;

constexpr int32_t kNotReady = -1;

struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct NewTopicDeleter {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct AdminOptionsDeleter {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDeleter>;

absl::StatusOr<TopicMap> ListTopics(rd_kafka_t* rk, const KafkaOptions& options) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(rk, /*all_topics=*/1, nullptr, &metadata, options.request_timeout_ms);
  if (NoAnswer(error)) return SilentBroker(options);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return StatusOf(error, "list of topics");
  TopicMap topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    if (topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    int32_t count = topic.partition_cnt;
    for (int p = 0; p < topic.partition_cnt; ++p) {
      if (topic.partitions[p].leader < 0) count = kNotReady;
    }
    topics[topic.topic] = count == 0 ? kNotReady : count;
  }
  rd_kafka_metadata_destroy(metadata);
  return topics;
}

absl::Status OtherCount(const TopicSpec& spec, int32_t have) {
  return absl::FailedPreconditionError(absl::StrCat("topic ", spec.name, " has ", have, " partitions, not ", spec.partitions,
                                                    "; the count is part of the contract: another one is a new topic version"));
}

absl::StatusOr<NewTopic> NewTopicOf(const TopicSpec& spec) {
  char text[512];
  // The cluster's own default of replicas.
  constexpr int kDefaultReplicas = -1;
  NewTopic topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, kDefaultReplicas, text, sizeof(text)));
  if (topic == nullptr) return absl::InvalidArgumentError(absl::StrCat("topic '", spec.name, "': ", text));
  rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "delete");
  // Retention counts from when the broker got a record, whatever time its publisher claims.
  rd_kafka_NewTopic_set_config(topic.get(), "message.timestamp.type", "LogAppendTime");
  rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", absl::StrCat(spec.retention_ms).c_str());
  rd_kafka_NewTopic_set_config(topic.get(), "max.message.bytes", absl::StrCat(spec.max_message_bytes).c_str());
  return topic;
}

// One request for all. A topic that somebody else has just made is no error; its count is looked at afterwards.
absl::Status Create(rd_kafka_t* rk, const KafkaOptions& options, const std::vector<const TopicSpec*>& specs) {
  std::vector<NewTopic> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (const TopicSpec* spec : specs) {
    auto topic = NewTopicOf(*spec);
    if (!topic.ok()) return topic.status();
    topics.push_back(*std::move(topic));
    raw.push_back(topics.back().get());
  }
  char text[512];
  std::unique_ptr<rd_kafka_AdminOptions_t, AdminOptionsDeleter> admin(
      rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(admin.get(), options.request_timeout_ms, text, sizeof(text));
  rd_kafka_AdminOptions_set_operation_timeout(admin.get(), options.request_timeout_ms, text, sizeof(text));
  std::unique_ptr<rd_kafka_queue_t, QueueDeleter> queue(rd_kafka_queue_new(rk));
  rd_kafka_CreateTopics(rk, raw.data(), raw.size(), admin.get(), queue.get());
  // The request ends by its own bound; this one is only in case it does not.
  std::unique_ptr<rd_kafka_event_t, EventDeleter> event(rd_kafka_queue_poll(queue.get(), 2 * options.request_timeout_ms));
  if (event == nullptr) return SilentBroker(options);
  if (auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (NoAnswer(error)) return SilentBroker(options);
    return StatusOf(error, absl::StrCat("creating topics: ", rd_kafka_event_error_string(event.get())));
  }
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* why = rd_kafka_topic_result_error_string(results[i]);
    return StatusOf(error,
                    absl::StrCat("creating topic ", rd_kafka_topic_result_name(results[i]), ": ", why == nullptr ? "" : why));
  }
  return absl::OkStatus();
}

// Compares what there is with what should be. `missing` receives topics that do not exist, `waiting` those without leaders.
absl::Status Compare(const TopicMap& have, absl::Span<const TopicSpec> want, std::vector<const TopicSpec*>& missing,
                     bool& waiting) {
  waiting = false;
  missing.clear();
  for (const TopicSpec& spec : want) {
    auto it = have.find(spec.name);
    if (it == have.end()) {
      missing.push_back(&spec);
    } else if (it->second == kNotReady) {
      waiting = true;
    } else if (it->second != spec.partitions) {
      return OtherCount(spec, it->second);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Client>> Connect(const KafkaOptions& options) {
  return Client::New(RD_KAFKA_PRODUCER, options, {}, std::make_unique<Hooks>(options.log));
}

}  // namespace

absl::Status KafkaCreateTopics(const KafkaOptions& options, absl::Span<const TopicSpec> topics) {
  auto client = Connect(options);
  if (!client.ok()) return client.status();
  rd_kafka_t* const rk = (*client)->get();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(options.request_timeout_ms);
  bool created = false;
  do {
    auto have = ListTopics(rk, options);
    if (!have.ok()) return have.status();
    std::vector<const TopicSpec*> missing;
    bool waiting = false;
    if (auto status = Compare(*have, topics, missing, waiting); !status.ok()) return status;
    if (missing.empty() && !waiting) return absl::OkStatus();
    if (!missing.empty() && !created) {
      if (auto status = Create(rk, options, missing); !status.ok()) return status;
      created = true;
    } else {
      // Made, but not every broker knows it yet.
      absl::SleepFor(absl::Milliseconds(10));
    }
  } while (absl::Now() < deadline);
  return absl::UnavailableError(absl::StrCat("topics are not ready after ", options.request_timeout_ms, " ms"));
}

absl::Status KafkaCheckTopics(const KafkaOptions& options, absl::Span<const TopicSpec> topics) {
  auto client = Connect(options);
  if (!client.ok()) return client.status();
  auto have = ListTopics((*client)->get(), options);
  if (!have.ok()) return have.status();
  std::vector<const TopicSpec*> missing;
  bool waiting = false;
  if (auto status = Compare(*have, topics, missing, waiting); !status.ok()) return status;
  if (missing.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("topic ", missing.front()->name, " does not exist; ", missing.size(),
                                                    " missing in all. Create the topics first"));
}

}  // namespace berdaya::bus
