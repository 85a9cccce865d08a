// A Kemendagri region code as one integer: ten decimal digits PPKKCCDDDD (province, regency or city, district, village), filled
// with zeros on the right. 3324052001 is village 33.24.05.2001, 3324000000 is regency 33.24, 0 is the nation.
//
// A value of eight bytes. Sorted by code, a region comes right before everything inside it, so a region is one range of a table.
// The form says nothing about existence: ask RegionTable.
#ifndef BERDAYA_COMMON_REGION_REGION_CODE_H_
#define BERDAYA_COMMON_REGION_REGION_CODE_H_

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace berdaya::region {

enum class Level : uint8_t { kNation, kProvince, kRegency, kDistrict, kVillage };

// By the first digit of the fourth part (Permendagri 137/2017): only a desa has a BUMDes.
enum class VillageKind : uint8_t { kNone, kKelurahan, kDesa, kDesaAdat };

struct CodeRange;

class RegionCode {
 public:
  constexpr RegionCode() = default;  // the nation

  // A code written in the program, checked by the compiler: RegionCode::Of(3324000000).
  static consteval RegionCode Of(int64_t digits) {
    if (!HasForm(digits)) NotACode();
    return RegionCode(digits);
  }

  // A code of ten digits as contracts carry it; 0 is the nation. InvalidArgument where it has not the form.
  static absl::StatusOr<RegionCode> FromNumber(uint64_t digits);

  // "33.24.05.2001", "3324052001", or a prefix of whole parts ("33.24", "3324"). Ten digits may end in zeros ("3324000000"). The
  // nation has no text.
  static absl::StatusOr<RegionCode> Parse(std::string_view text);

  // True for 0 and for codes with a province of 11 or more and no part after an empty one.
  static constexpr bool HasForm(int64_t digits) {
    if (digits == 0) return true;
    if (digits < 11 * kProvinceUnit || digits >= 100 * kProvinceUnit) return false;
    const bool regency = digits / kRegencyUnit % 100 != 0;
    const bool district = digits / kDistrictUnit % 100 != 0;
    const bool village = digits % kDistrictUnit != 0;
    return (regency || !district) && (district || !village);
  }

  // For tables and contracts. FromCell takes only what ToCell gave.
  static constexpr RegionCode FromCell(int64_t cell) { return RegionCode(cell); }
  constexpr int64_t ToCell() const { return code_; }

  constexpr bool IsNation() const { return code_ == 0; }

  constexpr Level level() const {
    if (code_ == 0) return Level::kNation;
    if (code_ % kProvinceUnit == 0) return Level::kProvince;
    if (code_ % kRegencyUnit == 0) return Level::kRegency;
    return code_ % kDistrictUnit == 0 ? Level::kDistrict : Level::kVillage;
  }

  // Two digits, 0 for the nation.
  constexpr int ProvinceCode() const { return static_cast<int>(code_ / kProvinceUnit); }

  // The region of a level that this one is in: itself at its own level or a lower one.
  constexpr RegionCode At(Level level) const { return RegionCode(code_ - code_ % UnitOf(level)); }

  // The region just above; the nation is its own parent.
  constexpr RegionCode Parent() const {
    const Level own = level();
    return own == Level::kNation ? *this : At(static_cast<Level>(static_cast<int>(own) - 1));
  }

  // True for itself and everything inside.
  constexpr bool Contains(RegionCode other) const { return other.At(level()) == *this; }

  // The codes from this one up to, not including, the first code after it.
  constexpr CodeRange Range() const;

  constexpr VillageKind village_kind() const {
    const int64_t first = code_ % kDistrictUnit / 1000;
    return first >= 1 && first <= 3 ? static_cast<VillageKind>(first) : VillageKind::kNone;
  }

  // "33.24.05.2001", "33.24"; "" for the nation. Short enough that std::string keeps it in place.
  std::string Format() const;

  friend constexpr bool operator==(RegionCode, RegionCode) = default;
  friend constexpr std::strong_ordering operator<=>(RegionCode, RegionCode) = default;
  template <class H>
  friend H AbslHashValue(H h, RegionCode code) {
    return H::combine(std::move(h), code.code_);
  }
  friend std::ostream& operator<<(std::ostream& out, RegionCode code) {
    return out << (code.IsNation() ? "nation" : code.Format());
  }

 private:
  static constexpr int64_t kProvinceUnit = 100'000'000;
  static constexpr int64_t kRegencyUnit = 1'000'000;
  static constexpr int64_t kDistrictUnit = 10'000;
  static constexpr int64_t kNationUnit = 10'000'000'000;

  explicit constexpr RegionCode(int64_t code) : code_(code) {}

  // Not constexpr: calling it in Of() is what stops the compiler.
  static void NotACode() {}

  static constexpr int64_t UnitOf(Level level) {
    constexpr int64_t kUnits[] = {kNationUnit, kProvinceUnit, kRegencyUnit, kDistrictUnit, 1};
    return kUnits[static_cast<int>(level)];
  }

  int64_t code_ = 0;
};

// A range for scans, on the cells of codes: first <= cell < end.
struct CodeRange {
  int64_t first = 0;
  int64_t end = 0;
};

constexpr CodeRange RegionCode::Range() const { return {code_, code_ + UnitOf(level())}; }

}  // namespace berdaya::region

#endif  // BERDAYA_COMMON_REGION_REGION_CODE_H_
