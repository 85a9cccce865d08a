// Days of the calendar, by the simulation's own reckoning: it shares no code with the services that it checks.
#ifndef BERDAYA_TOOLS_SIMULATION_DAYS_H_
#define BERDAYA_TOOLS_SIMULATION_DAYS_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_format.h"
#include "berdaya/type/v1/date.pb.h"

namespace berdaya::simulation {

// Days since 1 January 1970 in the Gregorian calendar.
using Day = int32_t;

struct Civil {
  int year = 1970;
  int month = 1;
  int day = 1;
  friend auto operator<=>(const Civil&, const Civil&) = default;
};

// From a year that begins on 1 March, so that the leap day comes last (the usual count by eras of 400 years).
constexpr Day DayOf(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr Civil CivilOf(Day day) {
  const int shifted = day + 719468;
  const int era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int day_of_era = shifted - era * 146097;
  const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month = (5 * day_of_year + 2) / 153;
  const int civil_month = month < 10 ? month + 3 : month - 9;
  return {year_of_era + era * 400 + (civil_month <= 2 ? 1 : 0), civil_month, day_of_year - (153 * month + 2) / 5 + 1};
}

constexpr int DaysInMonth(int year, int month) { return month == 12 ? 31 : DayOf(year, month + 1, 1) - DayOf(year, month, 1); }

// The same day so many months later (or earlier), or the last of a month that has no such day.
constexpr Day AddMonths(Day day, int months) {
  const Civil civil = CivilOf(day);
  const int count = civil.year * 12 + civil.month - 1 + months;
  const int year = count / 12;
  const int month = count % 12 + 1;
  const int last = DaysInMonth(year, month);
  return DayOf(year, month, civil.day < last ? civil.day : last);
}

// Whole years lived; who is born on 29 February is a year older on 1 March of a common year.
constexpr int AgeOn(Day birth, Day day) {
  const Civil born = CivilOf(birth);
  const Civil now = CivilOf(day);
  const bool before_birthday = now.month * 100 + now.day < born.month * 100 + born.day;
  return now.year - born.year - (before_birthday ? 1 : 0);
}

inline void SetDate(Day day, type::v1::Date& date) {
  const Civil civil = CivilOf(day);
  date.set_year(civil.year);
  date.set_month(civil.month);
  date.set_day(civil.day);
}

// 0, which is 1 January 1970 and no day of any simulation, where there is none.
inline Day DayFrom(const type::v1::Date& date) { return date.year() == 0 ? 0 : DayOf(date.year(), date.month(), date.day()); }

inline std::string DayText(Day day) {
  const Civil civil = CivilOf(day);
  return absl::StrFormat("%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_DAYS_H_
