// The provinces and their villages, read from the region table as plain data.
#ifndef BERDAYA_TOOLS_SIMULATION_REGIONS_H_
#define BERDAYA_TOOLS_SIMULATION_REGIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "tools/simulation/days.h"

namespace berdaya::simulation {

// Codes of ten digits, filled with zeros on the right.
constexpr int ProvinceOf(uint64_t region) { return static_cast<int>(region / 100'000'000); }
constexpr uint64_t RegencyOf(uint64_t region) { return region / 1'000'000 * 1'000'000; }
constexpr uint64_t DistrictOf(uint64_t region) { return region / 10'000 * 10'000; }
constexpr uint64_t ProvinceRegion(int province) { return static_cast<uint64_t>(province) * 100'000'000; }

// True if `area` (nation 0, province, regency, district or village) has `village` in it.
constexpr bool Contains(uint64_t area, uint64_t village) {
  for (uint64_t unit : {uint64_t{100'000'000}, uint64_t{1'000'000}, uint64_t{10'000}, uint64_t{1}}) {
    if (area % unit == 0) return area == 0 || area / unit == village / unit;
  }
  return false;
}

struct Province {
  int code = 0;
  std::string name;
  std::vector<uint64_t> villages;  // sorted
};

class Regions {
 public:
  // The regions that existed all the time from `first` to `last`.
  static absl::StatusOr<Regions> Load(const std::string& path, Day first, Day last);

  const std::vector<Province>& provinces() const { return provinces_; }
  // Any code the table has ever known.
  bool Known(uint64_t code) const { return known_.contains(code); }

 private:
  std::vector<Province> provinces_;  // by code
  absl::flat_hash_set<uint64_t> known_;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_REGIONS_H_
