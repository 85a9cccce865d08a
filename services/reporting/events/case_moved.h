// The family of a case lives in another village: what the case counts for moves with it.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_CASE_MOVED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_CASE_MOVED_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnCaseMoved : CaseFact<OnCaseMoved, enterprise_mentoring::v1::CaseMoved> {
  static void Learn(const Message&, CaseRow&) {}  // the village is in the head
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_CASE_MOVED_H_
