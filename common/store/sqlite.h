// The SQLite engine behind store.h.
//
// One writing connection, whose transaction one caller has at a time; one connection for checkpoints; and read-only connections for
// snapshots, kept for reuse. The write-ahead log lets all of them work at once.
#ifndef BERDAYA_COMMON_STORE_SQLITE_H_
#define BERDAYA_COMMON_STORE_SQLITE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace berdaya::store {

// Opens `file` (":memory:" for a database of this process alone). Call Open instead.
absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& file, const Options& options);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_H_
