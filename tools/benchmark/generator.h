// Synthetic families as provinces report them: village by village, and 85 % of NIKs issued in the family's own district, the rest
// anywhere. All data is invented; equal arguments give equal families.
#ifndef BERDAYA_TOOLS_BENCHMARK_GENERATOR_H_
#define BERDAYA_TOOLS_BENCHMARK_GENERATOR_H_

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "berdaya/province/v1/reports.pb.h"
#include "common/region/region_table.h"

namespace berdaya {

class Generator {
 public:
  // `total`: as many families are spread over all villages; asked for one after another.
  Generator(const region::RegionTable& regions, uint64_t seed, int64_t total);

  // The n-th family, of four members. Call it with 0, 1, 2, ...: numbers are given in that order.
  province::v1::FamilyReported Family(int64_t n);

 private:
  uint64_t NextSerial(region::RegionCode village);
  void AddMember(region::RegionCode village, int i, province::v1::Member& member);

  std::mt19937_64 random_;
  std::vector<region::RegionCode> villages_;
  int64_t per_village_;
  std::map<region::RegionCode, uint64_t> serials_;          // of KK numbers, by district
  std::map<std::pair<int64_t, int64_t>, uint64_t> births_;  // of NIKs, by district and day of birth
};

}  // namespace berdaya

#endif  // BERDAYA_TOOLS_BENCHMARK_GENERATOR_H_
