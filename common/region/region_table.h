// The versioned table of regions: what exists on a day, and how old and new codes lead to each other.
//
// Load it once and keep it for the whole process; it is immutable and may be used from all threads. Pointers and names it gives
// live as long as it does. No function allocates except those that return a vector. A lookup is one hash probe.
//
// Since 2022 four new provinces took over 26 regencies of Papua and Papua Barat under new codes. A family registered in 91.01 in
// 2014 lives in 93.01 today: CodeOn answers both for figures "in the regions of that day".
#ifndef BERDAYA_COMMON_REGION_REGION_TABLE_H_
#define BERDAYA_COMMON_REGION_REGION_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/calendar/day.h"
#include "common/region/region_code.h"

namespace berdaya::region {

// One version of a region: valid on valid_from <= day < valid_to.
struct Region {
  RegionCode code;
  std::string_view name;     // "Kabupaten Kendal", "Kota Semarang", "Jawa Tengah"
  calendar::Day valid_from;  // none: since ever
  calendar::Day valid_to;    // the first day on which it no longer is valid; none: open
  RegionCode predecessor;    // what it was, or was part of, before valid_from; nation if not known
  RegionCode successor;      // what took it over whole on valid_to; nation if nothing or several did

  constexpr bool ValidOn(calendar::Day day) const { return valid_from <= day && (valid_to.empty() || day < valid_to); }
};

class RegionTable {
 public:
  // Reads a file as described in the head of data/regions/regions.tsv. NotFound if it cannot be opened, InvalidArgument with path
  // and line if it is damaged or cut.
  static absl::StatusOr<std::unique_ptr<const RegionTable>> Load(const std::string& path);
  // The same from text in memory; `name` stands for the path in errors.
  static absl::StatusOr<std::unique_ptr<const RegionTable>> FromText(std::string text, const std::string& name);

  RegionTable(const RegionTable&) = delete;
  RegionTable& operator=(const RegionTable&) = delete;

  // The region that has this code on this day, or nullptr. The nation is no row.
  const Region* Find(RegionCode code, calendar::Day day) const;

  // True if any version of the table, old or new, knows the code.
  bool Exists(RegionCode code) const { return first_of_.contains(code); }

  bool VillageExists(RegionCode code, calendar::Day day) const {
    return code.level() == Level::kVillage && Find(code, day) != nullptr;
  }

  // The regions one level below that are valid on the day, by code; a province's regencies, the nation's provinces.
  std::vector<const Region*> Children(RegionCode code, calendar::Day day) const;
  std::vector<const Region*> Provinces(calendar::Day day) const { return Children(RegionCode(), day); }

  // The code that took over `code` whole when it ended; the nation if it has not ended, was divided, or is not known.
  RegionCode Successor(RegionCode code) const;

  // Where what happened in `code` (of any day) counts in the regions of `day`. Follows predecessors and successors; what has none,
  // and a code that is not known, counts at its regency, then at its province, then at the nation, so that no sum loses it. A new
  // province's old code is the province that it was part of.
  RegionCode CodeOn(RegionCode code, calendar::Day day) const;

  // The same in the newest version known.
  RegionCode CurrentCode(RegionCode code) const { return CodeOn(code, calendar::Day::Last()); }

  // Every version of every region, by code, then by valid_from.
  absl::Span<const Region> all() const { return regions_; }

 private:
  RegionTable() = default;

  absl::Status Read(const std::string& name);
  absl::Status ReadRow(std::string_view line);
  absl::Status Append(const Region& region);
  absl::Status Link();
  absl::Span<const Region> Versions(RegionCode code) const;
  // The next code on the way from a code to a day, or the nation if there is none.
  RegionCode Step(RegionCode code, calendar::Day day) const;

  std::string text_;  // names point into it
  std::vector<Region> regions_;
  absl::flat_hash_map<RegionCode, uint32_t> first_of_;  // code -> its first version in regions_
};

}  // namespace berdaya::region

#endif  // BERDAYA_COMMON_REGION_REGION_TABLE_H_
