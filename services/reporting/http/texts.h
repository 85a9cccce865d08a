// Every word of the page, in both languages, in one place.
#ifndef BERDAYA_SERVICES_REPORTING_HTTP_TEXTS_H_
#define BERDAYA_SERVICES_REPORTING_HTTP_TEXTS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "berdaya/reporting/v1/reporting_service.pb.h"
#include "common/calendar/day.h"

namespace berdaya::reporting {

// The figures of a column of the table.
struct Column {
  v1::Indicator indicator;
  std::string_view label;
};

// Columns under one heading.
struct ColumnGroup {
  std::string_view heading;
  std::array<Column, 4> columns;  // INDICATOR_UNSPECIFIED past the last

  int size() const;
};
inline constexpr int kColumnGroups = 5;

// What the headline figures are called; a headline may add several indicators up.
struct Headline {
  std::string_view label;
  std::array<v1::Indicator, 3> indicators;  // INDICATOR_UNSPECIFIED past the last
};
inline constexpr int kHeadlines = 6;

struct Texts {
  std::string_view lang;        // of the html element
  std::string_view other_lang;  // the value of ?lang= that switches, empty for Indonesian
  std::string_view other_name;
  std::string_view title;
  std::string_view tagline;
  std::string_view skip;
  std::string_view path_label;   // of the way from the nation to the region
  std::string_view month_label;  // of the steps to the months before and after
  std::string_view headlines_label;
  std::string_view as_of;        // before a day: the month is still running
  std::string_view at_end_of;    // before a month: it is over
  std::string_view no_event;     // nothing has been read yet
  std::string_view this_month;   // after a change: "+12 this month"
  std::string_view by_province;  // captions of the table
  std::string_view by_regency;
  std::string_view by_district;
  std::string_view region;  // heading of the first column
  std::string_view total;
  std::string_view own_offices;  // what counts at the region itself and in none of its parts
  std::string_view scroll;
  std::string_view note_stock;
  std::string_view note_numbers;
  std::string_view note_people;
  std::string_view fresh_day;  // before a day
  std::string_view fresh_no_day;
  std::string_view fresh_waiting;  // before a number of records
  std::string_view fresh_unknown;
  std::string_view fresh_made;  // before the time at which the page was made
  std::string_view not_found;
  std::string_view bad_month;
  std::string_view unavailable;
  std::string_view to_nation;
  std::array<std::string_view, 12> months;
  std::array<ColumnGroup, kColumnGroups> columns;
  std::array<Headline, kHeadlines> headlines;
};

// "en" is English, everything else Indonesian.
const Texts& TextsOf(std::string_view lang);

// 1.234.567; a true minus sign in front of what is below zero.
std::string FormatNumber(int64_t number);
// The same with a sign in any case: +12, 0, −3.
std::string FormatChange(int64_t number);
// 24 Juni 2020
std::string FormatDay(const Texts& texts, calendar::Day day);
// Juni 2020, of a MonthIndex.
std::string FormatMonth(const Texts& texts, int month);

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_HTTP_TEXTS_H_
