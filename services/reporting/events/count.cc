#include "services/reporting/events/count.h"

#include <algorithm>

namespace berdaya::reporting {
namespace {

using region::Level;
using region::RegionCode;

constexpr Level kLevels[] = {Level::kNation, Level::kProvince, Level::kRegency, Level::kDistrict};

void AddAt(RegionCode region, calendar::Day day, v1::Indicator indicator, int64_t change, flow::Outcome& out) {
  if (change == 0) return;
  out.Add(FigureRow{region.Parent(), region, day.MonthIndex(), indicator, change});
}

}  // namespace

Stocks StocksOf(const FamilyRow& family) {
  const bool known = family.version > 0;
  return {{v1::INDICATOR_FAMILIES, known ? 1 : 0},
          {v1::INDICATOR_MEMBERS, family.members},
          {v1::INDICATOR_PKH_ACTIVE, family.pkh_active ? 1 : 0},
          {v1::INDICATOR_SEMBAKO_ACTIVE, family.sembako_active ? 1 : 0}};
}

Stocks StocksOf(const CaseRow& row) {
  const auto at = [&](enterprise_mentoring::v1::CaseStage stage) { return row.stage == stage ? 1 : 0; };
  return {{v1::INDICATOR_CASES_WAITING, at(enterprise_mentoring::v1::CASE_STAGE_WAITING)},
          {v1::INDICATOR_CASES_MATCHED, at(enterprise_mentoring::v1::CASE_STAGE_MATCHED)},
          {v1::INDICATOR_CASES_MENTORED, at(enterprise_mentoring::v1::CASE_STAGE_MENTORED)}};
}

void Count(RegionCode region, calendar::Day day, v1::Indicator indicator, int64_t change, flow::Outcome& out) {
  const Level last = std::min(region.level(), Level::kDistrict);
  for (const Level level : kLevels) {
    if (level <= last) AddAt(region.At(level), day, indicator, change, out);
  }
}

void CountChange(RegionCode from, const Stocks& before, RegionCode to, const Stocks& after, calendar::Day day, flow::Outcome& out) {
  for (size_t i = 0; i < after.size(); ++i) {
    const v1::Indicator indicator = after[i].indicator;
    for (const Level level : kLevels) {
      if (from.At(level) == to.At(level)) {
        AddAt(to.At(level), day, indicator, after[i].value - before[i].value, out);
      } else {
        AddAt(from.At(level), day, indicator, -before[i].value, out);
        AddAt(to.At(level), day, indicator, after[i].value, out);
      }
    }
  }
}

}  // namespace berdaya::reporting
