// A graduated family has a mentoring case: a new one, whatever an earlier one had reached. It counts once it waits or is matched.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_CASE_OPENED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_CASE_OPENED_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnCaseOpened : CaseFact<OnCaseOpened, enterprise_mentoring::v1::CaseOpened> {
  static void Learn(const Message&, CaseRow& row) {
    row.stage = enterprise_mentoring::v1::CASE_STAGE_UNSPECIFIED;
    row.money_separated = false;
  }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_CASE_OPENED_H_
