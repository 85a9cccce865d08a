#include "services/registry/env.h"

#include "absl/strings/str_cat.h"
#include "common/textproto/textproto.h"

namespace berdaya::registry {

absl::StatusOr<v1::ComponentRules> LoadComponentRules(const std::string& path) {
  v1::ComponentRules rules;
  if (absl::Status s = ReadTextProto(path, rules); !s.ok()) return s;
  const auto wrong = [&](const char* what) { return absl::InvalidArgumentError(absl::StrCat(path, ": ", what)); };
  if (rules.early_childhood_last_age() < 0) return wrong("early_childhood_last_age is 0 or more");
  if (rules.schooling_first_age() < 1) return wrong("schooling_first_age is 1 or more");
  if (rules.schooling_last_age() < rules.schooling_first_age()) return wrong("schooling_last_age is not below schooling_first_age");
  if (rules.elderly_first_age() <= rules.schooling_last_age()) return wrong("elderly_first_age is above schooling_last_age");
  if (rules.start_days_back() < 0) return wrong("start_days_back is 0 or more");
  if (rules.start_days_ahead() < 0) return wrong("start_days_ahead is 0 or more");
  if (rules.source().empty()) return wrong("source names the law or report that the ages are taken from");
  return rules;
}

}  // namespace berdaya::registry
