#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/bus/cloud_events.h"
#include "common/bus/memory_world.h"
#include "common/bus/topics.h"

namespace berdaya::bus::memory {
namespace {

class MemoryBatch : public Batch {
 public:
  absl::Span<const Record> records() const override { return records_; }
  int64_t bytes() const override { return bytes_; }

  void Add(const StoredPtr& stored, const TopicPartition* from) {
    stored_.push_back(stored);
    records_.push_back({from, stored->offset, stored->timestamp_ms, stored->key, stored->value, stored->headers});
    bytes_ += static_cast<int64_t>(stored->key.size() + stored->value.size()) + HeaderBytes(stored->headers);
  }

  bool Full(const BatchLimits& limits) const {
    return static_cast<int64_t>(records_.size()) >= limits.max_records || bytes_ >= limits.max_bytes;
  }

 private:
  std::vector<StoredPtr> stored_;
  std::vector<Record> records_;
  int64_t bytes_ = 0;
};

struct Gap {
  const TopicPartition* partition;
  int64_t expected;
  int64_t got;
};

class MemoryConsumer : public Consumer {
 public:
  MemoryConsumer(std::shared_ptr<World> world, const std::string& group, const std::vector<std::string>& topics,
                 AssignmentListener* listener)
      : world_(std::move(world)), group_name_(group), listener_(listener) {
    std::lock_guard lock(world_->mutex);
    group_ = &world_->groups[group];
    member_.topics = topics;
    world_->consumers[this] = {group_, &member_};
    Join();
  }
  ~MemoryConsumer() override { Close(); }

  absl::StatusOr<std::unique_ptr<Batch>> Poll(absl::Duration wait, const BatchLimits& limits) override {
    const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(std::min(wait, absl::Hours(24)));
    std::unique_lock lock(world_->mutex);
    while (true) {
      if (!stopped_.ok()) return stopped_;
      if (!world_->outage.ok()) return world_->outage;
      if (absl::Status status = FollowGroup(lock); !status.ok()) {
        stopped_ = status;
        lock.unlock();
        Close();
        return status;
      }
      auto batch = std::make_unique<MemoryBatch>();
      std::vector<Gap> gaps;
      absl::Status status = Fill(limits, *batch, gaps);
      if (!gaps.empty() && world_->options.on_gap) {
        lock.unlock();
        for (const Gap& gap : gaps) world_->options.on_gap(*gap.partition, gap.expected, gap.got);
        lock.lock();
      }
      if (absl::IsDataLoss(status)) stopped_ = status;
      if (!batch->records().empty()) return batch;
      if (!status.ok()) return status;
      if (!world_->options.blocking || world_->changed.wait_until(lock, deadline) == std::cv_status::timeout) return batch;
    }
  }

  void ReportProgress(absl::Span<const Start> next) override {
    std::lock_guard lock(world_->mutex);
    if (closed_ || member_.expelled) return;
    for (const Start& start : next) group_->progress[start.partition] = start.offset;
  }

  int64_t Lag() const override {
    std::lock_guard lock(world_->mutex);
    if (!ever_assigned_) return -1;
    int64_t lag = 0;
    for (const TopicPartition* name : held_) {
      const Log* log = world_->Find(name->topic, name->partition);
      lag += std::max<int64_t>(0, log->end - next_.at(*name));
    }
    return lag;
  }

  void Close() override {
    std::unique_lock lock(world_->mutex);
    if (std::exchange(closed_, true)) return;
    if (stopped_.ok()) stopped_ = absl::AbortedError("the consumer is closed");
    Revoke(lock, /*lost=*/false);
    world_->consumers.erase(this);
    std::erase(group_->members, &member_);
    world_->Rebalance(*group_);
  }

 private:
  void Join() {
    group_->members.push_back(&member_);
    member_.expelled = false;
    world_->Rebalance(*group_);
  }

  // Goes through what the group wants from us: giving up, then taking the new assignment.
  absl::Status FollowGroup(std::unique_lock<std::mutex>& lock) {
    if (member_.expelled) {
      Revoke(lock, /*lost=*/true);
      Join();
    }
    if (member_.ready_generation != group_->generation) {
      const int64_t generation = group_->generation;
      Revoke(lock, /*lost=*/false);
      if (group_->generation != generation) return absl::OkStatus();
      world_->Ready(*group_, member_);
    }
    if (group_->assigned_generation != group_->generation || member_.generation == group_->generation) return absl::OkStatus();
    member_.generation = group_->generation;
    return Take(lock, member_.assignment);
  }

  void Revoke(std::unique_lock<std::mutex>& lock, bool lost) {
    std::vector<TopicPartition> names;
    for (const TopicPartition* name : held_) names.push_back(*name);
    held_.clear();
    if (names.empty()) return;
    lock.unlock();
    listener_->OnRevoked(names, lost);
    lock.lock();
  }

  absl::Status Take(std::unique_lock<std::mutex>& lock, std::vector<TopicPartition> names) {
    lock.unlock();
    auto starts = listener_->OnAssigned(names);
    lock.lock();
    if (!starts.ok()) return starts.status();
    for (const Start& start : *starts) {
      if (start.offset < 0 || !std::binary_search(names.begin(), names.end(), start.partition)) {
        return absl::InternalError(absl::StrCat("start of ", start.partition.topic, " partition ", start.partition.partition,
                                                " at offset ", start.offset, ": not assigned, or no offset"));
      }
    }
    if (starts->size() != names.size()) return absl::InternalError("not every partition assigned was given one start");
    for (const Start& start : *starts) {
      auto it = next_.try_emplace(start.partition).first;
      it->second = start.offset;
      held_.push_back(&it->first);
    }
    ever_assigned_ = true;
    return absl::OkStatus();
  }

  // Takes records of each partition in turn, beginning with another one each time.
  absl::Status Fill(const BatchLimits& limits, MemoryBatch& batch, std::vector<Gap>& gaps) {
    ++turn_;
    for (size_t i = 0; i < held_.size(); ++i) {
      const TopicPartition* name = held_[(i + turn_) % held_.size()];
      if (absl::Status status = FillFrom(name, limits, batch, gaps); !status.ok()) return status;
    }
    if (!batch.records().empty()) return absl::OkStatus();
    for (const std::string& topic : member_.topics) {
      if (world_->topics.find(topic) == world_->topics.end()) return absl::UnavailableError(absl::StrCat("unknown topic ", topic));
    }
    return absl::OkStatus();
  }

  absl::Status FillFrom(const TopicPartition* name, const BatchLimits& limits, MemoryBatch& batch, std::vector<Gap>& gaps) {
    const Log& log = *world_->Find(name->topic, name->partition);
    int64_t& next = next_.at(*name);
    if (next > log.end) return Loss(*name, next, log.end);
    if (next < log.start) {
      if (absl::Status status = Jump(name, next, log.start, gaps); !status.ok()) return status;
    }
    auto it = std::lower_bound(log.records.begin(), log.records.end(), next,
                               [](const StoredPtr& record, int64_t offset) { return record->offset < offset; });
    for (; it != log.records.end() && !batch.Full(limits); ++it) {
      if ((*it)->offset > next) {
        if (absl::Status status = Jump(name, next, (*it)->offset, gaps); !status.ok()) return status;
      }
      batch.Add(*it, name);
      next = (*it)->offset + 1;
    }
    return absl::OkStatus();
  }

  static absl::Status Jump(const TopicPartition* name, int64_t& next, int64_t got, std::vector<Gap>& gaps) {
    if (ProvinceOfTopic(name->topic) == 0) return Loss(*name, next, got);
    gaps.push_back({name, next, got});
    next = got;
    return absl::OkStatus();
  }

  static absl::Status Loss(const TopicPartition& name, int64_t expected, int64_t got) {
    return absl::DataLossError(
        absl::StrCat(name.topic, " partition ", name.partition, ": expected offset ", expected, ", got ", got));
  }

  const std::shared_ptr<World> world_;
  const std::string group_name_;
  AssignmentListener* const listener_;
  Group* group_ = nullptr;
  Member member_;
  absl::node_hash_map<TopicPartition, int64_t> next_;  // of all ever held: records point at the names
  std::vector<const TopicPartition*> held_;
  bool ever_assigned_ = false;
  size_t turn_ = 0;
  absl::Status stopped_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Consumer> NewMemoryConsumer(std::shared_ptr<World> world, const std::string& group,
                                            const std::vector<std::string>& topics, AssignmentListener* listener) {
  return std::make_unique<MemoryConsumer>(std::move(world), group, topics, listener);
}

}  // namespace berdaya::bus::memory
