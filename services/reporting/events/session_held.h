// A mentoring session took place: from the first one on the case is mentored.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_SESSION_HELD_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_SESSION_HELD_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnSessionHeld : CaseFact<OnSessionHeld, enterprise_mentoring::v1::SessionHeld> {
  static void Learn(const Message&, CaseRow& row) { row.stage = enterprise_mentoring::v1::CASE_STAGE_MENTORED; }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_SESSION_HELD_H_
