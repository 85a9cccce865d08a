#include "common/identity/number.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

namespace berdaya::identity {
namespace {

using calendar::Day;
using region::RegionCode;

// Every number here is made up.
struct Case {
  uint64_t number;
  NumberError nik;
  NumberError kk;
  const char* why;
};

constexpr Case kCases[] = {
    {3324050107140001, NumberError::kNone, NumberError::kNone, "a plain one"},
    {3324054107140001, NumberError::kNone, NumberError::kImpossibleDate, "a woman's day is raised by 40, a card's is not"},
    {3324057112990001, NumberError::kNone, NumberError::kImpossibleDate, "31 December, a woman"},
    {9101010101010001, NumberError::kNone, NumberError::kNone, "91.01 is in no table of today"},
    {9999990101010001, NumberError::kNone, NumberError::kNone, "nor is 99"},
    {1100000101010001, NumberError::kNone, NumberError::kNone, "nor a district 00: only the province's digits are judged"},
    {0, NumberError::kNot16Digits, NumberError::kNot16Digits, "none is not a number"},
    {332405010714001, NumberError::kNot16Digits, NumberError::kNot16Digits, "15 digits"},
    {33240501071400010, NumberError::kNot16Digits, NumberError::kNot16Digits, "17 digits"},
    {~uint64_t{0}, NumberError::kNot16Digits, NumberError::kNot16Digits, "20 digits"},
    {1024050107140001, NumberError::kImpossibleProvince, NumberError::kImpossibleProvince, "province 10"},
    {3324050007140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "day 0"},
    {3324053207140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "day 32"},
    {3324054007140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "day 40 is day 0 of a woman"},
    {3324057207140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "day 72"},
    {3324050100140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "month 0"},
    {3324050113140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "month 13"},
    {3324053104140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "31 April"},
    {3324057104140001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "31 April, a woman"},
    {3324052902960001, NumberError::kNone, NumberError::kNone, "29 February of a leap year"},
    {3324052902000001, NumberError::kNone, NumberError::kNone, "29 February 2000"},
    {3324052902970001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "29 February of no leap year"},
    {3324053002960001, NumberError::kImpossibleDate, NumberError::kImpossibleDate, "30 February"},
    {3324050107140000, NumberError::kSerialZero, NumberError::kSerialZero, "serial 0000"},
};

TEST(Number, FormByTable) {
  for (const Case& c : kCases) {
    EXPECT_EQ(CheckNik(c.number), c.nik) << c.why;
    EXPECT_EQ(CheckKk(c.number), c.kk) << c.why;
  }
}

TEST(Number, CodesAreStable) {
  EXPECT_EQ(Explain(NumberKind::kNik, NumberError::kNot16Digits).code, "nik_not_16_digits");
  EXPECT_EQ(Explain(NumberKind::kNik, NumberError::kImpossibleProvince).code, "nik_impossible_province");
  EXPECT_EQ(Explain(NumberKind::kNik, NumberError::kImpossibleDate).code, "nik_impossible_date");
  EXPECT_EQ(Explain(NumberKind::kNik, NumberError::kSerialZero).code, "nik_serial_zero");
  EXPECT_EQ(Explain(NumberKind::kKk, NumberError::kNot16Digits).code, "kk_not_16_digits");
  EXPECT_EQ(Explain(NumberKind::kKk, NumberError::kImpossibleProvince).code, "kk_impossible_province");
  EXPECT_EQ(Explain(NumberKind::kKk, NumberError::kImpossibleDate).code, "kk_impossible_date");
  EXPECT_EQ(Explain(NumberKind::kKk, NumberError::kSerialZero).code, "kk_serial_zero");
  EXPECT_EQ(Explain(NumberKind::kNik, NumberError::kNone).code, "");
  for (const NumberKind kind : {NumberKind::kNik, NumberKind::kKk}) {
    for (int error = 1; error <= static_cast<int>(NumberError::kSerialZero); ++error) {
      EXPECT_FALSE(Explain(kind, static_cast<NumberError>(error)).indonesian.empty());
      EXPECT_FALSE(Explain(kind, static_cast<NumberError>(error)).english.empty());
    }
  }
}

TEST(Nik, SaysWhereItWasIssuedAndWhoseItIs) {
  const NikParts woman = Inspect(9101016502990012);
  EXPECT_EQ(woman.district, RegionCode::Of(9101010000)) << "the old code of Merauke, as first issued";
  EXPECT_EQ(woman.birth_day, 25);
  EXPECT_EQ(woman.birth_month, 2);
  EXPECT_EQ(woman.birth_year_of_century, 99);
  EXPECT_EQ(woman.sex, Sex::kFemale);
  EXPECT_EQ(woman.serial, 12);
  EXPECT_EQ(Inspect(3324052502990012).sex, Sex::kMale);
  EXPECT_EQ(Inspect(3300012502990012).district, RegionCode());
}

TEST(Nik, AgreesInEitherCentury) {
  EXPECT_TRUE(AgreesWith(3324056502050012, Day::Of(2005, 2, 25), Sex::kFemale));
  EXPECT_TRUE(AgreesWith(3324056502050012, Day::Of(1905, 2, 25), Sex::kFemale));
  EXPECT_TRUE(AgreesWith(3324056502050012, Day::Of(2005, 2, 25), Sex::kUnknown));
  EXPECT_FALSE(AgreesWith(3324056502050012, Day::Of(2005, 2, 25), Sex::kMale));
  EXPECT_FALSE(AgreesWith(3324056502050012, Day::Of(2005, 2, 24), Sex::kFemale));
  EXPECT_FALSE(AgreesWith(3324056502050012, Day::Of(2005, 3, 25), Sex::kFemale));
  EXPECT_FALSE(AgreesWith(3324056502050012, Day::Of(2004, 2, 25), Sex::kFemale));
  EXPECT_TRUE(AgreesWith(3324050101700012, Day::Of(1970, 1, 1), Sex::kMale));
  EXPECT_FALSE(AgreesWith(3324050101700012, Day(), Sex::kMale));
}

TEST(Synthetic, ConsecutiveSerialsAreDifferentNumbers) {
  std::set<uint64_t> numbers;
  for (uint64_t serial = 0; serial < 9999; ++serial) {
    numbers.insert(SyntheticNik(RegionCode::Of(3324052001), Day::Of(2014, 7, 1), Sex::kMale, serial));
  }
  EXPECT_EQ(numbers.size(), 9999);
  EXPECT_EQ(SyntheticNik(RegionCode::Of(3324052001), Day::Of(2014, 7, 1), Sex::kFemale, 1), 3324054107140001);
  EXPECT_EQ(SyntheticKk(RegionCode::Of(3324050000), Day::Of(2014, 7, 1), 9999), 3324050107149999);
}

RC_GTEST_PROP(SyntheticProperty, IsGoodAndSaysWhatItWasMadeOf, ()) {
  const auto within = [](auto low, auto high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1)); };
  const RegionCode district =
      RegionCode::FromCell((within(11, 99) * 10'000 + within(1, 99) * 100 + within(1, 99)) * int64_t{10'000});
  const Day birth = Day::FromCell(within(Day::First().ToCell(), Day::Last().ToCell()));
  const Sex sex = *rc::gen::element(Sex::kFemale, Sex::kMale);
  const auto serial = *rc::gen::arbitrary<uint64_t>();
  const uint64_t nik = SyntheticNik(district, birth, sex, serial);
  // 29 February 2100 does not exist, nor does 1900's; every day that does must have a number of good form.
  RC_ASSERT(CheckNik(nik) == NumberError::kNone);
  RC_ASSERT(AgreesWith(nik, birth, sex));
  RC_ASSERT(!AgreesWith(nik, birth + 1, sex));
  RC_ASSERT(Inspect(nik).district == district);
  const uint64_t kk = SyntheticKk(district, birth, serial);
  RC_ASSERT(CheckKk(kk) == NumberError::kNone);
  RC_ASSERT((kk == nik) == (sex == Sex::kMale));
}

RC_GTEST_PROP(NumberProperty, AGoodNumberSaysAPossibleBirth, ()) {
  // Random numbers are hardly ever good, so start from a good one and change one digit.
  uint64_t number =
      SyntheticNik(RegionCode::Of(3324050000), Day::Of(1988, 2, 28), Sex::kFemale, *rc::gen::inRange<uint64_t>(1, 9999));
  uint64_t unit = 1;
  for (int i = *rc::gen::inRange(0, 16); i > 0; --i) unit *= 10;
  number = number - number / unit % 10 * unit + *rc::gen::inRange<uint64_t>(0, 10) * unit;
  RC_PRE(CheckNik(number) == NumberError::kNone);
  const NikParts parts = Inspect(number);
  const bool in_1900s = Day::IsDay({1900 + parts.birth_year_of_century, parts.birth_month, parts.birth_day});
  const bool in_2000s = Day::IsDay({2000 + parts.birth_year_of_century, parts.birth_month, parts.birth_day});
  RC_ASSERT(in_1900s || in_2000s);
}

}  // namespace
}  // namespace berdaya::identity
