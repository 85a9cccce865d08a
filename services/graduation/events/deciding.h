// A person decides on a case, once: what a report and a command have in common.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_DECIDING_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_DECIDING_H_

#include <string>

#include "common/flow/view.h"
#include "services/graduation/domain/life.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

// Names the rows that DecideOnce looks at besides the case.
void WantDecision(int64_t case_id, type::v1::GraduationVerdict verdict, const std::string& letter_number,
                  const std::string& decided_by, flow::KeySet& keys);

// The same decision again is unchanged, whatever became of the case since. Otherwise decides; if that changed the case, `kept` is
// the row to put.
Reply DecideOnce(Case& c, const Decision& decision, calendar::Day day, const flow::View& view, Moves& moves, DecisionRow& kept);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_DECIDING_H_
