// No partner has room: the case waits.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_CASE_QUEUED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_CASE_QUEUED_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnCaseQueued : CaseFact<OnCaseQueued, enterprise_mentoring::v1::CaseQueued> {
  static void Learn(const Message&, CaseRow& row) { row.stage = enterprise_mentoring::v1::CASE_STAGE_WAITING; }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_CASE_QUEUED_H_
