#include "common/identity/number_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Refusal(std::string_view text, TextOrigin origin = TextOrigin::kText) {
  return std::string(ParseNumber(text, origin).status().message());
}

TEST(NumberText, ReadsSixteenDigits) {
  // Above 2^53: a double could not hold it.
  EXPECT_EQ(ParseNumber("9101010101010001").value(), 9101010101010001);
  EXPECT_EQ(ParseNumber(" 9671016502991239\r\n").value(), 9671016502991239);
  EXPECT_EQ(ParseNumber("").value(), 0);
  EXPECT_EQ(ParseNumber("  ").value(), 0);
  EXPECT_EQ(ParseNumber("3324050107140010").value(), 3324050107140010) << "one in ten numbers ends in 0";
}

TEST(NumberText, RefusesWhatASpreadsheetDamaged) {
  for (const char* text : {"9.1E+15", "9,10101E+15", "9.101010101010001e15", "9E15", "9.10101010101E+015"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("damaged by a spreadsheet")) << text;
    EXPECT_THAT(Refusal(text), HasSubstr("format to Text")) << text;
  }
  for (const char* text : {"9101010101010001.0", "9.101.010.101.010.001", "9,101,010,101,010,001"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("as a quantity")) << text;
    EXPECT_THAT(Refusal(text), HasSubstr("format to Text")) << text;
  }
}

TEST(NumberText, RefusesEverythingElse) {
  for (const char* text : {"0", "910101010101000", "91010101010100011", "99999999999999999999999"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("has 16 digits")) << text;
  }
  for (const char* text : {"-9101010101010001", "+910101010101000", "'9101010101010001", "9101 0101 0101 0001", "910101010101000x",
                           "NIK", "e", "E15", ".", "#REF!", "91010101010100\xc2\xb2"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("16 digits and nothing else")) << text;
  }
}

TEST(NumberText, SuspectsAZeroOnlyWhereASpreadsheetWasAnnounced) {
  EXPECT_TRUE(ParseNumber("9101010101010000").ok());
  EXPECT_THAT(Refusal("9101010101010010", TextOrigin::kSpreadsheet), HasSubstr("may have lost the last one"));
  EXPECT_TRUE(ParseNumber("9101010101010001", TextOrigin::kSpreadsheet).ok());
}

TEST(NumberText, NeverRepeatsTheNumber) {
  for (const char* text : {"9101010101010001x", "9101010101010001.0", "9101010101010001e0", "91010101010100"}) {
    EXPECT_THAT(Refusal(text), Not(HasSubstr("91010"))) << text;
  }
}

TEST(NumberText, WritesSixteenDigits) {
  EXPECT_EQ(FormatNumber(9101010101010001), "9101010101010001");
  EXPECT_EQ(FormatNumber(0), "");
}

TEST(ColumnCheck, SeesAColumnThatLostItsLastDigits) {
  ColumnCheck intact;
  ColumnCheck damaged;
  ColumnCheck short_one;
  for (uint64_t i = 1; i <= 1000; ++i) {
    intact.Add(3324050107140000 + i);
    damaged.Add((3324050107140000 + i) / 10 * 10);
    if (i <= 19) short_one.Add(3324050107140010);
  }
  intact.Add(0);
  EXPECT_TRUE(intact.Verdict().ok());
  EXPECT_TRUE(short_one.Verdict().ok());
  EXPECT_THAT(std::string(damaged.Verdict().message()), HasSubstr("format to Text"));
}

}  // namespace
}  // namespace berdaya::identity
