// The bus in one process, with Kafka's meaning: groups that rebalance eagerly, offsets, tails, acknowledgements, faults.
//
// Without threads and without clocks: everything happens inside the caller's calls, in an order that depends on nothing else, so a
// whole system can be simulated in one thread. Poll never waits (see MemoryOptions::blocking). May be used from many threads.
// Consumers and producers may outlive the bus object: the state goes with the last of them.
#ifndef BERDAYA_COMMON_BUS_MEMORY_H_
#define BERDAYA_COMMON_BUS_MEMORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/bus.h"

namespace berdaya::bus {

struct MemoryOptions {
  // Poll waits for as long as it is told to, for another thread to change something. For tests with threads.
  bool blocking = false;
  // Unacknowledged records of a producer, before Send says ResourceExhausted.
  int64_t queue_max_records = 100'000;
  // Gives records their timestamp; without it that is a counter.
  std::function<int64_t()> now_ms;
  // As in KafkaOptions.
  std::function<void(const TopicPartition& partition, int64_t expected, int64_t got)> on_gap;
};

// A record as it lies in a partition.
struct StoredRecord {
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::string key;
  std::string value;
  EventHeaders headers;  // views into header_text
  std::string header_text;
};

class MemoryBus : public Bus {
 public:
  // --- What only tests may do ---

  // The records of a partition, oldest first.
  virtual std::vector<std::shared_ptr<const StoredRecord>> Records(const TopicPartition& partition) const = 0;
  // Writes as a publisher that is not ours would. Returns the offset; InvalidArgument if there is no such partition.
  virtual absl::StatusOr<int64_t> Append(const OutRecord& record) = 0;
  // The broker loses the records from `end` on.
  virtual void TruncateTail(const TopicPartition& partition, int64_t end) = 0;
  // Retention takes the records before `start`.
  virtual void TrimHead(const TopicPartition& partition, int64_t start) = 0;
  // Uses an offset up, as a transaction marker does.
  virtual void SkipOffset(const TopicPartition& partition) = 0;

  // Holds acknowledgements back until ReleaseAcks has allowed them, oldest first. Ending the delay releases them all.
  virtual void DelayAcks(bool delay) = 0;
  virtual void ReleaseAcks(int64_t count) = 0;
  // The next `count` sends return `status`; nothing is written.
  virtual void FailSends(const absl::Status& status, int64_t count) = 0;
  // Every producer of now is beyond use; what it wrote stays, what is not acknowledged never will be.
  virtual void MakeProducersFatal() = 0;
  // While set, every Poll, Send, Tails, CreateTopics and CheckTopics returns it: Unavailable for a broker that is away. OK ends it.
  virtual void SetOutage(const absl::Status& status) = 0;

  // The group takes a consumer's partitions as if it had been silent too long. It hears of it in its next Poll, and rejoins.
  virtual void Expel(const Consumer* consumer) = 0;
  // What ReportProgress last said; -1 if nothing.
  virtual int64_t Progress(const std::string& group, const TopicPartition& partition) const = 0;
};

std::unique_ptr<MemoryBus> NewMemoryBus(const MemoryOptions& options = {});

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_MEMORY_H_
