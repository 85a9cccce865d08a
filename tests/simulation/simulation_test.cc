// All four services in one thread, with everything that can go wrong on the way, from a seed.
//
//   BERDAYA_SEED=17 platform_simulation_test     runs that one alone and says every step
//   BERDAYA_SEEDS=5000                           as many from 1
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/flow/stable_hash.h"
#include "common/flow/test_points.h"
#include "tests/simulation/run.h"

#ifdef BERDAYA_TEST_POINTS

namespace berdaya::simulation {
namespace {

constexpr uint64_t kSeeds = 1000;
constexpr uint64_t kReplayEvery = 20;
constexpr uint64_t kRebuildEvery = 8;
constexpr uint64_t kCalmEvery = 4;

std::string Difference(const std::vector<std::string>& is, const std::vector<std::string>& should_be) {
  std::vector<std::string> more;
  std::vector<std::string> less;
  std::set_difference(is.begin(), is.end(), should_be.begin(), should_be.end(), std::back_inserter(more));
  std::set_difference(should_be.begin(), should_be.end(), is.begin(), is.end(), std::back_inserter(less));
  if (more.empty() && less.empty()) return "";
  return absl::StrCat("with faults it ends in another state than without; only with:\n  ", absl::StrJoin(more, "\n  "),
                      "\nonly without:\n  ", absl::StrJoin(less, "\n  "));
}

class Sums {
 public:
  void Add(const RunResult& result) {
    points_.insert(result.points.begin(), result.points.end());
    steps_ += result.steps;
    records_ += result.records;
    graduations_ += result.graduations;
    matched_ += result.matched;
    hash_.Int(result.fingerprint);
  }
  // Enough has happened for the seeds to mean something.
  void Expect() const {
    // Of one half of the seeds nobody need have died in a replay: there are few.
    for (size_t i = 0; i < flow::kTestPointNames.size(); ++i) {
      const bool rare = flow::kTestPointNames[i] == "in_replay";
      EXPECT_TRUE(rare || points_.contains(static_cast<int>(i))) << "nobody died at " << flow::kTestPointNames[i];
    }
    EXPECT_GT(graduations_, 0);
    EXPECT_GT(matched_, 0);
  }
  std::string ToString() const {
    return absl::StrCat(steps_, " steps, ", records_, " reports, ", graduations_, " graduations, ", matched_,
                        " taken by partners; died at ", points_.size(), " of ", flow::kTestPointNames.size(),
                        " places; fingerprint ", absl::Hex(hash_.Value()));
  }

 private:
  std::set<int> points_;
  int64_t steps_ = 0;
  int64_t records_ = 0;
  int64_t graduations_ = 0;
  int64_t matched_ = 0;
  flow::StableHash hash_;
};

// Every second seed, beginning with one of these.
void PlayAll(uint64_t first) {
  const char* const one = getenv("BERDAYA_SEED");
  const char* const count = getenv("BERDAYA_SEEDS");
  const uint64_t last = count != nullptr ? strtoull(count, nullptr, 10) : kSeeds;
  Sums sums;
  for (uint64_t seed = first; seed <= last; seed += 2) {
    if (one != nullptr && seed != strtoull(one, nullptr, 10)) continue;
    const bool alone = one != nullptr;
    const std::string again = absl::StrCat("run it again with BERDAYA_SEED=", seed);
    const RunResult result = Play({.seed = seed, .rebuilds = alone || seed % kRebuildEvery < 2, .tells = alone});
    ASSERT_EQ(result.problems, "") << again;
    if (alone || IsStrict(seed) || seed % kCalmEvery == 1) {
      const RunResult calm = Play({.seed = seed, .faults = false});
      ASSERT_EQ(calm.problems, "") << "without faults; " << again;
      ASSERT_EQ(Difference(result.state, calm.state), "") << again;
    }
    if (alone || seed % kReplayEvery < 2) {
      ASSERT_EQ(Play({.seed = seed}).fingerprint, result.fingerprint) << "another run of the same seed differs; " << again;
    }
    sums.Add(result);
  }
  std::cout << "every second seed from " << first << " to " << last << ": " << sums.ToString() << std::endl;
  if (one == nullptr && last >= kSeeds) sums.Expect();
}

TEST(PlatformSimulationTest, InPhasesThatComeToRestFaultsChangeNothing) { PlayAll(2); }

TEST(PlatformSimulationTest, InPhasesThatRunIntoEachOtherWhatMustHoldHolds) { PlayAll(1); }

}  // namespace
}  // namespace berdaya::simulation

#endif  // BERDAYA_TEST_POINTS
