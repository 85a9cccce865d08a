// Says why a case stands as it stands, for people and for programs.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_EXPLAIN_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_EXPLAIN_H_

#include <string>

#include "absl/status/status.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "services/graduation/domain/case.h"
#include "services/graduation/domain/rule_book.h"

namespace berdaya::graduation {

// "1 Juli 2020" and "1 July 2020"; empty for none.
std::string DayInIndonesian(calendar::Day day);
std::string DayInEnglish(calendar::Day day);

// Fills criteria, sentences, rule_version and as_of. `proposal` is the case's last one, or nullptr: then the case is measured
// against the rules of `today`. FailedPrecondition if the rule set of the proposal is not in the book.
absl::Status Explain(const Case& c, const Proposal* proposal, calendar::Day today, const RuleBook& book,
                     v1::ExplainDecisionResponse& out);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_EXPLAIN_H_
