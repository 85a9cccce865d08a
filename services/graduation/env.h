// What graduation gives its handlers besides rows.
#ifndef BERDAYA_SERVICES_GRADUATION_ENV_H_
#define BERDAYA_SERVICES_GRADUATION_ENV_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/graduation/domain/rule_book.h"

namespace berdaya::graduation {

struct Env {
  const RuleBook& rules;
};

// Reads every *.textproto of a folder. An error says which file and, where it can, which line, and why.
absl::StatusOr<RuleBook> LoadRuleBook(const std::string& folder);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_ENV_H_
