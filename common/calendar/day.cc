#include "common/calendar/day.h"

#include "absl/status/status.h"

namespace berdaya::calendar {
namespace {

bool ReadDigits(std::string_view digits, int& value) {
  value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

// Writes the digits of a value that fits.
void WriteDigits(int value, char* first, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    first[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

absl::StatusOr<Day> Day::FromYmd(int year, int month, int day) {
  if (year < kFirstYear || year > kLastYear) return absl::InvalidArgumentError("the year is not within 1900 to 2200");
  if (month < 1 || month > 12) return absl::InvalidArgumentError("the month is not within 1 to 12");
  if (!IsDay({year, month, day})) return absl::InvalidArgumentError("that month has no such day");
  return FromValidYmd({year, month, day});
}

absl::StatusOr<Day> Day::Parse(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !ReadDigits(text.substr(0, 4), year) ||
      !ReadDigits(text.substr(5, 2), month) || !ReadDigits(text.substr(8, 2), day)) {
    return absl::InvalidArgumentError("a date is written like 2014-07-01");
  }
  return FromYmd(year, month, day);
}

std::string Day::Format() const {
  if (empty()) return {};
  const Ymd ymd = ToYmd();
  std::string text = "0000-00-00";
  WriteDigits(ymd.year, text.data(), 4);
  WriteDigits(ymd.month, text.data() + 5, 2);
  WriteDigits(ymd.day, text.data() + 8, 2);
  return text;
}

Day JakartaDay(absl::Time time) {
  constexpr int64_t kSecondsOfDay = 86'400;
  // The bounds are seconds far outside the calendar; they keep the infinite past and future from overflowing.
  constexpr int64_t kBound = 1'000'000 * kSecondsOfDay;
  const int64_t seconds = std::clamp(absl::ToUnixSeconds(time), -kBound, kBound) + 7 * 3600;
  const int64_t days = seconds / kSecondsOfDay - (seconds % kSecondsOfDay < 0 ? 1 : 0);
  return Day::FromUnixDays(days);
}

}  // namespace berdaya::calendar
