#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/store/postgres.h"
#include "common/store/sqlite.h"
#include "common/store/store.h"

namespace berdaya::store {

bool SharedByProcesses(absl::string_view url) {
  return absl::StartsWith(url, "postgresql://") || absl::StartsWith(url, "postgres://");
}

absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options) {
  if (SharedByProcesses(options.url)) return OpenPostgres(options);
  absl::string_view rest = options.url;
  if (absl::ConsumePrefix(&rest, "sqlite:") && !rest.empty()) return OpenSqlite(std::string(rest), options);
  return absl::InvalidArgumentError("url: none of sqlite:<path>, sqlite::memory: and postgresql://<user>@<host>/<database>");
}

}  // namespace berdaya::store
