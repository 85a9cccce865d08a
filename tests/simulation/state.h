// What a platform holds in the end, in forms that can be compared.
#ifndef BERDAYA_TESTS_SIMULATION_STATE_H_
#define BERDAYA_TESTS_SIMULATION_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/platform.h"
#include "tests/simulation/run.h"

namespace berdaya::simulation {

// Every row of the services' own tables as a line. Ids of cases, which depend on the order in which facts came, are replaced by
// whose they are.
std::vector<std::string> StateOf(Platform& platform);

// What the provinces have said of their families and people and the registry has taken: this depends on the order within each
// province's topic and on nothing else.
std::vector<std::string> ReportedStateOf(Platform& platform);

// Of every record of every topic with its headers, and of every row of every table.
uint64_t FingerprintOf(Platform& platform);

// Fills in the counts of what has happened.
void Count(Platform& platform, RunResult& result);


}  // namespace berdaya::simulation


#endif  // BERDAYA_TESTS_SIMULATION_STATE_H_
