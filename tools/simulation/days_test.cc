#include "tools/simulation/days.h"

#include <gtest/gtest.h>

#include <chrono>

namespace berdaya::simulation {
namespace {

TEST(Days, AgreeWithTheStandardLibraryOnEveryDayOfTwoCenturies) {
  for (Day day = DayOf(1900, 1, 1); day <= DayOf(2100, 12, 31); ++day) {
    const std::chrono::year_month_day want{std::chrono::sys_days{std::chrono::days{day}}};
    const Civil got = CivilOf(day);
    ASSERT_EQ(got, (Civil{int(want.year()), int(unsigned(want.month())), int(unsigned(want.day()))})) << day;
    ASSERT_EQ(DayOf(got.year, got.month, got.day), day);
  }
}

TEST(Days, MonthsLaterKeepTheDayOrTakeTheLast) {
  EXPECT_EQ(AddMonths(DayOf(2014, 7, 1), 72), DayOf(2020, 7, 1));
  EXPECT_EQ(AddMonths(DayOf(2020, 1, 31), 1), DayOf(2020, 2, 29));
  EXPECT_EQ(AddMonths(DayOf(2016, 2, 29), 12), DayOf(2017, 2, 28));
  EXPECT_EQ(AddMonths(DayOf(2020, 1, 15), -1), DayOf(2019, 12, 15));
}

TEST(Days, AgeRisesOnTheBirthday) {
  EXPECT_EQ(AgeOn(DayOf(2000, 5, 2), DayOf(2014, 5, 1)), 13);
  EXPECT_EQ(AgeOn(DayOf(2000, 5, 2), DayOf(2014, 5, 2)), 14);
  EXPECT_EQ(AgeOn(DayOf(2000, 2, 29), DayOf(2015, 2, 28)), 14);
  EXPECT_EQ(AgeOn(DayOf(2000, 2, 29), DayOf(2015, 3, 1)), 15);
}

}  // namespace
}  // namespace berdaya::simulation
