#include "common/flow/parked.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/flow/tables.h"
#include "common/store/typed.h"

namespace berdaya::flow {

absl::Status Parked::Load(store::Reader& reader) {
  Parked loaded;
  store::ScanRange all{.limit = std::numeric_limits<int64_t>::max()};
  absl::Status status = reader.Scan(store::SpecOf<ParkedKeyRow>(), all, [&](size_t, store::CellSource& cells, int64_t) {
    ParkedKeyRow row;
    store::ReadRow(cells, row);
    ++loaded.keys_[static_cast<uint64_t>(row.hash)];
  });
  if (!status.ok()) return status;
  status = reader.Scan(store::SpecOf<ParkedRow>(), all, [&](size_t, store::CellSource& cells, int64_t) {
    ParkedRow row;
    store::ReadRow(cells, row);
    ++(row.waiting ? loaded.waiting_ : loaded.quarantined_);
    loaded.last_number_ = std::max(loaded.last_number_, row.number);
  });
  if (status.ok()) *this = std::move(loaded);
  return status;
}

bool Parked::Blocks(absl::Span<const uint64_t> keys) const {
  for (uint64_t key : keys) {
    if (keys_.contains(key)) return true;
  }
  return false;
}

int64_t Parked::Stage(absl::Span<const uint64_t> keys, bool waiting) {
  for (uint64_t key : keys) ++keys_[key];  // seen by the rest of the batch
  ++(waiting ? waiting_ : quarantined_);
  staged_.push_back({{keys.begin(), keys.end()}, waiting});
  return ++last_number_;
}

void Parked::Commit() { staged_.clear(); }

void Parked::Rollback() {
  for (const Change& change : staged_) {
    for (uint64_t key : change.keys) {
      if (auto it = keys_.find(key); it != keys_.end() && --it->second == 0) keys_.erase(it);
    }
    --(change.waiting ? waiting_ : quarantined_);
  }
  staged_.clear();
}

}  // namespace berdaya::flow
