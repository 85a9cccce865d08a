// The partitions this process reads: ownership, next offsets, high-water marks, days.
//
// What a batch changes here is staged until its transaction commits; a rollback forgets it. Not thread-safe: the engine's lock guards it.
#ifndef BERDAYA_COMMON_FLOW_INPUTS_H_
#define BERDAYA_COMMON_FLOW_INPUTS_H_

#include <cstdint>
#include <map>
#include <string>
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
  };

  // Makes this process the owner of partitions: raises their row versions and returns where to read from, one record back, so that
  // the record before can be compared. A partition never read before is read from offset 0.
  absl::StatusOr<std::vector<bus::Start>> Take(store::Transaction& transaction, absl::Span<const bus::TopicPartition> partitions);
  void Drop(absl::Span<const bus::TopicPartition> partitions);

  // Stages the next record of a partition. DataLoss: the log was cut, or records are missing before this one; nothing after it may be
  // handled.
  absl::StatusOr<Admission> Admit(const bus::Record& record);

  bool Owns(const bus::TopicPartition& partition) const { return inputs_.contains(partition); }

  bool any() const { return !inputs_.empty(); }

  // The origin of a record of a partition that is ours.
  Origin OriginOf(const bus::Record& record) const;

  // Stages the day of a partition of the day topic.
  void SetDay(const bus::TopicPartition& partition, calendar::Day day);
  // The days of a topic's partitions, by partition number; empty where not owned or before the first.
  std::vector<calendar::Day> DaysOf(const std::string& topic) const;
  // The same, with the days of partitions that others own, or nobody yet, as the database has them.
  absl::StatusOr<std::vector<calendar::Day>> AllDaysOf(const std::string& topic, store::Transaction& transaction) const;

  // Writes what is staged. Cancelled: another process owns a partition now; roll back and rejoin.
  absl::Status Write(store::Transaction& transaction);
  void Commit();
  void Rollback();

  // Where every partition handled so far goes on; for lag tools.
  std::vector<bus::Start> Progress() const;

 private:
  struct Mark {
    MarkRow row;
    int64_t version = 0;
    bool dirty = false;
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
    int slot = 0;
    int generation = 0;
    int province = 0;
    bool sequenced = false;
  };

  absl::StatusOr<Admission> CheckMark(Input& input, const bus::Record& record);

  std::map<bus::TopicPartition, Input> inputs_;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_INPUTS_H_
