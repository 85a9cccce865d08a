// An enterprise reached a milestone; money kept apart is the one that a figure counts.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_MILESTONE_REACHED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_MILESTONE_REACHED_H_

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnMilestoneReached : CaseFact<OnMilestoneReached, enterprise_mentoring::v1::MilestoneReached> {
  static void Learn(const Message& m, CaseRow& row) {
    if (m.milestone() == enterprise_mentoring::v1::MILESTONE_MONEY_SEPARATED) row.money_separated = true;
  }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_MILESTONE_REACHED_H_
