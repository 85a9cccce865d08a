// The partitions this process reads: ownership, next offsets, high-water marks, days.
//
// What a batch changes here is staged until its transaction commits; a rollback forgets it. Not thread-safe: the engine's lock
// guards it.
#ifndef BERDAYA_COMMON_FLOW_INPUTS_H_
#define BERDAYA_COMMON_FLOW_INPUTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"
#include "common/flow/origin.h"
#include "common/flow/tables.h"
#include "common/store/store.h"

namespace berdaya::flow {

// The stable hash that tells whether a record is still the one that was handled.
uint64_t HashOfRecord(const bus::Record& record);

class Inputs {
 public:
  enum class Admission {
    kHandle,
    kRepeat,       // handled before: drop it
    kUnsequenced,  // a record of a facts topic that no service of ours can have written
    kEarly,        // records are missing before it: drop it; its relay sends them and then this one again
  };

  // Makes this process the owner of partitions: raises their row versions and returns where to read from, one record back, so that
  // the record before can be compared. A partition never read before is read from offset 0.
  absl::StatusOr<std::vector<bus::Start>> Take(store::Transaction& transaction, absl::Span<const bus::TopicPartition> partitions);
  void Drop(absl::Span<const bus::TopicPartition> partitions);

  // Stages the next record of a partition. DataLoss: another record stands where one was handled; nothing after it may be handled.
  // Where records are counted the marks say what was handled, wherever it stands in the log now: a relay that finds that the broker
  // lost some sends them, and all after them, once more behind the rest.
  absl::StatusOr<Admission> Admit(const bus::Record& record);

  bool Owns(const bus::TopicPartition& partition) const { return inputs_.contains(partition); }

  bool any() const { return !inputs_.empty(); }

  // Partitions in which records are missing, and a sentence about the first; for operators.
  struct Missing {
    int partitions = 0;
    std::string first;
  };
  Missing FindMissing() const;

  // Whoever owns its partition.
  Origin OriginOf(const bus::Record& record) const;

  // Stages the day of a partition of the day topic, and the last one opened there.
  void SetDay(const bus::TopicPartition& partition, calendar::Day day);
  void SetLastDay(const bus::TopicPartition& partition, calendar::Day day);
  // Empty before the first, and where the partition is not ours.
  calendar::Day DayOf(const bus::TopicPartition& partition) const;
  calendar::Day LastDayOf(const bus::TopicPartition& partition) const;
  // The days of a topic's partitions 0 to `partitions` - 1, whoever owns them, as the database has them; empty before the first.
  static absl::StatusOr<std::vector<calendar::Day>> ReadDays(const std::string& topic, int partitions, store::Reader& reader);

  // Writes what is staged. Cancelled: another process owns a partition now; roll back and rejoin.
  absl::Status Write(store::Transaction& transaction);
  void Commit();
  void Rollback();

  // Where every partition handled so far goes on; for lag tools.
  std::vector<bus::Start> Progress() const;

 private:
  // What a topic says of its records.
  struct Kind {
    InputKind kind = InputKind::kFact;
    int province = 0;
    int slot = 0;
    int generation = 0;
    bool sequenced() const { return kind == InputKind::kFact; }
  };
  struct Mark {
    MarkRow row;
    int64_t version = 0;
    bool dirty = false;
    std::pair<int64_t, int64_t> early;  // the highest epoch and sequence that came too early
  };
  struct State {
    InputRow row;
    std::vector<Mark> marks;
  };
  struct Input {
    State committed;
    State staged;
    int64_t version = 0;  // of the row: the fence
    bool dirty = false;
    Kind kind;
  };

  static Kind KindOf(const bus::TopicPartition& partition);
  static absl::StatusOr<Admission> CheckMark(Input& input, const bus::Record& record, int64_t hash, bool read_before);

  std::map<bus::TopicPartition, Input> inputs_;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_INPUTS_H_
