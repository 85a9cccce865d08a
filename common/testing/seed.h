// The seed of a random test: BERDAYA_SEED if it is set, else a new one. Printed, so that a failure can be played again.
#ifndef BERDAYA_COMMON_TESTING_SEED_H_
#define BERDAYA_COMMON_TESTING_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace berdaya::testing_support {

inline uint64_t TestSeed() {
  const char* given = std::getenv("BERDAYA_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "BERDAYA_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace berdaya::testing_support

#endif  // BERDAYA_COMMON_TESTING_SEED_H_
