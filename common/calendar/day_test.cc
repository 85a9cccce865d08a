#include "common/calendar/day.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <type_traits>

#include "absl/hash/hash_testing.h"
#include "common/store/table.h"

namespace berdaya::calendar {
namespace {

static_assert(sizeof(Day) == 4 && std::is_trivially_copyable_v<Day>);
static_assert(store::IntegerCell<Day>);
static_assert(Day::Of(1900, 1, 1) == Day::First());

// Spread over the whole range at once; left alone, rapidcheck starts near the low end.
template <class T>
rc::Gen<T> Within(T low, T high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

// Any real day.
rc::Gen<Day> AnyDay() { return rc::gen::map(Within<int64_t>(Day::First().ToCell(), Day::Last().ToCell() + 1), &Day::FromCell); }

TEST(Day, DefaultIsNoneAndTheEpochIsNot) {
  EXPECT_TRUE(Day().empty());
  EXPECT_EQ(Day().ToCell(), 0);
  EXPECT_EQ(Day().Format(), "");
  EXPECT_EQ(Day().ToYmd(), Ymd{});
  EXPECT_EQ(Day().MonthIndex(), 0);
  EXPECT_EQ(Day::FirstOfMonth(0), Day());
  EXPECT_EQ(Day().AddMonths(7), Day());
  EXPECT_EQ(Day() + 7, Day());
  EXPECT_LT(Day(), Day::First());
  // People are born on this day; it must not read as "not known".
  EXPECT_FALSE(Day::Of(1970, 1, 1).empty());
  EXPECT_EQ(Day::Of(1970, 1, 1).ToUnixDays(), 0);
  EXPECT_EQ(Day::Of(2014, 7, 1).ToUnixDays(), 16'252);
  EXPECT_EQ(Day::FromUnixDays(18'299), Day::Of(2020, 2, 7));
}

TEST(Day, RefusesWhatIsNoDayAndSaysWhy) {
  EXPECT_EQ(Day::FromYmd(1899, 12, 31).status().message(), "the year is not within 1900 to 2200");
  EXPECT_EQ(Day::FromYmd(2201, 1, 1).status().message(), "the year is not within 1900 to 2200");
  EXPECT_EQ(Day::FromYmd(2020, 13, 1).status().message(), "the month is not within 1 to 12");
  EXPECT_EQ(Day::FromYmd(2020, 0, 1).status().message(), "the month is not within 1 to 12");
  EXPECT_EQ(Day::FromYmd(2019, 2, 29).status().message(), "that month has no such day");
  EXPECT_EQ(Day::FromYmd(1900, 2, 29).status().message(), "that month has no such day");
  for (const int day : {0, 31, 32, -1, 286, 257, std::numeric_limits<int>::min()}) {
    EXPECT_FALSE(Day::FromYmd(2020, 4, day).ok()) << day;
  }
  EXPECT_EQ(*Day::FromYmd(2020, 2, 29), Day::Of(2020, 2, 29));
}

TEST(Day, ParsesOneFormOnly) {
  EXPECT_EQ(*Day::Parse("2014-07-01"), Day::Of(2014, 7, 1));
  for (const char* text :
       {"", "2014-7-1", "2014-07-01 ", "01-07-2014", "2014/07/01", "2014-07-0a", "+014-07-01", "2014-07-01T00"}) {
    EXPECT_EQ(Day::Parse(text).status().message(), "a date is written like 2014-07-01") << text;
  }
  EXPECT_EQ(Day::Parse("2014-02-30").status().message(), "that month has no such day");
}

TEST(Day, MonthsClampToTheirEnd) {
  EXPECT_EQ(Day::Of(2020, 1, 31).AddMonths(1), Day::Of(2020, 2, 29));
  EXPECT_EQ(Day::Of(2019, 1, 31).AddMonths(1), Day::Of(2019, 2, 28));
  EXPECT_EQ(Day::Of(2019, 3, 31).AddMonths(-1), Day::Of(2019, 2, 28));
  EXPECT_EQ(Day::Of(2020, 2, 29).AddYears(6), Day::Of(2026, 2, 28));
  EXPECT_EQ(Day::Of(2014, 7, 1).AddYears(6), Day::Of(2020, 7, 1));
  EXPECT_EQ(Day::Of(2014, 12, 15).AddMonths(1), Day::Of(2015, 1, 15));
  EXPECT_EQ(Day::Of(2014, 7, 1).MonthIndex(), 2014 * 12 + 6);
}

TEST(Day, StopsAtTheEdges) {
  constexpr int kMax = std::numeric_limits<int>::max();
  constexpr int kMin = std::numeric_limits<int>::min();
  EXPECT_EQ(Day::Of(2020, 2, 29).AddMonths(kMax), Day::Last());
  EXPECT_EQ(Day::Of(2020, 2, 29).AddMonths(kMin), Day::First());
  EXPECT_EQ(Day::Of(2020, 2, 29).AddYears(kMax), Day::Last());
  EXPECT_EQ(Day::Of(2020, 2, 29) + std::numeric_limits<int64_t>::max(), Day::Last());
  EXPECT_EQ(Day::Of(2020, 2, 29) - std::numeric_limits<int64_t>::min(), Day::Last());
  EXPECT_EQ(Day::Of(2020, 2, 29) - std::numeric_limits<int64_t>::max(), Day::First());
  EXPECT_EQ(Day::Of(2200, 12, 31) + 1, Day::Last());
}

TEST(Day, AgesInWholeYears) {
  EXPECT_EQ(AgeOn(Day::Of(2000, 7, 2), Day::Of(2006, 7, 1)), 5);
  EXPECT_EQ(AgeOn(Day::Of(2000, 7, 1), Day::Of(2006, 7, 1)), 6);
  EXPECT_EQ(AgeOn(Day::Of(2000, 2, 29), Day::Of(2001, 2, 28)), 0);
  EXPECT_EQ(AgeOn(Day::Of(2000, 2, 29), Day::Of(2001, 3, 1)), 1);
  EXPECT_EQ(AgeOn(Day::Of(2000, 7, 1), Day::Of(2000, 7, 1)), 0);
  EXPECT_EQ(AgeOn(Day::Of(2000, 7, 2), Day::Of(2000, 7, 1)), -1);
}

TEST(JakartaDay, BeginsSevenHoursBeforeUtc) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const auto at = [&](int y, int m, int d, int h, int min, int s) {
    return absl::FromCivil(absl::CivilSecond(y, m, d, h, min, s), utc);
  };
  EXPECT_EQ(JakartaDay(at(2020, 2, 17, 16, 59, 59)), Day::Of(2020, 2, 17));
  EXPECT_EQ(JakartaDay(at(2020, 2, 17, 17, 0, 0)), Day::Of(2020, 2, 18));
  EXPECT_EQ(JakartaDay(at(2020, 2, 17, 17, 0, 0) - absl::Nanoseconds(1)), Day::Of(2020, 2, 17));
  EXPECT_EQ(JakartaDay(at(1969, 12, 30, 16, 59, 59)), Day::Of(1969, 12, 30));
  EXPECT_EQ(JakartaDay(at(1969, 12, 30, 17, 0, 0) - absl::Nanoseconds(1)), Day::Of(1969, 12, 30));
  EXPECT_EQ(JakartaDay(absl::InfiniteFuture()), Day::Last());
  EXPECT_EQ(JakartaDay(absl::InfinitePast()), Day::First());
}

TEST(Day, Hashes) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({Day(), Day::First(), Day::Of(2020, 2, 29), Day::Last()}));
}

// Every one of the 109,938 days, against a walk that knows only the lengths of months.
TEST(Day, WalksTheWholeCalendar) {
  int64_t cell = 0;
  for (int year = kFirstYear; year <= kLastYear; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int days[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; ++month) {
      for (int d = 1; d <= days[month - 1]; ++d) {
        const auto day = Day::FromYmd(year, month, d);
        ASSERT_TRUE(day.ok());
        ASSERT_EQ(day->ToCell(), ++cell);
        ASSERT_EQ(day->ToYmd(), (Ymd{year, month, d}));
      }
      ASSERT_FALSE(Day::FromYmd(year, month, days[month - 1] + 1).ok());
    }
  }
  EXPECT_EQ(Day::Last().ToCell(), cell);
}

RC_GTEST_PROP(DayProperty, RoundTrips, ()) {
  const Day day = *AnyDay();
  const Ymd ymd = day.ToYmd();
  RC_ASSERT(*Day::FromYmd(ymd.year, ymd.month, ymd.day) == day);
  RC_ASSERT(*Day::Parse(day.Format()) == day);
  RC_ASSERT(Day::FromCell(day.ToCell()) == day);
  RC_ASSERT(Day::FromUnixDays(day.ToUnixDays()) == day);
}

RC_GTEST_PROP(DayProperty, MonthsMoveTheMonthIndexAndKeepTheDayOrClampIt, ()) {
  const Day day = *AnyDay();
  const int months = *Within(-1200, 1201);
  const Day moved = day.AddMonths(months);
  RC_PRE(moved != Day::First() && moved != Day::Last());
  RC_ASSERT(moved.MonthIndex() == day.MonthIndex() + months);
  const bool kept = moved.ToYmd().day == day.ToYmd().day;
  const bool clamped = moved.ToYmd().day < day.ToYmd().day && (moved + 1).ToYmd().day == 1;
  RC_ASSERT(kept || clamped);
  RC_ASSERT(Day::FirstOfMonth(moved.MonthIndex()) <= moved);
}

RC_GTEST_PROP(DayProperty, OrderAndDifferenceAgree, ()) {
  const Day a = *AnyDay();
  const Day b = *AnyDay();
  RC_ASSERT((a < b) == (a.ToCell() < b.ToCell()));
  RC_ASSERT((a < b) == (a.Format() < b.Format()));
  RC_ASSERT(b + (a - b) == a);
}

RC_GTEST_PROP(DayProperty, AgeRisesByOneOnEachBirthday, ()) {
  const Day birth = *rc::gen::suchThat(AnyDay(), [](Day d) {
    return d < Day::Of(2100, 1, 1) && d.ToYmd() != Ymd{d.ToYmd().year, 2, 29};
  });
  const int years = *Within(1, 100);
  RC_ASSERT(AgeOn(birth, birth.AddYears(years)) == years);
  RC_ASSERT(AgeOn(birth, birth.AddYears(years) - 1) == years - 1);
}

}  // namespace
}  // namespace berdaya::calendar
