// One run of a scenario: with faults from the seed or without any, and what came of it.
#ifndef BERDAYA_TESTS_SIMULATION_RUN_H_
#define BERDAYA_TESTS_SIMULATION_RUN_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace berdaya::simulation {

struct RunOptions {
  uint64_t seed = 1;
  bool faults = true;
  bool rebuilds = false;  // also builds reporting's read model anew in the end
  bool tells = false;  // every step on standard error
};

struct RunResult {
  std::string problems;             // empty if everything held that must hold
  std::vector<std::string> state;   // what is true in the end, a line each, independent of the order of events
  uint64_t fingerprint = 0;         // of every record of every topic and every row of every database
  std::set<int> points;             // test points at which services died
  int64_t steps = 0;
  int64_t records = 0;              // published by the provinces
  int64_t graduations = 0;
  int64_t matched = 0;
};

// Whether each phase of the scenario comes to rest before the next begins, so that a run with faults must end in the very state of
// one without. In the other half of the seeds phases run into each other, and only what the provinces have said has to be equal.
inline bool IsStrict(uint64_t seed) { return seed % 2 == 0; }

RunResult Play(const RunOptions& options);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_RUN_H_
