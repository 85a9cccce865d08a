// SQLite's result codes as the status codes of store.h.
#ifndef BERDAYA_COMMON_STORE_SQLITE_ERROR_H_
#define BERDAYA_COMMON_STORE_SQLITE_ERROR_H_

#include "absl/strings/string_view.h"

#include "absl/status/status.h"

namespace berdaya::store {

// `code` is an extended result code other than OK, ROW and DONE; `system_errno` is what the operating system said, 0 if nothing;
// `where` names the file and, where there is one, the table. The message never contains a row's values.
absl::Status SqliteStatus(int code, int system_errno, absl::string_view where);

// True if a write may be on disk or not and asking again cannot tell: the connection must not commit anything more.
bool IsLostSync(int code);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_ERROR_H_
