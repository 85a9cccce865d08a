#include "common/bus/memory.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/bus/cloud_events.h"
#include "common/bus/memory_world.h"
#include "common/bus/text.h"

namespace berdaya::bus {
namespace memory {

Log* World::Find(std::string_view topic, int32_t partition) {
  auto it = topics.find(topic);
  if (it == topics.end() || partition < 0 || partition >= it->second.spec.partitions) return nullptr;
  return &it->second.logs[partition];
}

int64_t World::Append(Log& log, const OutRecord& record) {
  auto stored = std::make_shared<StoredRecord>();
  stored->offset = log.end++;
  stored->timestamp_ms = options.now_ms ? options.now_ms() : ++clock;
  stored->key = record.key;
  stored->value = record.value;
  // Through the same encoding as on the wire, so that what would be lost there is lost here.
  stored->header_text.reserve(static_cast<size_t>(HeaderBytes(record.headers)));
  ForEachHeader(record.headers, [&](std::string_view name, std::string_view value) {
    const size_t at = stored->header_text.size();
    stored->header_text.append(value);
    SetHeader(name, std::string_view(stored->header_text).substr(at), stored->headers);
  });
  log.records.push_back(stored);
  changed.notify_all();
  return stored->offset;
}

void World::Rebalance(Group& group) {
  ++group.generation;
  changed.notify_all();
}

void World::Ready(Group& group, Member& member) {
  member.ready_generation = group.generation;
  for (const Member* other : group.members) {
    if (other->ready_generation != group.generation) return;
  }
  // Round robin, as Kafka's assignor: partitions by topic and number, to those members in turn that subscribe to the topic.
  for (Member* other : group.members) other->assignment.clear();
  size_t turn = 0;
  for (const auto& [name, topic] : topics) {
    const std::string& topic_name = name;
    auto wants = [&](const Member* m) { return m->Wants(topic_name); };
    if (std::none_of(group.members.begin(), group.members.end(), wants)) continue;
    for (int32_t partition = 0; partition < topic.spec.partitions; ++partition) {
      while (!wants(group.members[turn % group.members.size()])) ++turn;
      group.members[turn++ % group.members.size()]->assignment.push_back({name, partition});
    }
  }
  group.assigned_generation = group.generation;
  changed.notify_all();
}

namespace {

class MemoryProducer : public Producer {
 public:
  explicit MemoryProducer(std::shared_ptr<World> world) : world_(std::move(world)) {
    std::lock_guard lock(world_->mutex);
    world_->senders.insert(&sender_);
  }
  ~MemoryProducer() override {
    std::lock_guard lock(world_->mutex);
    world_->senders.erase(&sender_);
  }

  absl::Status Send(const OutRecord& record, uint64_t token) override {
    std::lock_guard lock(world_->mutex);
    if (!sender_.fatal.ok()) return sender_.fatal;
    if (!world_->outage.ok()) return world_->outage;
    if (world_->send_faults > 0) {
      --world_->send_faults;
      return world_->send_fault;
    }
    if (sender_.in_flight >= world_->options.queue_max_records) {
      return absl::ResourceExhaustedError(absl::StrCat("the queue of ", sender_.in_flight, " records is full"));
    }
    Ack ack{token, absl::OkStatus(), -1};
    Log* log = world_->Find(record.topic, record.partition);
    if (log == nullptr) {
      ack.status = absl::UnavailableError(absl::StrCat(Text(record.topic), " partition ", record.partition, ": unknown"));
    } else if (TooLarge(record)) {
      ack.status = absl::InvalidArgumentError(absl::StrCat(Text(record.topic), ": record too large"));
      // As behind a real one: nothing may overtake it.
      sender_.fatal = absl::AbortedError(absl::StrCat("a record could not be written: ", ack.status.message()));
    } else {
      ack.offset = world_->Append(*log, record);
    }
    sender_.acks.push_back(std::move(ack));
    ++sender_.in_flight;
    world_->changed.notify_all();
    return absl::OkStatus();
  }

  absl::Status Poll(absl::Duration wait, std::vector<Ack>& acks) override {
    const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(std::min(wait, absl::Hours(24)));
    std::unique_lock lock(world_->mutex);
    while (true) {
      if (!world_->outage.ok()) return world_->outage;
      const size_t before = acks.size();
      while (!sender_.acks.empty() && (!world_->delay_acks || world_->ack_credit > 0)) {
        if (world_->delay_acks) --world_->ack_credit;
        acks.push_back(std::move(sender_.acks.front()));
        sender_.acks.pop_front();
        --sender_.in_flight;
      }
      if (!sender_.fatal.ok()) return sender_.fatal;
      if (acks.size() > before || !world_->options.blocking) return absl::OkStatus();
      if (world_->changed.wait_until(lock, deadline) == std::cv_status::timeout) return absl::OkStatus();
    }
  }

  int64_t InFlight() const override {
    std::lock_guard lock(world_->mutex);
    return sender_.in_flight;
  }

 private:
  bool TooLarge(const OutRecord& record) const {
    const int64_t bytes = static_cast<int64_t>(record.key.size() + record.value.size()) + HeaderBytes(record.headers);
    return bytes > world_->topics.find(record.topic)->second.spec.max_message_bytes;
  }

  const std::shared_ptr<World> world_;
  Sender sender_;
};

class MemoryBusImpl : public MemoryBus {
 public:
  explicit MemoryBusImpl(const MemoryOptions& options) : world_(std::make_shared<World>(options)) {}

  absl::StatusOr<std::unique_ptr<Consumer>> Subscribe(const std::string& group, const std::vector<std::string>& topics,
                                                      AssignmentListener* listener) override {
    return NewMemoryConsumer(world_, group, topics, listener);
  }

  absl::StatusOr<std::unique_ptr<Producer>> NewProducer() override { return std::make_unique<MemoryProducer>(world_); }

  absl::StatusOr<std::vector<PartitionEnd>> Tails(absl::Span<const TopicPartition> partitions, std::string_view source) override {
    std::lock_guard lock(world_->mutex);
    if (!world_->outage.ok()) return world_->outage;
    std::vector<PartitionEnd> ends;
    for (const TopicPartition& name : partitions) {
      const Log* log = world_->Find(name.topic, name.partition);
      if (log == nullptr) {
        return absl::UnavailableError(absl::StrCat("tail of ", name.topic, " partition ", name.partition, ": unknown"));
      }
      PartitionEnd& end = ends.emplace_back();
      end.end_offset = log->end;
      auto it =
          std::find_if(log->records.rbegin(), log->records.rend(), [&](const StoredPtr& r) { return r->headers.source == source; });
      if (it != log->records.rend()) end.tail = Tail{(*it)->headers.epoch, (*it)->headers.sequence, (*it)->offset};
    }
    return ends;
  }

  absl::Status CreateTopics(absl::Span<const TopicSpec> topics) override {
    std::lock_guard lock(world_->mutex);
    if (!world_->outage.ok()) return world_->outage;
    for (const TopicSpec& spec : topics) {
      if (spec.partitions <= 0)
        return absl::InvalidArgumentError(absl::StrCat("topic ", spec.name, ": partitions must be above 0"));
    }
    if (absl::Status status = Compare(topics, /*missing_is_fine=*/true); !status.ok()) return status;
    for (const TopicSpec& spec : topics) {
      auto [it, created] = world_->topics.try_emplace(spec.name);
      if (!created) continue;
      it->second.spec = spec;
      it->second.logs.resize(spec.partitions);
      for (auto& [name, group] : world_->groups) {
        if (std::any_of(group.members.begin(), group.members.end(), [&](const Member* m) { return m->Wants(spec.name); })) {
          world_->Rebalance(group);
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckTopics(absl::Span<const TopicSpec> topics) override {
    std::lock_guard lock(world_->mutex);
    if (!world_->outage.ok()) return world_->outage;
    return Compare(topics, /*missing_is_fine=*/false);
  }

  std::vector<std::shared_ptr<const StoredRecord>> Records(const TopicPartition& partition) const override {
    std::lock_guard lock(world_->mutex);
    const Log* log = world_->Find(partition.topic, partition.partition);
    if (log == nullptr) return {};
    return {log->records.begin(), log->records.end()};
  }

  absl::StatusOr<int64_t> Append(const OutRecord& record) override {
    std::lock_guard lock(world_->mutex);
    Log* log = world_->Find(record.topic, record.partition);
    if (log == nullptr)
      return absl::InvalidArgumentError(absl::StrCat(Text(record.topic), " partition ", record.partition, ": unknown"));
    return world_->Append(*log, record);
  }

  void TruncateTail(const TopicPartition& partition, int64_t end) override {
    std::lock_guard lock(world_->mutex);
    Log& log = *world_->Find(partition.topic, partition.partition);
    while (!log.records.empty() && log.records.back()->offset >= end) log.records.pop_back();
    log.end = std::min(log.end, end);
    world_->changed.notify_all();
  }

  void TrimHead(const TopicPartition& partition, int64_t start) override {
    std::lock_guard lock(world_->mutex);
    Log& log = *world_->Find(partition.topic, partition.partition);
    while (!log.records.empty() && log.records.front()->offset < start) log.records.pop_front();
    log.start = std::min(std::max(log.start, start), log.end);
  }

  void SkipOffset(const TopicPartition& partition) override {
    std::lock_guard lock(world_->mutex);
    ++world_->Find(partition.topic, partition.partition)->end;
  }

  void DelayAcks(bool delay) override {
    std::lock_guard lock(world_->mutex);
    world_->delay_acks = delay;
    world_->ack_credit = 0;
    world_->changed.notify_all();
  }

  void ReleaseAcks(int64_t count) override {
    std::lock_guard lock(world_->mutex);
    world_->ack_credit += count;
    world_->changed.notify_all();
  }

  void FailSends(const absl::Status& status, int64_t count) override {
    std::lock_guard lock(world_->mutex);
    world_->send_fault = status;
    world_->send_faults = count;
  }

  void MakeProducersFatal() override {
    std::lock_guard lock(world_->mutex);
    for (Sender* sender : world_->senders) {
      sender->fatal = absl::AbortedError("fatal error of the producer, as a test ordered");
      sender->acks.clear();
    }
    world_->changed.notify_all();
  }

  void SetOutage(const absl::Status& status) override {
    std::lock_guard lock(world_->mutex);
    world_->outage = status;
    world_->changed.notify_all();
  }

  void Expel(const Consumer* consumer) override {
    std::lock_guard lock(world_->mutex);
    auto [group, member] = world_->consumers.at(consumer);
    member->expelled = true;
    std::erase(group->members, member);
    world_->Rebalance(*group);
  }

  int64_t Progress(const std::string& group, const TopicPartition& partition) const override {
    std::lock_guard lock(world_->mutex);
    auto it = world_->groups.find(group);
    if (it == world_->groups.end()) return -1;
    auto found = it->second.progress.find(partition);
    return found == it->second.progress.end() ? -1 : found->second;
  }

 private:
  absl::Status Compare(absl::Span<const TopicSpec> topics, bool missing_is_fine) const {
    for (const TopicSpec& spec : topics) {
      auto it = world_->topics.find(spec.name);
      if (it == world_->topics.end()) {
        if (missing_is_fine) continue;
        return absl::NotFoundError(absl::StrCat("topic ", spec.name, " does not exist; create the topics first"));
      }
      if (it->second.spec.partitions != spec.partitions) {
        return absl::FailedPreconditionError(
            absl::StrCat("topic ", spec.name, " has ", it->second.spec.partitions, " partitions, not ", spec.partitions));
      }
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<World> world_;
};

}  // namespace
}  // namespace memory

std::unique_ptr<MemoryBus> NewMemoryBus(const MemoryOptions& options) { return std::make_unique<memory::MemoryBusImpl>(options); }

}  // namespace berdaya::bus
