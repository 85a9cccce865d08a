// The four MoUs of the Rakor of February 2020, with invented terms: the demo's data, not the universities'.
#ifndef BERDAYA_TOOLS_SIMULATION_MOUS_H_
#define BERDAYA_TOOLS_SIMULATION_MOUS_H_

#include <vector>

#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

inline constexpr Day kMouDay = DayOf(2020, 2, 19);

std::vector<MouTerms> DemoMous();

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_MOUS_H_
