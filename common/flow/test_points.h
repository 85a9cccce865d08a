// Places on the path of an event where a test may end this process: one list, so that a test can walk it and leave none out.
//
// BERDAYA_TEST_POINT=<name>:<n> in the environment makes the n-th hit of that point send SIGKILL to the own process. Images are
// built without them (CMake option BERDAYA_TEST_POINTS=OFF), and then a Hit costs nothing. In a single-threaded simulation a hook
// takes the place of the signal.
#ifndef BERDAYA_COMMON_FLOW_TEST_POINTS_H_
#define BERDAYA_COMMON_FLOW_TEST_POINTS_H_

#include <array>
#include <functional>
#include <string_view>

namespace berdaya::flow {

enum class TestPoint {
  kAfterPoll,
  kAfterDecide,
  kBeforeCommit,
  kAfterCommit,
  kBeforeProduce,
  kAfterProduce,
  kBeforeCursor,
  kAfterCursor,
  kOnAssignment,
  kOnRevocation,
  kInSweep,
  kInCommand,
  kInReplay,
};

inline constexpr std::array<std::string_view, 13> kTestPointNames = {
    "after_poll",   "after_decide",  "before_commit", "after_commit", "before_produce", "after_produce", "before_cursor",
    "after_cursor", "on_assignment", "on_revocation", "in_sweep",     "in_command",     "in_replay"};

#ifdef BERDAYA_TEST_POINTS
void Hit(TestPoint point);
// Called instead of the signal; an empty function restores the signal.
void SetTestPointHook(std::function<void(TestPoint)> hook);
#else
inline void Hit(TestPoint) {}
#endif

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_TEST_POINTS_H_
