// A graduated family has a mentoring case. It counts once it waits or is matched.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_CASE_OPENED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_CASE_OPENED_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnCaseOpened : CaseFact<OnCaseOpened, enterprise_mentoring::v1::CaseOpened> {
  static void Learn(const Message&, CaseRow&) {}
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_CASE_OPENED_H_
