// A day of the calendar as a value: four bytes, no time, no zone, no allocation.
//
// A default Day is none. It is kept as 0 and real days as 1 (1900-01-01) and up, so that a zeroed field or a new database column
// means none, and 1970-01-01 stays a day on which people were born. None sorts before every day.
//
// Arithmetic on none gives none; arithmetic that would leave 1900-01-01..2200-12-31 stops at that edge.
#ifndef BERDAYA_COMMON_CALENDAR_DAY_H_
#define BERDAYA_COMMON_CALENDAR_DAY_H_

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace berdaya::calendar {

inline constexpr int kFirstYear = 1900;
inline constexpr int kLastYear = 2200;

// Year, month 1..12, day of the month 1..31.
struct Ymd {
  int year = 0;
  int month = 0;
  int day = 0;
  friend constexpr bool operator==(const Ymd&, const Ymd&) = default;
};

class Day {
 public:
  constexpr Day() = default;

  // A day written in code, checked by the compiler: Day::Of(2022, 7, 25).
  static consteval Day Of(int year, int month, int day) {
    if (!IsDay({year, month, day})) NotADay();
    return FromValidYmd({year, month, day});
  }

  // InvalidArgument says which part is wrong, without its value (a birth date is personal data).
  static absl::StatusOr<Day> FromYmd(int year, int month, int day);

  // Reads exactly "2014-07-01".
  static absl::StatusOr<Day> Parse(std::string_view text);

  // True for a real day in the years above.
  static constexpr bool IsDay(const Ymd& ymd) {
    return ymd.year >= kFirstYear && ymd.year <= kLastYear && ymd.month >= 1 && ymd.month <= 12 && ymd.day >= 1 && ymd.day <= 31 &&
           Chrono(ymd).ok();
  }

  // The first and the last day there are.
  static constexpr Day First() { return Day(1); }
  static constexpr Day Last() { return FromValidYmd({kLastYear, 12, 31}); }

  // Days since 1970-01-01, as other systems count them. FromUnixDays stops at the edges; a none has no such number.
  static constexpr Day FromUnixDays(int64_t days) { return Saturate(days - kUnixDaysOfZero); }
  constexpr int64_t ToUnixDays() const { return count_ + kUnixDaysOfZero; }

  // For tables: 0 is none, 1 is 1900-01-01. Sorts like the days. FromCell takes only what ToCell gave.
  static constexpr Day FromCell(int64_t cell) { return Day(static_cast<int32_t>(cell)); }
  constexpr int64_t ToCell() const { return count_; }

  constexpr bool empty() const { return count_ == 0; }

  // {0, 0, 0} for none.
  constexpr Ymd ToYmd() const {
    if (empty()) return {};
    const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{ToUnixDays()}}};
    return {int{ymd.year()}, static_cast<int>(unsigned{ymd.month()}), static_cast<int>(unsigned{ymd.day()})};
  }

  // "2014-07-01", or "" for none. Short enough that std::string keeps it in place.
  std::string Format() const;

  // The same day of the month n months on (or back), or the month's last day where it is shorter: 31 January + 1 is 28 or 29
  // February.
  constexpr Day AddMonths(int n) const {
    if (empty()) return *this;
    const Ymd from = ToYmd();
    const int64_t month = int64_t{from.year} * 12 + (from.month - 1) + n;
    if (month < kFirstYear * 12) return First();
    if (month >= (kLastYear + 1) * 12) return Last();
    const int year = static_cast<int>(month / 12);
    const int month_of_year = static_cast<int>(month % 12) + 1;
    return FromValidYmd({year, month_of_year, std::min(from.day, DaysInMonth(year, month_of_year))});
  }

  // The same, by years: 29 February becomes 28 February where there is none.
  constexpr Day AddYears(int n) const { return AddMonths(std::clamp(n, -1000, 1000) * 12); }

  // Months since year 0 (year * 12 + month - 1): consecutive, for figures by month. 0 for none.
  constexpr int MonthIndex() const {
    const Ymd ymd = ToYmd();
    return empty() ? 0 : ymd.year * 12 + ymd.month - 1;
  }

  // The first day of a MonthIndex; none for 0, the edge for a month outside the calendar.
  static constexpr Day FirstOfMonth(int month_index) {
    if (month_index == 0) return {};
    if (month_index < kFirstYear * 12) return First();
    if (month_index >= (kLastYear + 1) * 12) return Last();
    return FromValidYmd({month_index / 12, month_index % 12 + 1, 1});
  }

  friend constexpr Day operator+(Day day, int64_t days) {
    if (day.empty()) return day;
    // Both bounds are far outside the calendar, so nothing overflows.
    return Saturate(day.count_ + std::clamp<int64_t>(days, -1'000'000, 1'000'000));
  }
  friend constexpr Day operator-(Day day, int64_t days) { return day + -std::clamp<int64_t>(days, -1'000'000, 1'000'000); }
  // Days from b to a; both must be real days.
  friend constexpr int64_t operator-(Day a, Day b) { return int64_t{a.count_} - b.count_; }

  friend constexpr bool operator==(Day, Day) = default;
  friend constexpr std::strong_ordering operator<=>(Day, Day) = default;

  template <class H>
  friend H AbslHashValue(H h, Day day) {
    return H::combine(std::move(h), day.count_);
  }

  friend std::ostream& operator<<(std::ostream& out, Day day) { return out << (day.empty() ? "none" : day.Format()); }

 private:
  explicit constexpr Day(int32_t count) : count_(count) {}

  // Not constexpr: calling it in Of() is what stops the compiler.
  static void NotADay() {}

  static constexpr std::chrono::year_month_day Chrono(const Ymd& ymd) {
    return std::chrono::year_month_day{std::chrono::year{ymd.year}, std::chrono::month{static_cast<unsigned>(ymd.month)},
                                       std::chrono::day{static_cast<unsigned>(ymd.day)}};
  }
  static constexpr int64_t UnixDays(const Ymd& ymd) { return std::chrono::sys_days{Chrono(ymd)}.time_since_epoch().count(); }
  static constexpr int64_t kUnixDaysOfZero = -25'568;  // 1899-12-31

  static constexpr Day FromValidYmd(const Ymd& ymd) { return Day(static_cast<int32_t>(UnixDays(ymd) - kUnixDaysOfZero)); }
  static constexpr Day Saturate(int64_t count) {
    return Day(static_cast<int32_t>(std::clamp<int64_t>(count, First().count_, Last().count_)));
  }
  static constexpr int DaysInMonth(int year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && std::chrono::year{year}.is_leap() ? 29 : kDays[month - 1];
  }

  int32_t count_ = 0;  // days since 1899-12-31
};

// Whole years from a birth to a day; both must be real days. Someone born on 29 February is a year older on 1 March of a common
// year. Negative before the birth.
constexpr int AgeOn(Day birth, Day day) {
  const Ymd b = birth.ToYmd();
  const Ymd d = day.ToYmd();
  const bool before_birthday = d.month < b.month || (d.month == b.month && d.day < b.day);
  return d.year - b.year - (before_birthday ? 1 : 0);
}

// The national day of an instant: Asia/Jakarta is UTC+7 without summer time since 1964, so it is arithmetic. Stops at the edges.
Day JakartaDay(absl::Time time);

}  // namespace berdaya::calendar

#endif  // BERDAYA_COMMON_CALENDAR_DAY_H_
