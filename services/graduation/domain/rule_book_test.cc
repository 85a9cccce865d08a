#include "services/graduation/domain/rule_book.h"

#include <functional>

#include "common/status/status.h"
#include "gtest/gtest.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;

v1::RuleSet SetFrom(int year, const std::string& version = "pkh-a") {
  v1::RuleSet set;
  set.set_version(version);
  set.mutable_effective_from()->set_year(year);
  set.mutable_effective_from()->set_month(1);
  set.mutable_effective_from()->set_day(1);
  set.set_programme_years(6);
  for (const int months : {12, 6, 3}) set.add_warn_months(months);
  set.set_reproposal_days(90);
  v1::RuleCriterion& criterion = *set.add_criteria();
  criterion.set_kind(v1::CRITERION_KIND_YEARS_IN_PROGRAMME);
  criterion.set_source("a regulation");
  return set;
}

TEST(RuleBookTest, TheYearsAreOverOnTheAnniversary) {
  Rules rules;
  rules.programme_years = 6;
  struct {
    Day enrolled;
    Day over;
  } const kCases[] = {
      {Day::Of(2014, 7, 1), Day::Of(2020, 7, 1)},   {Day::Of(2014, 12, 31), Day::Of(2020, 12, 31)},
      {Day::Of(2014, 3, 1), Day::Of(2020, 3, 1)},  // the last day is 29 February 2020
      {Day::Of(2014, 2, 28), Day::Of(2020, 2, 28)}, {Day::Of(2016, 2, 28), Day::Of(2022, 2, 28)},
      {Day::Of(2016, 2, 29), Day::Of(2022, 3, 1)},  // no 29 February 2022: all of the 28th still counts
      {Day::Of(2016, 3, 1), Day::Of(2022, 3, 1)},
  };
  for (const auto& c : kCases) EXPECT_EQ(OverOn(c.enrolled, rules), c.over) << c.enrolled;
  rules.programme_years = 4;
  EXPECT_EQ(OverOn(Day::Of(2016, 2, 29), rules), Day::Of(2020, 2, 29)) << "a leap day again";
}

TEST(RuleBookTest, AWarningComesOnTheFirstDayOfTheLastMonths) {
  EXPECT_EQ(WarnOn(Day::Of(2020, 7, 1), 12), Day::Of(2019, 7, 1));
  EXPECT_EQ(WarnOn(Day::Of(2020, 7, 1), 6), Day::Of(2020, 1, 1));
  EXPECT_EQ(WarnOn(Day::Of(2020, 5, 31), 3), Day::Of(2020, 2, 29)) << "the shorter month's last day";
  EXPECT_EQ(WarnOn(Day::Of(2021, 5, 31), 3), Day::Of(2021, 2, 28));
}

TEST(RuleBookTest, ASetHoldsFromItsDayUntilTheNext) {
  const auto book = RuleBook::Make({SetFrom(2020, "pkh-b"), SetFrom(2014, "pkh-a")});
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_EQ(book->On(Day::Of(2000, 1, 1)).version, "pkh-a") << "before the first set the first holds";
  EXPECT_EQ(book->On(Day::Of(2019, 12, 31)).version, "pkh-a");
  EXPECT_EQ(book->On(Day::Of(2020, 1, 1)).version, "pkh-b");
  EXPECT_EQ(book->On(Day::Of(2020, 1, 2)).version, "pkh-b");
  EXPECT_EQ(book->NextChange(Day::Of(2000, 1, 1)), Day::Of(2020, 1, 1)) << "the first set's own day changes nothing";
  EXPECT_EQ(book->NextChange(Day::Of(2019, 12, 31)), Day::Of(2020, 1, 1));
  EXPECT_TRUE(book->NextChange(Day::Of(2020, 1, 1)).empty());
  EXPECT_EQ(book->Find("pkh-a")->version, "pkh-a");
  EXPECT_EQ(book->Find("pkh-c"), nullptr);
}

TEST(RuleBookTest, WhatMakesNoSenseIsRefusedByField) {
  struct {
    const char* field;
    std::function<void(v1::RuleSet&)> spoil;
  } const kCases[] = {
      {"version", [](v1::RuleSet& s) { s.clear_version(); }},
      {"version", [](v1::RuleSet& s) { s.set_version("PKH 2014"); }},
      {"effective_from", [](v1::RuleSet& s) { s.mutable_effective_from()->set_month(13); }},
      {"programme_years", [](v1::RuleSet& s) { s.set_programme_years(0); }},
      {"programme_years", [](v1::RuleSet& s) { s.set_programme_years(31); }},
      {"reproposal_days", [](v1::RuleSet& s) { s.clear_reproposal_days(); }},
      {"warn_months[0]", [](v1::RuleSet& s) { s.set_warn_months(0, 61); }},
      {"warn_months[1]", [](v1::RuleSet& s) { s.set_warn_months(1, 12); }},
      {"warn_months[2]", [](v1::RuleSet& s) { s.set_warn_months(2, 0); }},
      {"warn_months[0]", [](v1::RuleSet& s) { s.set_programme_years(1); }},
      {"criteria", [](v1::RuleSet& s) { s.clear_criteria(); }},
      {"criteria[0]", [](v1::RuleSet& s) { s.mutable_criteria(0)->clear_kind(); }},
      {"criteria[0]", [](v1::RuleSet& s) { s.mutable_criteria(0)->clear_source(); }},
      {"criteria[1]", [](v1::RuleSet& s) { *s.add_criteria() = s.criteria(0); }},
  };
  EXPECT_TRUE(CheckRuleSet(SetFrom(2014)).ok());
  for (const auto& c : kCases) {
    v1::RuleSet set = SetFrom(2014);
    c.spoil(set);
    const absl::Status status = CheckRuleSet(set);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.field;
    EXPECT_EQ(FieldOf(status), c.field) << status;
  }
}

TEST(RuleBookTest, TwoSetsDifferInVersionAndDay) {
  EXPECT_FALSE(RuleBook::Make({}).ok());
  EXPECT_FALSE(RuleBook::Make({SetFrom(2014, "pkh-a"), SetFrom(2020, "pkh-a")}).ok());
  EXPECT_FALSE(RuleBook::Make({SetFrom(2014, "pkh-a"), SetFrom(2014, "pkh-b")}).ok());
}

}  // namespace
}  // namespace berdaya::graduation
