// The PostgreSQL engine behind store.h.
//
// One writing connection, whose transaction one caller has at a time, and a small pool of connections for snapshots (REPEATABLE
// READ, read-only). Several processes may work on one database. Their transactions are READ COMMITTED: a row that is written is
// fenced by its version, counters are locked until the commit; what is only read is as of the moment it was read.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_H_
#define BERDAYA_COMMON_STORE_POSTGRES_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace berdaya::store {

// Connects to options.url, postgresql://… Call Open instead.
absl::StatusOr<std::unique_ptr<Database>> OpenPostgres(const Options& options);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_H_
