// Compares the figures of reporting with a recount from the ledger.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_FIGURES_CHECK_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_FIGURES_CHECK_H_

#include "tools/simulation/checker/model.h"
#include "tools/simulation/checker/result.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/ministry.h"

namespace berdaya::simulation {

// The nation, every province, regency and district, at the end of the last month and of some before. `world` has its mentoring
// counted.
void CheckFigures(const Endpoints& endpoints, const Ledger& ledger, const Expected& world, Result& result);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_FIGURES_CHECK_H_
