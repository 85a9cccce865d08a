#include "common/calendar/day_proto.h"

#include <string>

#include "absl/status/status.h"

namespace berdaya::calendar {

bool IsMissing(const type::v1::Date& date) { return date.year() == 0 && date.month() == 0 && date.day() == 0; }

absl::StatusOr<Day> FromProto(const type::v1::Date& date, std::string_view field) {
  absl::StatusOr<Day> day = IsMissing(date) ? absl::StatusOr<Day>(absl::InvalidArgumentError("the date is missing"))
                                            : Day::FromYmd(date.year(), date.month(), date.day());
  if (!day.ok()) return absl::InvalidArgumentError(std::string(field) + ": " + std::string(day.status().message()));
  return day;
}

type::v1::Date ToProto(Day day) {
  type::v1::Date date;
  ToProto(day, date);
  return date;
}

void ToProto(Day day, type::v1::Date& date) {
  const Ymd ymd = day.ToYmd();
  date.set_year(ymd.year);
  date.set_month(ymd.month);
  date.set_day(ymd.day);
}

}  // namespace berdaya::calendar
