#include "common/store/key_order.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

namespace berdaya::store {
namespace {

using KeyCell = std::pair<int64_t, std::string_view>;  // one of the two counts

class KeySink final : public CellSink {
 public:
  explicit KeySink(std::vector<KeyCell>& cells) : cells_(cells) {}
  void Int(int64_t value) override { cells_.emplace_back(value, std::string_view()); }
  void Text(std::string_view value) override { cells_.emplace_back(0, value); }

 private:
  std::vector<KeyCell>& cells_;
};

}  // namespace

std::vector<uint32_t> OrderByKey(absl::Span<const void* const> items, int key_columns, void (*cells)(const void*, CellSink&)) {
  std::vector<KeyCell> keys;
  keys.reserve(items.size() * static_cast<size_t>(key_columns));
  KeySink sink(keys);
  for (const void* item : items) cells(item, sink);
  const auto less = [&](uint32_t a, uint32_t b) {
    const KeyCell* left = keys.data() + size_t{a} * key_columns;
    const KeyCell* right = keys.data() + size_t{b} * key_columns;
    return std::lexicographical_compare(left, left + key_columns, right, right + key_columns);
  };
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  if (!std::is_sorted(order.begin(), order.end(), less)) std::sort(order.begin(), order.end(), less);
  return order;
}

}  // namespace berdaya::store
