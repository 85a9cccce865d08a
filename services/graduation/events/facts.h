// From what a case did to rows and messages.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_FACTS_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_FACTS_H_

#include "common/flow/outcome.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

// Publishes the facts in order and keeps the proposals. `c` is the case after all of them.
void PublishMoves(const Case& c, const Moves& moves, flow::Outcome& out);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_FACTS_H_
