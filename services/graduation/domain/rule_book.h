// The rule sets by the day on which they are in force.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_RULE_BOOK_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_RULE_BOOK_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/rules.pb.h"
#include "common/calendar/day.h"

namespace berdaya::graduation {

// A rule set as it is worked with; rules.proto says what each part means.
struct Rules {
  std::string version;
  calendar::Day effective_from;
  int programme_years = 0;
  std::vector<int> warn_months;  // falling
  int reproposal_days = 0;
  std::array<std::string, v1::CriterionKind_ARRAYSIZE> sources;  // by kind; empty: the criterion does not apply

  bool Applies(v1::CriterionKind kind) const { return !sources[kind].empty(); }
};

// The first day on which the programme's years are over. Years from 29 February are over on 1 March where there is no 29th.
calendar::Day OverOn(calendar::Day enrolled_on, const Rules& rules);

// The first day of the last `months` months before that day.
calendar::Day WarnOn(calendar::Day over_on, int months);

// Sees that a set makes sense. InvalidArgument names the field (common/status) and says what is allowed.
absl::Status CheckRuleSet(const v1::RuleSet& set);

// One or more sets. Immutable; any thread.
class RuleBook {
 public:
  // InvalidArgument: a set that makes no sense, two of one version, two from one day, or none at all.
  static absl::StatusOr<RuleBook> Make(const std::vector<v1::RuleSet>& sets);

  // The set in force on a day; before the first set begins, the first.
  const Rules& On(calendar::Day day) const;
  // The first day after `day` on which another set comes into force; none if none will.
  calendar::Day NextChange(calendar::Day day) const;
  // The set of a version, or nullptr.
  const Rules* Find(std::string_view version) const;

 private:
  std::vector<Rules> sets_;  // by effective_from
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_RULE_BOOK_H_
