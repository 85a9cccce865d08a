// The schema's history on SQLite.
#ifndef BERDAYA_COMMON_STORE_SQLITE_MIGRATE_H_
#define BERDAYA_COMMON_STORE_SQLITE_MIGRATE_H_

#include "absl/status/status.h"
#include "common/store/sqlite_connection.h"
#include "common/store/store.h"

namespace berdaya::store {

// Database::Migrate inside an open transaction of `connection`. The versions applied are in the table store_migrations.
absl::Status MigrateSqlite(Connection& connection, const Schema& schema);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_MIGRATE_H_
