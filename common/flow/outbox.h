// What a transaction publishes, until it is in the log.
//
// Records are collected by output partition and become one row a partition and transaction: a segment. Its sequences are assigned
// as the last writes of the transaction, dense per (source, topic, partition); the row lock on the head lasts to the commit, so
// sequence order is commit order and a rollback leaves no hole.
#ifndef BERDAYA_COMMON_FLOW_OUTBOX_H_
#define BERDAYA_COMMON_FLOW_OUTBOX_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/flow/outcome.h"
#include "common/flow/tables.h"
#include "common/store/store.h"

namespace berdaya::flow {

using Segment = SegmentRow;

// A record inside a segment.
struct SegmentRecord {
  std::string_view key;
  std::string_view type;
  std::string_view value;
};

// Reads the records of a segment in order. Returns false at the end; DataLoss in `status` if the payload is damaged.
class SegmentReader {
 public:
  explicit SegmentReader(std::string_view payload) : rest_(payload) {}
  bool Next(SegmentRecord& record, absl::Status& status);

 private:
  std::string_view rest_;
};

class Outbox {
 public:
  Outbox(std::string facts_topic, std::string dead_letters_topic);

  // Puts a record behind the ones of the same output partition.
  void Add(const Outgoing& record);
  // Puts a record into every partition of the facts topic.
  void AddToAllFacts(std::string_view type, std::string_view value);
  void AddDeadLetter(std::string_view type, std::string_view value);

  // Assigns sequences and writes the segments; the last writes of the transaction. Returns them for the relay.
  absl::StatusOr<std::vector<std::shared_ptr<const Segment>>> Write(store::Transaction& transaction, int64_t epoch, absl::Time now);
  void Clear();
  bool empty() const { return segments_.empty(); }

  // The largest value a record may have, with room for headers below the topics' max.message.bytes.
  static constexpr size_t kMaxValueBytes = 900 * 1024;

 private:
  Segment& SegmentOf(const std::string& topic, int32_t partition);
  void Append(Segment& segment, std::string_view key, std::string_view type, std::string_view value);

  const std::string facts_topic_;
  const std::string dead_letters_topic_;
  std::map<bus::TopicPartition, Segment> segments_;
  std::vector<Segment*> facts_;  // by partition: the hot path
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_OUTBOX_H_
