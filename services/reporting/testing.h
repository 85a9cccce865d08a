// What reporting's tests share: heads of facts, the real region table, the figures that a database holds.
#ifndef BERDAYA_SERVICES_REPORTING_TESTING_H_
#define BERDAYA_SERVICES_REPORTING_TESTING_H_

#include <cstdlib>
#include <map>
#include <tuple>

#include "berdaya/type/v1/fact.pb.h"
#include "common/calendar/day_proto.h"
#include "common/region/region_table.h"
#include "services/reporting/tables/tables.h"

namespace berdaya::reporting {

inline constexpr uint64_t kKendal = 3324000000;         // Kabupaten Kendal, Jawa Tengah
inline constexpr uint64_t kVillage = 3324052001;        // in its district 33.24.05
inline constexpr uint64_t kSameDistrict = 3324052002;   // another of that district
inline constexpr uint64_t kOtherDistrict = 3324012001;  // of Kendal as well
inline constexpr uint64_t kOtherProvince = 3201012001;  // Kabupaten Bogor, Jawa Barat

inline const region::RegionTable& TestRegions() {
  static const region::RegionTable* const kTable = [] {
    auto table = region::RegionTable::Load("data/regions/regions.tsv");
    if (!table.ok()) std::abort();
    return table->release();
  }();
  return *kTable;
}

inline void SetHead(int64_t family_id, int64_t version, uint64_t village, calendar::Day day, type::v1::FactInfo& info) {
  info.set_family_id(family_id);
  info.set_version(version);
  info.set_village(village);
  calendar::ToProto(day, *info.mutable_recorded_day());
}

// A message with its head.
template <class M>
M Fact(int64_t family_id, int64_t version, uint64_t village, calendar::Day day) {
  M m;
  SetHead(family_id, version, village, day, *m.mutable_info());
  return m;
}

// The same about a case.
template <class M>
M CaseFactOf(int64_t case_id, int64_t version, uint64_t village, calendar::Day day) {
  M m = Fact<M>(7, version, village, day);
  m.set_case_id(case_id);
  return m;
}

// (region, month, indicator) -> change; zeros left out.
using Figures = std::map<std::tuple<int64_t, int, int>, int64_t>;

inline Figures FiguresOf(const std::vector<FigureRow>& rows) {
  Figures figures;
  for (const FigureRow& row : rows) {
    if (row.change != 0) figures[{row.region.ToCell(), row.month, row.indicator}] += row.change;
  }
  return figures;
}

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_TESTING_H_
