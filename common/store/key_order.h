// The order of rows by their keys.
#ifndef BERDAYA_COMMON_STORE_KEY_ORDER_H_
#define BERDAYA_COMMON_STORE_KEY_ORDER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/store/table.h"

namespace berdaya::store {

// The positions of `items` in ascending order of their keys, whose cells (`key_columns` of them) `cells` gives: integers by value,
// text by its bytes. Two writers that both keep to this order cannot wait for each other in a circle.
std::vector<uint32_t> OrderByKey(absl::Span<const void* const> items, int key_columns, void (*cells)(const void*, CellSink&));

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_KEY_ORDER_H_
