// The schema's history on PostgreSQL.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_MIGRATE_H_
#define BERDAYA_COMMON_STORE_POSTGRES_MIGRATE_H_

#include "absl/status/status.h"
#include "common/store/postgres_connection.h"
#include "common/store/store.h"

namespace berdaya::store {

// Database::Migrate inside an open transaction of `connection`, in the first schema of its search_path that exists. Processes that
// start at once take turns. A table that somebody uses is waited for as long as any lock, `lock_timeout_ms`: whoever came after
// would wait as well.
absl::Status MigratePostgres(PostgresConnection& connection, const Schema& schema, int lock_timeout_ms);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_MIGRATE_H_
