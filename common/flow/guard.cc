#include "common/flow/guard.h"

#include <vector>

#include "absl/strings/str_format.h"
#include "common/flow/numbers.h"
#include "common/flow/tables.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

constexpr int kRows = 16;

std::string NameOf(int row) { return absl::StrFormat("guard/%02d", row); }

}  // namespace

absl::StatusOr<int64_t> AddToNumber(store::Transaction& transaction, const std::string& name, int64_t add) {
  const NumberRow number{name, add};
  const store::Write write{&number};
  int64_t sum = 0;
  absl::Status status =
      transaction.AddAndGet(store::SpecOf<NumberRow>(), {&write, 1}, [&](size_t, store::CellSource& cells, int64_t) {
        NumberRow row;
        store::ReadRow(cells, row);
        sum = row.value;
      });
  if (!status.ok()) return status;
  return sum;
}

absl::Status Guard::Join(store::Transaction& transaction) {
  absl::StatusOr<int64_t> instances = AddToNumber(transaction, "instance", 1);
  if (!instances.ok()) return instances.status();
  row_ = static_cast<int>((*instances - 1) % kRows);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Guard::Lock(store::Transaction& transaction, bool all) {
  if (!all) return AddToNumber(transaction, NameOf(row_), 0);
  std::vector<NumberRow> rows;
  for (int i = 0; i < kRows; ++i) rows.push_back({NameOf(i), 1});  // sorted
  std::vector<store::Write> writes;
  for (const NumberRow& row : rows) writes.push_back({&row});
  int64_t value = 0;
  absl::Status status = transaction.AddAndGet(store::SpecOf<NumberRow>(), writes, [&](size_t, store::CellSource& cells, int64_t) {
    NumberRow row;
    store::ReadRow(cells, row);
    value = row.value;
  });
  if (!status.ok()) return status;
  return value;
}

}  // namespace berdaya::flow
