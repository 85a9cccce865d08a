// The result in words: a table a province, the waiting lists, what differs, the closing line; and the same for a program.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_REPORT_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_REPORT_H_

#include <string>

#include "tools/simulation/checker/result.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {

std::string TableText(const Result& result, const Regions& regions);
// Faults published and answered, places taken, and the first differences.
std::string FindingsText(const Result& result);
// "demo: reported=... families_per_second=..."
std::string ClosingLine(const Result& result, const Ledger& ledger);
std::string Json(const Result& result, const Ledger& ledger, const Regions& regions);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_REPORT_H_
