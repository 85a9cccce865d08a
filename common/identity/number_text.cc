#include "common/identity/number_text.h"

#include "absl/status/status.h"

namespace berdaya::identity {
namespace {

constexpr char kHowToExport[] =
    "; set the column's format to Text before the numbers are entered or imported, and save it as CSV again from the original data";

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

absl::Status Refuse(std::string_view what, bool how_to_export) {
  return absl::InvalidArgumentError(std::string(what) + (how_to_export ? kHowToExport : ""));
}

// "9.1E+15", "9,1e15": a number that has been through floating point.
bool LooksScientific(std::string_view text) {
  const size_t e = text.find_first_of("eE");
  return e != std::string_view::npos && e > 0 && IsDigit(text.front()) && IsDigit(text.back());
}

// "9101010101010000.0", "9.101.010.101.010.000": a number with a decimal point or grouped thousands.
bool LooksLikeAFigure(std::string_view text) {
  return IsDigit(text.front()) && text.find_first_of(".,") != std::string_view::npos &&
         text.find_first_not_of("0123456789.,") == std::string_view::npos;
}

}  // namespace

absl::StatusOr<uint64_t> ParseNumber(std::string_view text, TextOrigin origin) {
  text = Trim(text);
  if (text.empty()) return 0;
  uint64_t number = 0;
  size_t digits = 0;
  // More digits than fit wrap around, which is defined, and are refused below by their count.
  for (; digits < text.size() && IsDigit(text[digits]); ++digits) number = number * 10 + static_cast<uint64_t>(text[digits] - '0');
  if (digits != text.size()) {
    if (LooksScientific(text)) return Refuse("the number was damaged by a spreadsheet that wrote it like 9.1E+15", true);
    if (LooksLikeAFigure(text)) return Refuse("the number was written as a quantity, with points or commas", true);
    return Refuse("an identity number is written as 16 digits and nothing else", false);
  }
  if (digits != 16) return Refuse("an identity number has 16 digits; leave it empty where there is none", false);
  if (origin == TextOrigin::kSpreadsheet && number % 10 == 0) {
    return Refuse("the number ends in 0 and comes from a spreadsheet, which keeps 15 digits and may have lost the last one", true);
  }
  return number;
}

std::string FormatNumber(uint64_t number) {
  if (number == 0) return {};
  const std::string digits = std::to_string(number);
  return digits.size() < 16 ? std::string(16 - digits.size(), '0') + digits : digits;
}

absl::Status ColumnCheck::Verdict() const {
  constexpr size_t kEnough = 20;
  if (numbers_ < kEnough || ending_in_zero_ * 2 <= numbers_) return absl::OkStatus();
  return Refuse("most numbers of the column end in 0, so a spreadsheet has kept 15 digits of them and lost the last", true);
}

}  // namespace berdaya::identity
