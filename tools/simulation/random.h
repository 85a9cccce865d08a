// Random numbers that are the same on every machine: standard distributions are not.
#ifndef BERDAYA_TOOLS_SIMULATION_RANDOM_H_
#define BERDAYA_TOOLS_SIMULATION_RANDOM_H_

#include <cstdint>

namespace berdaya::simulation {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). A stream of its own for each pair of seed
// and stream number, so that a family's life does not depend on how many others there are.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0) : state_(seed * 0x9e3779b97f4a7c15 + stream * 0xd1342543de82ef95) { Next(); }

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to n-1; n below 2^32.
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>((Next() >> 32) * n >> 32); }
  int Between(int first, int last) { return first + static_cast<int>(Below(static_cast<uint32_t>(last - first + 1))); }
  bool Chance(double probability) { return static_cast<double>(Next() >> 11) * 0x1p-53 < probability; }

 private:
  uint64_t state_;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_RANDOM_H_
