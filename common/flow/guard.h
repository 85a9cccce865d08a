// What all instances of a service know alike, the days and the quarantine, stays as it is while a transaction relies on it.
//
// Every instance has a row, which each of its transactions locks before anything else. A transaction that changes what all know
// locks the rows of all: it waits for those at work, and whoever comes later sees all of it. A lock for many readers and one
// writer, whose readers do not wait for each other and whose writer waits in a queue.
//
// The engine's lock guards it.
#ifndef BERDAYA_COMMON_FLOW_GUARD_H_
#define BERDAYA_COMMON_FLOW_GUARD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace berdaya::flow {

class Guard {
 public:
  // Gives this instance a row. Those beyond the 16th share rows, and then wait for each other.
  absl::Status Join(store::Transaction& transaction);

  // Locks our row, or those of all, until the transaction ends. Returns a number that every transaction with `all` raises by one.
  absl::StatusOr<int64_t> Lock(store::Transaction& transaction, bool all);

 private:
  int row_ = 0;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_GUARD_H_
