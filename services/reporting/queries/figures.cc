#include "services/reporting/queries/figures.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/bus/topics.h"
#include "common/flow/tables.h"
#include "common/status/status.h"
#include "common/store/typed.h"
#include "services/reporting/tables/tables.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using region::Level;
using region::RegionCode;

constexpr int64_t kRowsAScan = 20'000;

// The figures of one region, added up.
struct Sums {
  std::array<int64_t, v1::Indicator_ARRAYSIZE> value{};
  std::array<int64_t, v1::Indicator_ARRAYSIZE> change{};

  void Take(const FigureRow& row, int month) {
    if (row.indicator <= 0 || row.indicator >= v1::Indicator_ARRAYSIZE) return;  // of a newer program that was rolled back
    value[row.indicator] += row.change;
    if (row.month == month) change[row.indicator] += row.change;
  }

  v1::RegionFigures ToProto(const region::RegionTable& regions, RegionCode region, int month) const {
    v1::RegionFigures figures;
    figures.set_region(static_cast<uint64_t>(region.ToCell()));
    figures.set_name(NameOf(regions, region, month));
    figures.set_year(month / 12);
    figures.set_month(month == 0 ? 0 : month % 12 + 1);
    for (int i = v1::INDICATOR_UNSPECIFIED + 1; i < v1::Indicator_ARRAYSIZE; ++i) {
      v1::Figure& figure = *figures.add_figures();
      figure.set_indicator(static_cast<v1::Indicator>(i));
      figure.set_value(value[i]);
      figure.set_change(change[i]);
    }
    return figures;
  }
};

}  // namespace

std::string NameOf(const region::RegionTable& regions, RegionCode region, int month) {
  if (region.IsNation()) return "Indonesia";
  const Day day = month == 0 ? Day::Last() : Day::FirstOfMonth(month).AddMonths(1) - 1;
  if (const region::Region* found = regions.Find(region, day)) return std::string(found->name);
  // A code that is no longer, or not yet, valid: the name of its last version.
  const auto all = regions.all();
  const auto after = std::upper_bound(all.begin(), all.end(), region, [](RegionCode code, const region::Region& r) { return code < r.code; });
  return after != all.begin() && std::prev(after)->code == region ? std::string(std::prev(after)->name) : std::string();
}

absl::Status CheckScope(const region::RegionTable& regions, RegionCode scope, RegionCode region) {
  const bool known = region.IsNation() || (region.level() != Level::kVillage && regions.Exists(region));
  if (known && scope.Contains(region)) return absl::OkStatus();
  return WithReason(absl::NotFoundError("no such region"), "region_unknown", "region");
}

absl::StatusOr<int> FigureReads::LatestMonth() {
  int latest = 0;
  const RegionCode nation;
  const store::ScanRange range{.from = {nation.ToCell(), nation.ToCell()}, .to = {nation.ToCell(), nation.ToCell() + 1}, .limit = 1'000'000};
  absl::Status status = reader_.Scan(store::SpecOf<FigureRow>(), range, [&](size_t, store::CellSource& cells, int64_t) {
    FigureRow row;
    store::ReadRow(cells, row);
    latest = std::max(latest, row.month);
  });
  if (!status.ok()) return status;
  return latest;
}

absl::StatusOr<int> FigureReads::MonthOr(int month) {
  if (month != 0) return month;
  return LatestMonth();
}

absl::StatusOr<v1::RegionFigures> FigureReads::OfRegion(RegionCode region, int month) {
  if (absl::Status status = CheckScope(regions_, scope_, region); !status.ok()) return status;
  const absl::StatusOr<int> at = MonthOr(month);
  if (!at.ok()) return at.status();
  Sums sums;
  const int64_t parent = region.Parent().ToCell();
  const store::ScanRange range{.from = {parent, region.ToCell()}, .to = {parent, region.ToCell(), int64_t{*at} + 1}, .limit = 1'000'000};
  absl::Status status = reader_.Scan(store::SpecOf<FigureRow>(), range, [&](size_t, store::CellSource& cells, int64_t) {
    FigureRow row;
    store::ReadRow(cells, row);
    sums.Take(row, *at);
  });
  if (!status.ok()) return status;
  return sums.ToProto(regions_, region, *at);
}

absl::StatusOr<FigureReads::Children> FigureReads::OfChildren(RegionCode parent, int month, RegionCode after, int limit) {
  if (absl::Status status = CheckScope(regions_, scope_, parent); !status.ok()) return status;
  if (parent.level() >= Level::kDistrict) {
    return Invalid("parent_too_low", "parent", "figures are kept down to districts: ask for the nation, a province or a regency");
  }
  const absl::StatusOr<int> at = MonthOr(month);
  if (!at.ok()) return at.status();

  Children children;
  std::optional<std::pair<RegionCode, Sums>> open;  // the child whose rows are being read
  const auto close = [&] {
    if (open.has_value()) children.figures.push_back(open->second.ToProto(regions_, open->first, *at));
    open.reset();
  };
  // Strictly after {parent, nation} skips the nation's own rows, which lie before those of its provinces.
  store::ScanRange range{.from = {parent.ToCell(), after.ToCell()}, .after_from = true, .to = {parent.ToCell() + 1}, .limit = kRowsAScan};
  for (int64_t got = kRowsAScan; got == kRowsAScan && !children.more;) {
    got = 0;
    FigureRow row;
    absl::Status status = reader_.Scan(store::SpecOf<FigureRow>(), range, [&](size_t, store::CellSource& cells, int64_t) {
      ++got;
      store::ReadRow(cells, row);
      if (row.month > *at || children.more) return;
      if (!open.has_value() || open->first != row.region) {
        close();
        children.more = static_cast<int>(children.figures.size()) == limit;
        if (children.more) return;
        open.emplace(row.region, Sums{});
      }
      open->second.Take(row, *at);
    });
    if (!status.ok()) return status;
    range.from = {row.parent.ToCell(), row.region.ToCell(), int64_t{row.month}, int64_t{row.indicator}};
  }
  close();
  return children;
}

absl::StatusOr<Day> FigureReads::AsOf() {
  std::vector<store::KeyOf<flow::InputRow>> keys;
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) keys.emplace_back(std::string(bus::kRegistryFacts), p);
  const absl::StatusOr<std::vector<std::optional<flow::InputRow>>> rows = store::GetMany<flow::InputRow>(reader_, keys);
  if (!rows.ok()) return rows.status();
  Day day = Day::Last();
  for (const auto& row : *rows) day = std::min(day, row.has_value() ? row->day : Day{});
  return day;
}

}  // namespace berdaya::reporting
