#include "common/store/postgres_error.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berdaya::store {
namespace {

constexpr absl::string_view kIoError = "58030";
constexpr absl::string_view kLockNotAvailable = "55P03";
constexpr absl::string_view kInsufficientPrivilege = "42501";
constexpr absl::string_view kReadOnly = "25006";
constexpr absl::string_view kIdleTimeout = "25P03";
// A prepared statement of before somebody else's migration: a new connection prepares it anew.
constexpr absl::string_view kFeatureNotSupported = "0A000";

absl::StatusCode CodeOf(absl::string_view sqlstate) {
  if (sqlstate.empty() || EndsConnection(sqlstate) || sqlstate == kLockNotAvailable || sqlstate == kIoError) {
    return absl::StatusCode::kUnavailable;
  }
  if (sqlstate == kInsufficientPrivilege) return absl::StatusCode::kFailedPrecondition;
  const absl::string_view its_class = sqlstate.substr(0, 2);
  if (its_class == "40") return absl::StatusCode::kAborted;            // deadlock, serialization
  if (its_class == "53") return absl::StatusCode::kResourceExhausted;  // disk, memory, connections
  if (its_class == "57") return absl::StatusCode::kUnavailable;        // cancelled by a time-out or an operator
  if (its_class == "28" || its_class == "3D" || its_class == "3F") return absl::StatusCode::kFailedPrecondition;  // login, names
  if (sqlstate == "XX001" || sqlstate == "XX002") return absl::StatusCode::kDataLoss;
  if (its_class == "XX" || its_class == "58" || its_class == "F0") return absl::StatusCode::kInternal;
  return absl::StatusCode::kInvalidArgument;  // a wrong call or a wrong statement
}

// True for classes whose messages name tables, columns and words of the statement, but no values of rows.
bool MayBeTold(absl::string_view sqlstate) {
  for (absl::string_view its_class : {"08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "XX"}) {
    if (absl::StartsWith(sqlstate, its_class)) return true;
  }
  return false;
}

const char* Advice(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kResourceExhausted:
      return "; free space, memory or connections, then retry";
    case absl::StatusCode::kDataLoss:
      return "; stop, keep the server's data and restore or check it";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
      return "; retry";
    default:
      return "";
  }
}

}  // namespace

bool EndsConnection(absl::string_view sqlstate) {
  return absl::StartsWith(sqlstate, "08") || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
         sqlstate == "57P05" || sqlstate == kIdleTimeout || sqlstate == kReadOnly || sqlstate == kFeatureNotSupported;
}

absl::Status PostgresStatus(absl::string_view sqlstate, absl::string_view message, absl::string_view where) {
  const absl::StatusCode code = CodeOf(sqlstate);
  std::string text = absl::StrCat(where, ": ");
  if (sqlstate.empty()) {
    absl::StrAppend(&text, "the connection is lost");
  } else {
    absl::StrAppend(&text, MayBeTold(sqlstate) ? message : "refused", " (sqlstate ", sqlstate, ")");
  }
  return absl::Status(code, absl::StrCat(text, Advice(code)));
}

}  // namespace berdaya::store
