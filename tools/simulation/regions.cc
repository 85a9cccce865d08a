#include "tools/simulation/regions.h"

#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berdaya::simulation {
namespace {

constexpr size_t kVillageDigits = 10;
constexpr size_t kProvinceDigits = 2;

// "2022-07-25"; 0 if empty or no date.
Day ParseDay(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  int year = 0;
  int month = 0;
  int day = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &year) || !absl::SimpleAtoi(parts[1], &month) ||
      !absl::SimpleAtoi(parts[2], &day)) {
    return 0;
  }
  return DayOf(year, month, day);
}

}  // namespace

absl::StatusOr<Regions> Regions::Load(const std::string& path, Day first, Day last) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the region table ", path));
  Regions regions;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#' || line.rfind("berdaya-regions", 0) == 0) continue;
    const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
    uint64_t code = 0;
    if (fields.size() < 2 || !absl::SimpleAtoi(fields[0], &code)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": not a row of the region table: ", line));
    }
    const size_t digits = fields[0].size();
    for (size_t i = digits; i < kVillageDigits; ++i) code *= 10;
    regions.known_.insert(code);
    const Day from = fields.size() > 2 ? ParseDay(fields[2]) : 0;
    const Day to = fields.size() > 3 ? ParseDay(fields[3]) : 0;
    if (from > first || (to != 0 && to <= last)) continue;
    if (digits == kProvinceDigits) {
      regions.provinces_.push_back({ProvinceOf(code), std::string(fields[1]), {}});
    } else if (digits == kVillageDigits) {
      if (regions.provinces_.empty() || regions.provinces_.back().code != ProvinceOf(code)) {
        return absl::InvalidArgumentError(absl::StrCat(path, ": a village before its province: ", code));
      }
      regions.provinces_.back().villages.push_back(code);
    }
  }
  if (regions.provinces_.empty())
    return absl::InvalidArgumentError(absl::StrCat(path, " has no province that existed all the time"));
  return regions;
}

}  // namespace berdaya::simulation
