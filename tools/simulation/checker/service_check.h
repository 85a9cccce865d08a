// Compares what the registry, graduation and enterprise mentoring answer over gRPC, family by family, with what must be true.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_SERVICE_CHECK_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_SERVICE_CHECK_H_

#include "tools/simulation/checker/model.h"
#include "tools/simulation/checker/result.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/ministry.h"

namespace berdaya::simulation {

// What a service does not answer for counts as lost, family by family.
void CheckRegistry(const Endpoints& endpoints, const Ledger& ledger, const Expected& world, Result& result);
void CheckGraduation(const Endpoints& endpoints, const Ledger& ledger, const Expected& world, Result& result);
// Settles in `world` who took the last places, from what mentoring says, as long as that is one of the ways it may be.
void CheckMentoring(const Endpoints& endpoints, const Ledger& ledger, Expected& world, Result& result);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_SERVICE_CHECK_H_
