// A partner takes the case.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_CASE_MATCHED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_CASE_MATCHED_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnCaseMatched : CaseFact<OnCaseMatched, enterprise_mentoring::v1::CaseMatched> {
  static void Learn(const Message&, CaseRow& row) { row.stage = enterprise_mentoring::v1::CASE_STAGE_MATCHED; }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_CASE_MATCHED_H_
