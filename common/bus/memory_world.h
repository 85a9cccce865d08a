// The state behind MemoryBus: logs, groups and what tests have ordered. Private to common/bus.
#ifndef BERDAYA_COMMON_BUS_MEMORY_WORLD_H_
#define BERDAYA_COMMON_BUS_MEMORY_WORLD_H_

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/bus/memory.h"

namespace berdaya::bus::memory {

using StoredPtr = std::shared_ptr<const StoredRecord>;

struct Log {
  int64_t start = 0;
  int64_t end = 0;
  std::deque<StoredPtr> records;  // by offset; markers leave holes
};

struct Topic {
  TopicSpec spec;
  std::vector<Log> logs;
};

// One consumer as its group sees it.
struct Member {
  std::vector<std::string> topics;
  int64_t ready_generation = -1;  // has given up its partitions for this generation
  int64_t generation = -1;        // holds the assignment of this generation
  bool expelled = false;
  std::vector<TopicPartition> assignment;  // of Group::assigned_generation

  bool Wants(const std::string& topic) const { return std::find(topics.begin(), topics.end(), topic) != topics.end(); }
};

// Eager rebalance: a new generation is assigned when every member has given up its partitions.
struct Group {
  std::vector<Member*> members;  // in the order they joined
  int64_t generation = 0;
  int64_t assigned_generation = -1;
  std::map<TopicPartition, int64_t> progress;
};

// One producer. Acknowledgements wait here for its Poll.
struct Sender {
  std::deque<Ack> acks;
  int64_t in_flight = 0;
  absl::Status fatal;
};

// Everything below is guarded by `mutex`; functions expect it held.
struct World {
  explicit World(const MemoryOptions& o) : options(o) {}

  const MemoryOptions options;
  mutable std::mutex mutex;
  std::condition_variable changed;

  std::map<std::string, Topic, std::less<>> topics;
  std::map<std::string, Group> groups;
  std::set<Sender*> senders;
  std::map<const Consumer*, std::pair<Group*, Member*>> consumers;

  absl::Status outage;
  absl::Status send_fault;
  int64_t send_faults = 0;
  bool delay_acks = false;
  int64_t ack_credit = 0;
  int64_t clock = 0;

  Log* Find(std::string_view topic, int32_t partition);
  int64_t Append(Log& log, const OutRecord& record);
  // Starts a new generation.
  void Rebalance(Group& group);
  // Notes that `member` has given up its partitions; assigns if it was the last.
  void Ready(Group& group, Member& member);
};

std::unique_ptr<Consumer> NewMemoryConsumer(std::shared_ptr<World> world, const std::string& group,
                                            const std::vector<std::string>& topics, AssignmentListener* listener);

}  // namespace berdaya::bus::memory

#endif  // BERDAYA_COMMON_BUS_MEMORY_WORLD_H_
