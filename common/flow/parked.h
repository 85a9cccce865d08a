// Which keys are parked: a record that names one of them waits, so that the order of one family's events is kept.
//
// The rows are in the database (ParkedRow, ParkedKeyRow); this is their index in memory. Changes are staged until the commit.
// Guarded by the engine's lock.
#ifndef BERDAYA_COMMON_FLOW_PARKED_H_
#define BERDAYA_COMMON_FLOW_PARKED_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/store/store.h"

namespace berdaya::flow {

class Parked {
 public:
  // More parked records than this stop the consumer instead of emptying the topic into quarantine.
  static constexpr int64_t kMaxQuarantined = 100;

  // Takes what the database holds; after an error it is as before.
  absl::Status Load(store::Reader& reader);

  bool empty() const { return keys_.empty() && quarantined_ == 0; }
  int64_t quarantined() const { return quarantined_; }
  int64_t waiting() const { return waiting_; }
  bool Blocks(absl::Span<const uint64_t> keys) const;

  // Returns the number of the record among all that are parked; a later one has a higher number.
  int64_t Stage(absl::Span<const uint64_t> keys, bool waiting);
  void Commit();
  void Rollback();

 private:
  struct Change {
    std::vector<uint64_t> keys;
    bool waiting = false;
  };
  absl::flat_hash_map<uint64_t, int> keys_;  // hash to number of records that named it
  int64_t quarantined_ = 0;
  int64_t waiting_ = 0;
  int64_t last_number_ = 0;
  std::vector<Change> staged_;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_PARKED_H_
