// What no engine could store as it is described.
#ifndef BERDAYA_COMMON_STORE_CHECK_SCHEMA_H_
#define BERDAYA_COMMON_STORE_CHECK_SCHEMA_H_

#include "absl/status/status.h"
#include "common/store/store.h"

namespace berdaya::store {

// InvalidArgument, naming the table, if a description cannot be meant: an index that names no column of its table or does not end
// in the key, a name that an engine would change, something described twice or under a name of the store's own, too many columns,
// migrations out of order. Every engine's Migrate begins with it.
absl::Status CheckSchema(const Schema& schema);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_CHECK_SCHEMA_H_
