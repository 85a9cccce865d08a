#include "services/graduation/domain/rule_book.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;

constexpr size_t kMaxVersion = 32;
constexpr int kMaxYears = 30;
constexpr int kMaxWarnMonths = 60;
constexpr int kMaxReproposalDays = 3650;

bool IsVersion(const std::string& text) {
  return !text.empty() && text.size() <= kMaxVersion &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

absl::Status Wrong(std::string_view field, std::string_view message) { return Invalid("rule_set_invalid", field, message); }

absl::Status CheckWarnMonths(const v1::RuleSet& set) {
  for (int i = 0; i < set.warn_months_size(); ++i) {
    const std::string field = absl::StrCat("warn_months[", i, "]");
    const int months = set.warn_months(i);
    if (months < 1 || months > kMaxWarnMonths) return Wrong(field, "a warning comes 1 to 60 months before the end");
    if (months >= set.programme_years() * 12) return Wrong(field, "a warning cannot come before the family takes part");
    if (i > 0 && months >= set.warn_months(i - 1)) return Wrong(field, "the months must fall, such as 12, 6, 3");
  }
  return absl::OkStatus();
}

absl::Status CheckCriteria(const v1::RuleSet& set) {
  if (set.criteria_size() == 0) return Wrong("criteria", "a rule set has at least one criterion");
  std::vector<bool> seen(v1::CriterionKind_ARRAYSIZE);
  for (int i = 0; i < set.criteria_size(); ++i) {
    const std::string field = absl::StrCat("criteria[", i, "]");
    const v1::RuleCriterion& criterion = set.criteria(i);
    if (criterion.kind() == v1::CRITERION_KIND_UNSPECIFIED || !v1::CriterionKind_IsValid(criterion.kind())) {
      return Wrong(field, "kind is missing or not known");
    }
    if (criterion.source().empty()) return Wrong(field, "source names the law or regulation of the criterion");
    if (seen[criterion.kind()]) return Wrong(field, "this kind of criterion is there already");
    seen[criterion.kind()] = true;
  }
  return absl::OkStatus();
}

}  // namespace

Day OverOn(Day enrolled_on, const Rules& rules) {
  const Day anniversary = enrolled_on.AddYears(rules.programme_years);
  return AgeOn(enrolled_on, anniversary) < rules.programme_years ? anniversary + 1 : anniversary;
}

Day WarnOn(Day over_on, int months) { return over_on.AddMonths(-months); }

absl::Status CheckRuleSet(const v1::RuleSet& set) {
  if (!IsVersion(set.version())) return Wrong("version", "a version has 1 to 32 characters of a-z, 0-9 and -");
  if (!calendar::FromProto(set.effective_from(), "effective_from").ok()) {
    return Wrong("effective_from", "say year, month and day of the first day in force");
  }
  if (set.programme_years() < 1 || set.programme_years() > kMaxYears) return Wrong("programme_years", "1 to 30 years");
  if (set.reproposal_days() < 1 || set.reproposal_days() > kMaxReproposalDays) return Wrong("reproposal_days", "1 to 3,650 days");
  if (absl::Status s = CheckWarnMonths(set); !s.ok()) return s;
  return CheckCriteria(set);
}

absl::StatusOr<RuleBook> RuleBook::Make(const std::vector<v1::RuleSet>& sets) {
  if (sets.empty()) return Wrong("", "there is no rule set");
  RuleBook book;
  for (const v1::RuleSet& set : sets) {
    if (absl::Status s = CheckRuleSet(set); !s.ok()) return InField(set.version(), std::move(s));
    Rules rules;
    rules.version = set.version();
    rules.effective_from = *calendar::FromProto(set.effective_from());
    rules.programme_years = set.programme_years();
    rules.warn_months.assign(set.warn_months().begin(), set.warn_months().end());
    rules.reproposal_days = set.reproposal_days();
    for (const v1::RuleCriterion& criterion : set.criteria()) rules.sources[criterion.kind()] = criterion.source();
    for (const Rules& other : book.sets_) {
      if (other.version == rules.version) return Wrong("version", absl::StrCat("two rule sets have the version ", rules.version));
      if (other.effective_from == rules.effective_from) {
        return Wrong("effective_from", absl::StrCat(other.version, " and ", rules.version, " begin on the same day"));
      }
    }
    book.sets_.push_back(std::move(rules));
  }
  std::sort(book.sets_.begin(), book.sets_.end(),
            [](const Rules& a, const Rules& b) { return a.effective_from < b.effective_from; });
  return book;
}

const Rules& RuleBook::On(Day day) const {
  for (size_t i = sets_.size() - 1; i > 0; --i) {
    if (sets_[i].effective_from <= day) return sets_[i];
  }
  return sets_.front();
}

Day RuleBook::NextChange(Day day) const {
  for (size_t i = 1; i < sets_.size(); ++i) {
    if (sets_[i].effective_from > day) return sets_[i].effective_from;
  }
  return {};
}

const Rules* RuleBook::Find(std::string_view version) const {
  for (const Rules& rules : sets_) {
    if (rules.version == version) return &rules;
  }
  return nullptr;
}

}  // namespace berdaya::graduation
