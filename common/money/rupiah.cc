#include "common/money/rupiah.h"

#include "absl/status/status.h"

namespace berdaya::money {
namespace {

absl::StatusOr<Rupiah> Checked(bool overflow, int64_t amount) {
  if (overflow) return absl::InvalidArgumentError("the amount of rupiah is too large; check the figures that it is made of");
  return Rupiah{amount};
}

}  // namespace

std::string Rupiah::Format() const {
  // Unsigned, so that the least int64 has an absolute value too.
  const uint64_t absolute = amount < 0 ? 0 - static_cast<uint64_t>(amount) : static_cast<uint64_t>(amount);
  const std::string digits = std::to_string(absolute);
  std::string text = amount < 0 ? "-Rp" : "Rp";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += '.';
    text += digits[i];
  }
  return text;
}

absl::StatusOr<Rupiah> Add(Rupiah a, Rupiah b) {
  int64_t sum = 0;
  const bool overflow = __builtin_add_overflow(a.amount, b.amount, &sum);
  return Checked(overflow, sum);
}

absl::StatusOr<Rupiah> Subtract(Rupiah a, Rupiah b) {
  int64_t difference = 0;
  const bool overflow = __builtin_sub_overflow(a.amount, b.amount, &difference);
  return Checked(overflow, difference);
}

absl::StatusOr<Rupiah> Multiply(Rupiah a, int64_t times) {
  int64_t product = 0;
  const bool overflow = __builtin_mul_overflow(a.amount, times, &product);
  return Checked(overflow, product);
}

}  // namespace berdaya::money
