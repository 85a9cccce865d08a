// The seam to Kafka: consume, produce, look at a partition's tail. Only this room knows a client library.
//
// Two implementations: kafka.h (librdkafka, within the rules of docs/kafka-client.md) and memory.h (in one process, for tests and
// simulation). Threads: a Consumer and a Producer belong to one thread each; a Bus may be used from many.
//
// Status codes: Unavailable (broker, topic or partition not reachable now, or not known yet; try again), DeadlineExceeded,
// ResourceExhausted (the local queue is full; poll and try again), InvalidArgument (record too large), PermissionDenied, Aborted
// (this consumer or producer is beyond use: destroy it and make a new one), DataLoss (an offset that should exist does not).
#ifndef BERDAYA_COMMON_BUS_BUS_H_
#define BERDAYA_COMMON_BUS_BUS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace berdaya::bus {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
  template <class H>
  friend H AbslHashValue(H h, const TopicPartition& p) {
    return H::combine(std::move(h), p.topic, p.partition);
  }
};

// The CloudEvents 1.0 attributes of a record (Kafka binding, binary mode). Empty or -1 where the record has none.
struct EventHeaders {
  std::string_view id;            // ce_id
  std::string_view source;        // ce_source
  std::string_view type;          // ce_type, such as berdaya.registry.v1.FamilyRegistered
  std::string_view subject;       // ce_subject
  std::string_view time;          // ce_time, RFC 3339
  std::string_view content_type;  // content-type
  std::string_view traceparent;   // traceparent
  std::string_view spec_version;  // ce_specversion
  int64_t epoch = -1;             // ce_epoch
  int64_t sequence = -1;          // ce_sequence
};

// A record received. Views are valid as long as the Batch it belongs to.
struct Record {
  const TopicPartition* from = nullptr;  // stable for the life of the Consumer
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::string_view key;
  std::string_view value;
  EventHeaders headers;
};

// Records and the memory behind them.
class Batch {
 public:
  virtual ~Batch() = default;
  virtual absl::Span<const Record> records() const = 0;
  virtual int64_t bytes() const = 0;  // keys, values and headers
};

struct BatchLimits {
  int64_t max_records = 16000;
  int64_t max_bytes = 8 << 20;
};

// Where a partition is read from.
struct Start {
  TopicPartition partition;
  int64_t offset = 0;  // the next record to receive; 0 is the start of the log
};

// Told of changes of the assignment, on the polling thread, inside Poll.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;
  // Returns where to read each partition from. An error closes the consumer: Poll then returns it.
  virtual absl::StatusOr<std::vector<Start>> OnAssigned(absl::Span<const TopicPartition> partitions) = 0;
  // The partitions are no longer ours; `lost`: somebody else may have them already.
  virtual void OnRevoked(absl::Span<const TopicPartition> partitions, bool lost) = 0;
};

class Consumer {
 public:
  virtual ~Consumer() = default;

  // Waits up to `wait` for a first record, then takes what is queued locally, up to the limits. An empty batch is no error. Must be
  // called at least every max.poll.interval (5 minutes). Unavailable passes by itself: go on polling; it comes before the records
  // that the broker sent after it was away, so a caller that fears for a log's tail can join again and compare. Any other error is
  // final, and comes after the records before it.
  virtual absl::StatusOr<std::unique_ptr<Batch>> Poll(absl::Duration wait, const BatchLimits& limits) = 0;

  // Tells Kafka how far we are, for lag tools only. Never waits, never read back. Do not call it for each small batch: it is a
  // request.
  virtual void ReportProgress(absl::Span<const Start> next) = 0;

  // Records that wait in the log behind what Poll has returned, over all assigned partitions; -1 if not known yet.
  virtual int64_t Lag() const = 0;

  // Leaves the group. Bounded; the destructor does it too.
  virtual void Close() = 0;
};

// A record to send. The memory must live until Send returns.
struct OutRecord {
  std::string_view topic;
  int32_t partition = 0;
  std::string_view key;
  std::string_view value;
  EventHeaders headers;  // empty ones are left out
};

struct Ack {
  uint64_t token = 0;
  absl::Status status;
  int64_t offset = -1;  // where the record is, if status is OK
};

class Producer {
 public:
  virtual ~Producer() = default;

  // Queues a record. ResourceExhausted: the queue is full, Poll first. Records of one partition keep their order. What is queued is
  // tried for ever; it is given up only with the producer.
  virtual absl::Status Send(const OutRecord& record, uint64_t token) = 0;

  // Waits up to `wait` for acknowledgements and appends them. Aborted: a fatal error; nothing more can be sent by this producer.
  // The record that caused it, if one did, is among the acknowledgements, with its own status: a record that can't be written stops
  // those behind it.
  virtual absl::Status Poll(absl::Duration wait, std::vector<Ack>& acks) = 0;

  // Records sent and not acknowledged.
  virtual int64_t InFlight() const = 0;
};

// The last record of a source in a partition.
struct Tail {
  int64_t epoch = -1;
  int64_t sequence = -1;
  int64_t offset = -1;
};

struct PartitionEnd {
  int64_t end_offset = 0;    // offset of the next record to be written
  std::optional<Tail> tail;  // nullopt: no record of that source is left in the partition
};

struct TopicSpec {
  std::string name;
  int32_t partitions = 1;
  int64_t retention_ms = -1;  // -1 keeps for ever
  int64_t max_message_bytes = 1 << 20;
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Joins a consumer group. `listener` must outlive the consumer.
  virtual absl::StatusOr<std::unique_ptr<Consumer>> Subscribe(const std::string& group, const std::vector<std::string>& topics,
                                                              AssignmentListener* listener) = 0;

  virtual absl::StatusOr<std::unique_ptr<Producer>> NewProducer() = 0;

  // Looks backwards from the end of each partition for the last record of `source`.
  virtual absl::StatusOr<std::vector<PartitionEnd>> Tails(absl::Span<const TopicPartition> partitions, std::string_view source) = 0;

  // Creates what is missing. A topic that exists with another partition count is FailedPrecondition.
  virtual absl::Status CreateTopics(absl::Span<const TopicSpec> topics) = 0;

  // NotFound, naming the topic, if one is missing; FailedPrecondition if one has another partition count.
  virtual absl::Status CheckTopics(absl::Span<const TopicSpec> topics) = 0;
};

// The partition of a key, as Kafka's Java client and librdkafka's murmur2 partitioner choose it.
int32_t PartitionOf(std::string_view key, int32_t partitions);

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_BUS_H_
