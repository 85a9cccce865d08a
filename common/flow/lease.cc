#include "common/flow/lease.h"

#include <chrono>
#include <utility>

#include "common/flow/tables.h"
#include "common/store/typed.h"

namespace berdaya::flow {

Lease::Lease(absl::Duration patience, Clock clock) : patience_(patience), clock_(std::move(clock)) {}

absl::Duration Lease::Steady() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

absl::StatusOr<bool> Lease::Hold(store::Transaction& transaction) { return Write(transaction, /*release=*/false); }

absl::StatusOr<bool> Lease::Release(store::Transaction& transaction) { return Write(transaction, /*release=*/true); }

absl::StatusOr<bool> Lease::Write(store::Transaction& transaction, bool release) {
  const absl::Duration now = clock_();
  LeaseRow row{"relay"};
  int64_t version = 0;
  const store::KeyOf<LeaseRow> key = store::KeyOfRow(row);
  const void* keys[] = {&key};
  absl::Status status = transaction.Read(store::SpecOf<LeaseRow>(), keys, [&](size_t, store::CellSource& cells, int64_t found) {
    store::ReadRow(cells, row);
    version = found;
  });
  if (!status.ok()) return status;
  if (!row.held || row.owner != owner_) {
    owner_ = 0;
    if (version != std::exchange(seen_version_, version)) seen_at_ = now;
    if (release || (row.held && now - seen_at_ < patience_)) return false;
    ++row.owner;
  }
  row.held = !release;
  const store::Write write{&row, version};
  const absl::StatusOr<int64_t> conflicts = transaction.Put(store::SpecOf<LeaseRow>(), {&write, 1});
  if (!conflicts.ok()) return conflicts.status();
  staged_ = {row.owner, row.held, now};
  return *conflicts == 0;
}

void Lease::Commit() {
  renewed_ms_ = absl::ToInt64Milliseconds(staged_.at);
  owner_ = staged_.held ? staged_.owner : 0;
}

int64_t Lease::term() const {
  const bool fresh = patience_ == absl::ZeroDuration() || clock_() - absl::Milliseconds(renewed_ms_.load()) < patience_ / 2;
  return fresh ? owner_.load() : 0;
}

}  // namespace berdaya::flow
