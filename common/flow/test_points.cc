#include "common/flow/test_points.h"

#ifdef BERDAYA_TEST_POINTS

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <string>

namespace berdaya::flow {
namespace {

struct Armed {
  int point = -1;
  std::atomic<long> hits_left{0};
};

Armed& TheArmed() {
  static Armed* const kArmed = [] {
    auto* armed = new Armed;
    const char* text = getenv("BERDAYA_TEST_POINT");
    if (text == nullptr) return armed;
    const std::string_view all(text);
    const size_t colon = all.find(':');
    for (size_t i = 0; i < kTestPointNames.size(); ++i) {
      if (all.substr(0, colon) == kTestPointNames[i]) armed->point = static_cast<int>(i);
    }
    armed->hits_left = colon == std::string_view::npos ? 1 : atol(text + colon + 1);
    return armed;
  }();
  return *kArmed;
}

std::function<void(TestPoint)>& Hook() {
  static auto* const kHook = new std::function<void(TestPoint)>;
  return *kHook;
}

}  // namespace

void SetTestPointHook(std::function<void(TestPoint)> hook) { Hook() = std::move(hook); }

void Hit(TestPoint point) {
  if (Hook()) return Hook()(point);
  Armed& armed = TheArmed();
  if (armed.point != static_cast<int>(point)) return;
  if (armed.hits_left.fetch_sub(1) == 1) kill(getpid(), SIGKILL);
}

}  // namespace berdaya::flow

#endif  // BERDAYA_TEST_POINTS
