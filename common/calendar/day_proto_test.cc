#include "common/calendar/day_proto.h"

#include "gtest/gtest.h"

namespace berdaya::calendar {
namespace {

type::v1::Date Date(int year, int month, int day) {
  type::v1::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

TEST(DayProto, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(FromProto({}, "birth_date").status().message(), "birth_date: the date is missing");
  EXPECT_EQ(FromProto(Date(2020, 0, 0)).status().message(), "date: the month is not within 1 to 12");
  EXPECT_EQ(FromProto(Date(2020, 2, 30)).status().message(), "date: that month has no such day");
  EXPECT_EQ(FromProto(Date(20, 2, 3)).status().message(), "date: the year is not within 1900 to 2200");
  EXPECT_EQ(FromProto(Date(0, 0, 1)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DayProto, GoesThereAndBack) {
  for (const Day day : {Day::First(), Day::Of(1970, 1, 1), Day::Of(2020, 2, 29), Day::Last()}) {
    EXPECT_EQ(FromProto(ToProto(day)).value(), day);
  }
  EXPECT_TRUE(IsMissing(ToProto(Day())));
}

}  // namespace
}  // namespace berdaya::calendar
