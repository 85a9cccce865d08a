// Numbers that only rise (flow_number).
#ifndef BERDAYA_COMMON_FLOW_NUMBERS_H_
#define BERDAYA_COMMON_FLOW_NUMBERS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace berdaya::flow {

// Adds to a number and returns it; nobody else adds to it before the transaction ends.
absl::StatusOr<int64_t> AddToNumber(store::Transaction& transaction, const std::string& name, int64_t add);

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_NUMBERS_H_
