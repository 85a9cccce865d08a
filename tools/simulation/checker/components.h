// Who in a household counts for PKH on a day, by the checker's own reading of Permensos 1/2018.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_COMPONENTS_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_COMPONENTS_H_

#include <array>

#include "berdaya/type/v1/programme.pb.h"
#include "tools/simulation/household.h"

namespace berdaya::simulation {

// Pregnant, early childhood, primary, junior and senior secondary, elderly, severe disability, out of school.
using Components = std::array<int, 8>;

Components CountOn(const Household& household, Day day);

// The first day after `day` on which somebody reaches an age that may matter; 0 if nobody will.
Day NextBirthday(const Household& household, Day day);

Components FromProto(const type::v1::Components& components);

inline bool NobodyEligible(const Components& components) { return components == Components{}; }

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_COMPONENTS_H_
