// Typed access to the seam: whole rows in, whole rows out.
#ifndef BERDAYA_COMMON_STORE_TYPED_H_
#define BERDAYA_COMMON_STORE_TYPED_H_

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace berdaya::store {

// The row of a key, or nullopt.
template <class Row>
absl::StatusOr<std::optional<Row>> Get(Reader& reader, const KeyOf<Row>& key) {
  std::optional<Row> found;
  const void* keys[] = {&key};
  absl::Status status =
      reader.Read(SpecOf<Row>(), keys, [&](size_t, CellSource& cells, int64_t) { ReadRow(cells, found.emplace()); });
  if (!status.ok()) return status;
  return found;
}

// The rows of many keys, in the order asked, nullopt where there is none.
template <class Row>
absl::StatusOr<std::vector<std::optional<Row>>> GetMany(Reader& reader, const std::vector<KeyOf<Row>>& keys) {
  std::vector<std::optional<Row>> found(keys.size());
  std::vector<const void*> pointers;
  pointers.reserve(keys.size());
  for (const auto& key : keys) pointers.push_back(&key);
  absl::Status status = reader.Read(SpecOf<Row>(), pointers,
                                    [&](size_t index, CellSource& cells, int64_t) { ReadRow(cells, found[index].emplace()); });
  if (!status.ok()) return status;
  return found;
}

// A range of rows, in order.
template <class Row>
absl::StatusOr<std::vector<Row>> ScanRows(Reader& reader, const ScanRange& range) {
  std::vector<Row> rows;
  absl::Status status =
      reader.Scan(SpecOf<Row>(), range, [&](size_t, CellSource& cells, int64_t) { ReadRow(cells, rows.emplace_back()); });
  if (!status.ok()) return status;
  return rows;
}

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_TYPED_H_
