// Compares what the provinces were answered, reply by reply and notice by notice, with what they had to be.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_LOG_CHECK_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_LOG_CHECK_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/simulation/checker/model.h"
#include "tools/simulation/checker/result.h"
#include "tools/simulation/kafka.h"
#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

// Reads topics from their beginning to where they end now, as far as it comes: an error where that is not the end.
using ReadSources = std::function<absl::Status(const std::vector<Source>&, const std::function<void(const Arrived&)>&)>;
ReadSources FromBrokers(const std::string& brokers);

// The replies and notices of all provinces. What could not be read counts as lost.
void CheckLog(const ReadSources& read, const Ledger& ledger, const Expected& world, Result& result);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_LOG_CHECK_H_
