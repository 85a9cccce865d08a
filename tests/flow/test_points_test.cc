// Kills the service at every place of the list, twice each, on a real broker, and compares what the topics say with the model.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <iostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/flow/test_points.h"
#include "tests/flow/stage.h"

namespace berdaya::flow::testing {
namespace {

struct Case {
  std::string point;
  int hit = 1;
  std::string problems;
  bool killed = false;
  int64_t repeats = 0;
};

bool IsOneOf(const std::string& point, const std::set<std::string>& points) { return points.contains(point); }

// One round of everything: reports with a fault, a fact, days with their sweep, a command, a repair. False if the service ended.
bool Round(Stage& stage, int round) {
  std::vector<Family> families;
  for (int i = 0; i < 12; ++i) {
    families.push_back({.ref = absl::StrCat("f", i % 5), .members = i + 1, .reported_at_s = round * 100 + i, .kk = i % 4 + 1u});
  }
  families[3].name = "REJECT";
  families[7].name = "QUARANTINE";
  families[9].name = "QUARANTINE";
  stage.OpenDays(31);
  // A report that comes with the day does to its family what the sweep would; on its own, the day leaves that to the sweep.
  if (round % 2 == 0 && !stage.Settle()) return false;
  stage.Reports(families);
  for (int i = 0; i < 3; ++i) stage.Graduate(absl::StrCat("f", i), round * 10 + i + 1);
  return stage.Confirm(absl::StrCat("r", round)) && stage.Settle() && stage.Mend();
}

void KillAt(Case& c, int province) {
  Stage stage(bus::testing::Broker::Shared(), province);
  stage.Start(absl::StrCat(c.point, ":", c.hit));
  const bool rebalances = IsOneOf(c.point, {"on_assignment", "on_revocation"});
  int round = 0;
  for (; round < 10 && Round(stage, round); ++round) {
    if (rebalances) stage.DisturbGroup();
  }
  c.killed = stage.service->AwaitEnd() && stage.service->signal == SIGKILL;
  if (!c.killed) c.problems = "it was not killed";
  c.problems += stage.Check(/*settled=*/false);
  stage.Start();
  for (int i = 0; i <= round; ++i) stage.Confirm(absl::StrCat("r", i));  // those without an answer, and the others again
  if (!Round(stage, round + 1) || !stage.Settle()) c.problems += absl::StrCat("\nit ended again: ", stage.service->Errors());
  c.problems += stage.Check(/*settled=*/true);
  if (!stage.StopInOrder()) c.problems += "\nit did not stop in order";
  c.repeats = stage.found.repeats;
}

TEST(TestPointsTest, EveryPlaceOnThePathMayBeTheLast) {
#ifndef BERDAYA_TEST_POINTS
  GTEST_SKIP() << "built without test points";
#endif
  std::vector<Case> cases;
  for (std::string_view point : kTestPointNames) {
    const bool rare = IsOneOf(std::string(point), {"on_assignment", "on_revocation", "in_replay", "in_sweep", "in_command"});
    for (int hit : {1, rare ? 2 : 5}) cases.push_back({std::string(point), hit});
  }
  std::atomic<size_t> next = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (size_t n; (n = next++) < cases.size();) KillAt(cases[n], 11 + static_cast<int>(n));
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::set<std::string> covered;
  int64_t repeats = 0;
  for (const Case& c : cases) {
    EXPECT_EQ(c.problems, "") << "killed at " << c.point << ":" << c.hit;
    if (c.killed) covered.insert(c.point);
    repeats += c.repeats;
  }
  std::cout << "test points: covered " << covered.size() << " of " << kTestPointNames.size() << ", " << cases.size() << " kills, "
            << repeats << " records twice in the log\n";
  EXPECT_EQ(covered.size(), kTestPointNames.size());
}

}  // namespace
}  // namespace berdaya::flow::testing
