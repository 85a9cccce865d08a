// An amount of money in whole rupiah. A value: copy it, compare it, add and multiply it with a check.
#ifndef BERDAYA_COMMON_MONEY_RUPIAH_H_
#define BERDAYA_COMMON_MONEY_RUPIAH_H_

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace berdaya::money {

struct Rupiah {
  int64_t amount = 0;

  static constexpr Rupiah FromCell(int64_t cell) { return {cell}; }
  constexpr int64_t ToCell() const { return amount; }

  // "Rp3.500.000", "-Rp500", "Rp0": as Indonesian official papers write it.
  std::string Format() const;

  friend constexpr bool operator==(const Rupiah&, const Rupiah&) = default;
  friend constexpr std::strong_ordering operator<=>(const Rupiah&, const Rupiah&) = default;
  template <class H>
  friend H AbslHashValue(H h, const Rupiah& rupiah) {
    return H::combine(std::move(h), rupiah.amount);
  }
  friend std::ostream& operator<<(std::ostream& out, const Rupiah& rupiah) { return out << rupiah.Format(); }
};

// InvalidArgument where the result does not fit 64 bits: no real amount comes near, so an input is wrong.
absl::StatusOr<Rupiah> Add(Rupiah a, Rupiah b);
absl::StatusOr<Rupiah> Subtract(Rupiah a, Rupiah b);
absl::StatusOr<Rupiah> Multiply(Rupiah a, int64_t times);

}  // namespace berdaya::money

#endif  // BERDAYA_COMMON_MONEY_RUPIAH_H_
