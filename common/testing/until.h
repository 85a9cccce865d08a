// Waits for a condition, looking every few milliseconds; never for a time.
#ifndef BERDAYA_COMMON_TESTING_UNTIL_H_
#define BERDAYA_COMMON_TESTING_UNTIL_H_

#include <functional>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace berdaya::testing_support {

// True once the condition holds; false if it does not within `bound`.
inline bool Until(const std::function<bool()>& holds, absl::Duration bound = absl::Seconds(60)) {
  for (const absl::Time give_up = absl::Now() + bound; !holds();) {
    if (absl::Now() > give_up) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace berdaya::testing_support

#endif  // BERDAYA_COMMON_TESTING_UNTIL_H_
