// PostgreSQL's SQLSTATEs as the status codes of store.h.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_ERROR_H_
#define BERDAYA_COMMON_STORE_POSTGRES_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berdaya::store {

// `sqlstate` is five characters, or empty if the connection was lost before the server could say anything; `message` is the
// server's primary message; `where` names the server and, where there is one, the table. What comes out never contains a row's
// values: of the classes whose messages may quote them (data, constraints) only the SQLSTATE is told.
absl::Status PostgresStatus(absl::string_view sqlstate, absl::string_view message, absl::string_view where);

// True if the connection is of no use after this: the server ends it, or has become one that only reads.
bool EndsConnection(absl::string_view sqlstate);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_ERROR_H_
