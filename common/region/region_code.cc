#include "common/region/region_code.h"

#include "absl/status/status.h"

namespace berdaya::region {
namespace {

constexpr char kForm[] = "a region code has 2, 4, 6 or 10 digits, such as 33.24.05.2001, and begins with 11 to 99";

// Where dots stand in a dotted code.
constexpr bool IsDotPlace(size_t place) { return place == 2 || place == 5 || place == 8; }

}  // namespace

absl::StatusOr<RegionCode> RegionCode::FromNumber(uint64_t digits) {
  if (digits >= uint64_t{kNationUnit} || !HasForm(static_cast<int64_t>(digits))) {
    return absl::InvalidArgumentError(
        "a region code as a number has ten digits, filled with zeros on the right, such as 3324000000");
  }
  return RegionCode(static_cast<int64_t>(digits));
}

absl::StatusOr<RegionCode> RegionCode::Parse(std::string_view text) {
  const bool dotted = text.size() > 2 && text[2] == '.';
  int64_t code = 0;
  int digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (dotted && IsDotPlace(i)) {
      if (text[i] != '.') return absl::InvalidArgumentError(kForm);
      continue;
    }
    if (text[i] < '0' || text[i] > '9' || ++digits > 10) return absl::InvalidArgumentError(kForm);
    code = code * 10 + (text[i] - '0');
  }
  const bool whole_parts = digits == 2 || digits == 4 || digits == 6 || digits == 10;
  if (!whole_parts || text.back() == '.') return absl::InvalidArgumentError(kForm);
  const int64_t last_part = code % (digits == 10 ? 10'000 : 100);
  // Only the full ten digits may be filled with zeros: "33.00" is nothing.
  if (last_part == 0 && (dotted || digits != 10)) return absl::InvalidArgumentError(kForm);
  for (int i = digits; i < 10; ++i) code *= 10;
  if (!HasForm(code) || code == 0) return absl::InvalidArgumentError(kForm);
  return RegionCode(code);
}

std::string RegionCode::Format() const {
  if (IsNation()) return {};
  constexpr size_t kLengths[] = {0, 2, 5, 8, 13};
  std::string text = "00.00.00.0000";
  int64_t rest = code_;
  for (size_t i = text.size(); i-- > 0;) {
    if (IsDotPlace(i)) continue;
    text[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  text.resize(kLengths[static_cast<int>(level())]);
  return text;
}

}  // namespace berdaya::region
