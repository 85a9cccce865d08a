#include "common/store/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"

namespace berdaya::store {
namespace {

// Disk, quota, memory, open files: what an operator can give more of.
bool IsUsedUp(int system_errno) {
  return absl::ErrnoToStatusCode(system_errno) == absl::StatusCode::kResourceExhausted || system_errno == EFBIG;
}

absl::StatusCode IoErrorCode(int code, int system_errno) {
  if (IsLostSync(code)) return absl::StatusCode::kDataLoss;
  switch (code) {
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
      return absl::StatusCode::kDataLoss;
    case SQLITE_IOERR_NOMEM:
    case SQLITE_IOERR_SHMSIZE:  // the only way to fail to grow a small file of zeros
      return absl::StatusCode::kResourceExhausted;
    default:
      return IsUsedUp(system_errno) ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable;
  }
}

absl::StatusCode CodeOf(int code, int system_errno) {
  if (code == SQLITE_BUSY_SNAPSHOT) return absl::StatusCode::kAborted;
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_IOERR:
      return IoErrorCode(code, system_errno);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CANTOPEN:
      return IsUsedUp(system_errno) ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kFailedPrecondition;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return absl::StatusCode::kFailedPrecondition;
    default:  // ERROR, CONSTRAINT, MISMATCH, MISUSE, RANGE, TOOBIG: a wrong call or a wrong statement
      return absl::StatusCode::kInvalidArgument;
  }
}

const char* Advice(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kResourceExhausted:
      return "; free space, memory or open files, then retry";
    case absl::StatusCode::kDataLoss:
      return "; stop, keep the file and restore or check it";
    case absl::StatusCode::kUnavailable:
      return "; retry";
    default:
      return "";
  }
}

}  // namespace

bool IsLostSync(int code) { return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC; }

absl::Status SqliteStatus(int code, int system_errno, absl::string_view where) {
  // SQLite sets the number with these only; with any other code it is of some call before.
  if ((code & 0xff) != SQLITE_IOERR && (code & 0xff) != SQLITE_CANTOPEN) system_errno = 0;
  const absl::StatusCode status = CodeOf(code, system_errno);
  std::string message = absl::StrCat(where, ": ", sqlite3_errstr(code), " (sqlite ", code);
  if (system_errno != 0) absl::StrAppend(&message, ", ", std::strerror(system_errno));
  absl::StrAppend(&message, ")", Advice(status));
  return absl::Status(status, message);
}

}  // namespace berdaya::store
