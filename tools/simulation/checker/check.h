// The whole check: from the ledger to a result.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_CHECK_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_CHECK_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "tools/simulation/checker/result.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/ministry.h"

namespace berdaya::simulation {

// Compares replies, notices and the four services with the ledger. What is still on its way gets `patience` to arrive: differences
// are final when they are still there after it.
// `say` is told what is being compared.
Result Check(const Endpoints& endpoints, const Ledger& ledger, absl::Duration patience,
             const std::function<void(const std::string&)>& say);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_CHECK_H_
