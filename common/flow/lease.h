// Whose turn it is to relay: one instance of a service at a time.
//
// A row of the database says so. Its owner number rises whenever the turn changes hands, and every sign of life of its holder
// raises the row's version, in the transaction that moves the cursors: who has lost the turn cannot move them. Another instance
// takes the turn when the row has not changed for `patience` on its own clock; no two clocks are ever compared. A holder that has
// given no sign for half of that rests by itself. What one that slept has on its way may still arrive: the same records in the same
// order as its successor sends, which consumers drop as repeats.
//
// The engine's lock guards it, but for term().
#ifndef BERDAYA_COMMON_FLOW_LEASE_H_
#define BERDAYA_COMMON_FLOW_LEASE_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/store.h"

namespace berdaya::flow {

class Lease {
 public:
  using Clock = std::function<absl::Duration()>;  // since any moment; never goes back

  // `patience` zero: no other process can have the database. The turn is taken at once and never given up.
  explicit Lease(absl::Duration patience, Clock clock = &Steady);

  // Renews the turn, or takes it if it may be taken; true if the transaction holds it once it is committed. Then call Commit.
  absl::StatusOr<bool> Hold(store::Transaction& transaction);
  // The same for the last time: whoever asks next may take it at once. False if it was not ours.
  absl::StatusOr<bool> Release(store::Transaction& transaction);
  void Commit();

  // The owner number of our turn; 0 while it is another's, or may be.
  int64_t term() const;
  // The one that Hold or Release wrote, before its commit.
  int64_t staged_term() const { return staged_.owner; }

  static absl::Duration Steady();

 private:
  struct Turn {
    int64_t owner = 0;
    bool held = false;
    absl::Duration at;
  };

  absl::StatusOr<bool> Write(store::Transaction& transaction, bool release);

  const absl::Duration patience_;
  const Clock clock_;
  Turn staged_;
  int64_t seen_version_ = -1;  // of the row while it is another's
  absl::Duration seen_at_;
  std::atomic<int64_t> owner_{0};
  std::atomic<int64_t> renewed_ms_{0};  // by clock_
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_LEASE_H_
