#include "common/flow/view.h"

#include <algorithm>
#include <atomic>

namespace berdaya::flow {

namespace internal {

int NextTableId() {
  static std::atomic<int> next{0};
  return next++;
}

}  // namespace internal

internal::TableViewBase& View::Slot(int id, absl::FunctionRef<std::unique_ptr<internal::TableViewBase>()> make) const {
  if (id >= static_cast<int>(tables_.size())) tables_.resize(id + 1);
  if (tables_[id] == nullptr) {
    tables_[id] = make();
    by_name_.push_back(tables_[id].get());
    std::sort(by_name_.begin(), by_name_.end(), [](const auto* a, const auto* b) { return a->name() < b->name(); });
  }
  return *tables_[id];
}

absl::Status View::Load() {
  KeySet leads(*this);
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < tables_.size(); ++i) {  // by position: what a row leads to may add a table
      if (tables_[i] == nullptr || !tables_[i]->HasWanted()) continue;
      again = true;
      if (absl::Status status = tables_[i]->Load(*transaction_, leads); !status.ok()) {
        Fail(status);
        return status;
      }
    }
  }
  return absl::OkStatus();
}

absl::Status View::Flush() {
  for (internal::TableViewBase* table : by_name_) {
    absl::StatusOr<int64_t> conflicts = table->Flush(*transaction_);
    if (!conflicts.ok()) return conflicts.status();
    if (*conflicts > 0) return absl::AbortedError("a row was changed by another writer since it was read");
  }
  return absl::OkStatus();
}

void View::Clear() {
  for (const auto& table : tables_) {
    if (table != nullptr) table->Clear();
  }
}

}  // namespace berdaya::flow
