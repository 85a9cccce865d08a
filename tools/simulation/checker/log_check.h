// Compares what the provinces were answered, reply by reply and notice by notice, with what they had to be.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_LOG_CHECK_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_LOG_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "tools/simulation/checker/model.h"
#include "tools/simulation/checker/result.h"
#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

// Reads the replies and notices of all provinces from their beginning. An error where the broker cannot be read.
absl::Status CheckLog(const std::string& brokers, const Ledger& ledger, const Expected& world, Result& result);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_LOG_CHECK_H_
