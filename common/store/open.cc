#include "absl/strings/strip.h"
#include "common/store/sqlite.h"
#include "common/store/store.h"

namespace berdaya::store {

absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options) {
  absl::string_view rest = options.url;
  if (absl::ConsumePrefix(&rest, "sqlite:") && !rest.empty()) return OpenSqlite(std::string(rest), options);
  return absl::InvalidArgumentError("url: neither sqlite:<path> nor sqlite::memory:");
}

}  // namespace berdaya::store
