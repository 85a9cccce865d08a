#include "services/graduation/domain/life.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kConfirm = type::v1::GRADUATION_VERDICT_CONFIRM;
constexpr auto kHold = type::v1::GRADUATION_VERDICT_HOLD;
constexpr auto kReturn = type::v1::GRADUATION_VERDICT_RETURN;

v1::RuleSet SixYears() {
  v1::RuleSet set;
  set.set_version("six");
  calendar::ToProto(Day::Of(2014, 1, 1), *set.mutable_effective_from());
  set.set_programme_years(6);
  for (const int months : {12, 6, 3}) set.add_warn_months(months);
  set.set_reproposal_days(90);
  for (const auto kind :
       {v1::CRITERION_KIND_YEARS_IN_PROGRAMME, v1::CRITERION_KIND_NOBODY_ELIGIBLE, v1::CRITERION_KIND_RECOMMENDED}) {
    set.add_criteria()->set_kind(kind);
    set.mutable_criteria(set.criteria_size() - 1)->set_source("a regulation");
  }
  return set;
}

Components Children(int n) {
  type::v1::Components components;
  components.set_primary_school(n);
  return Components::From(components);
}

// A case and what it has told.
class Life {
 public:
  explicit Life(Day enrolled, int children = 1, std::vector<v1::RuleSet> sets = {SixYears()}, Day opened = {})
      : book_(*RuleBook::Make(sets)), day_(opened.empty() ? enrolled : opened) {
    c.case_id = 1;
    c.family_id = 2;
    c.enrolled_on = enrolled;
    c.components = Children(children);
    Open(c, day_, book_, moves_);
  }

  void Until(Day day) {
    day_ = day;
    Advance(c, day, book_, moves_);
  }
  void Count(int children) { Recount(c, Children(children), day_, book_, moves_); }
  Reply Recommended(const std::string& officer) { return Recommend(c, officer, day_, book_, moves_); }
  Reply Decided(type::v1::GraduationVerdict verdict, const std::string& officer = "kadis", bool recommended = false) {
    return Decide(c, {verdict, officer, day_, "L-1"}, recommended, day_, book_, moves_);
  }
  // What was told since the last call: "2020-07-01 proposed 3" (kinds as numbers).
  std::vector<std::string> News() {
    static constexpr const char* kWhat[] = {"opened", "warned", "proposed", "withdrawn", "held", "confirmed", "graduated", "ended"};
    std::vector<std::string> news;
    for (const CaseFact& fact : moves_.facts) {
      std::string line = absl::StrCat(fact.day.Format(), " ", kWhat[static_cast<int>(fact.what)]);
      if (fact.months_left != 0) absl::StrAppend(&line, " ", fact.months_left);
      if (fact.what == CaseFact::What::kProposed) absl::StrAppend(&line, " ", Kind(fact.kind));
      news.push_back(line);
      EXPECT_EQ(fact.version, ++version_) << "versions rise by one";
    }
    EXPECT_EQ(c.version, version_);
    moves_.facts.clear();
    return news;
  }
  static std::string Kind(type::v1::GraduationKind kind) {
    static constexpr const char* kKinds[] = {"?", "natural", "self-reliant", "time limit"};
    return kKinds[kind];
  }

  Case c;

 private:
  RuleBook book_;
  Day day_;
  Moves moves_;
  int64_t version_ = 0;
};

struct Boundary {
  Day enrolled;
  Day due;
  std::string told;
};

TEST(LifeTest, EveryDateHasADayBeforeTheDayAndADayAfter) {
  const Boundary kCases[] = {
      {Day::Of(2014, 7, 1), Day::Of(2019, 7, 1), "2019-07-01 warned 12"},
      {Day::Of(2014, 7, 1), Day::Of(2020, 1, 1), "2020-01-01 warned 6"},
      {Day::Of(2014, 7, 1), Day::Of(2020, 4, 1), "2020-04-01 warned 3"},
      {Day::Of(2014, 7, 1), Day::Of(2020, 7, 1), "2020-07-01 proposed time limit"},
      {Day::Of(2014, 3, 1), Day::Of(2020, 3, 1), "2020-03-01 proposed time limit"},  // the day before is 29 February
      {Day::Of(2014, 2, 28), Day::Of(2020, 2, 28), "2020-02-28 proposed time limit"},
      {Day::Of(2016, 2, 29), Day::Of(2021, 3, 1), "2021-03-01 warned 12"},
      {Day::Of(2016, 2, 29), Day::Of(2022, 3, 1), "2022-03-01 proposed time limit"},
      {Day::Of(2015, 5, 31), Day::Of(2021, 2, 28), "2021-02-28 warned 3"},
      {Day::Of(2014, 5, 31), Day::Of(2020, 2, 29), "2020-02-29 warned 3"},
  };
  for (const Boundary& b : kCases) {
    SCOPED_TRACE(testing::Message() << "enrolled " << b.enrolled << ", due " << b.due);
    Life life(b.enrolled);
    life.Until(b.due - 1);
    life.News();
    EXPECT_EQ(life.c.due_on, b.due);
    life.Until(b.due);
    EXPECT_THAT(life.News(), ElementsAre(b.told));
    EXPECT_NE(life.c.due_on, b.due) << "a decided row leaves the range of the sweep";
    life.Until(b.due + 1);
    EXPECT_THAT(life.News(), IsEmpty());
  }
}

TEST(LifeTest, ManyDaysAtOnceTellEachThingWithItsOwnDay) {
  Life life(Day::Of(2014, 7, 1));
  life.Until(Day::Of(2025, 1, 1));
  EXPECT_THAT(life.News(), ElementsAre("2014-07-01 opened", "2019-07-01 warned 12", "2020-01-01 warned 6", "2020-04-01 warned 3",
                                       "2020-07-01 proposed time limit"));
  EXPECT_TRUE(life.c.due_on.empty()) << "an open proposal waits for a person, not for a day";
  EXPECT_EQ(life.c.ends_on, Day::Of(2020, 6, 30));
}

TEST(LifeTest, WhatHasPassedWhenTheCaseOpensIsNotMadeUp) {
  Life late(Day::Of(2014, 7, 1), 1, {SixYears()}, Day::Of(2020, 2, 1));  // five months are left
  EXPECT_THAT(late.News(), ElementsAre("2020-02-01 opened"));
  EXPECT_EQ(late.c.due_on, Day::Of(2020, 4, 1));
  Life on_the_day(Day::Of(2014, 7, 1), 1, {SixYears()}, Day::Of(2020, 1, 1));
  EXPECT_THAT(on_the_day.News(), ElementsAre("2020-01-01 opened", "2020-01-01 warned 6"));
  Life too_late(Day::Of(2013, 7, 1), 1, {SixYears()}, Day::Of(2020, 2, 1));
  EXPECT_THAT(too_late.News(), ElementsAre("2020-02-01 opened", "2020-02-01 proposed time limit"));
}

TEST(LifeTest, NobodyEligibleProposesAndSomebodyAgainWithdraws) {
  Life life(Day::Of(2014, 7, 1), 2);
  life.News();
  life.Until(Day::Of(2016, 3, 1));
  life.Count(1);
  EXPECT_THAT(life.News(), IsEmpty());
  life.Count(0);
  EXPECT_THAT(life.News(), ElementsAre("2016-03-01 proposed natural"));
  life.Count(0);
  EXPECT_THAT(life.News(), IsEmpty()) << "a proposal is made once";
  life.Until(Day::Of(2016, 3, 9));
  life.Count(1);
  EXPECT_THAT(life.News(), ElementsAre("2016-03-09 withdrawn"));
  EXPECT_EQ(life.c.state, v1::CASE_STATE_FOLLOWED);
  EXPECT_EQ(life.c.kind, type::v1::GRADUATION_KIND_UNSPECIFIED);
}

TEST(LifeTest, AWithdrawnProposalGivesWayToTheTimeLimitWhereTheYearsAreOver) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.Until(Day::Of(2020, 8, 1));
  life.News();
  life.Count(1);
  EXPECT_THAT(life.News(), ElementsAre("2020-08-01 withdrawn", "2020-08-01 proposed time limit"));
}

TEST(LifeTest, WarningsComeWhateverIsProposedOrHeld) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.Until(Day::Of(2019, 8, 1));
  EXPECT_EQ(life.Decided(kHold).status, province::v1::REPORT_STATUS_CHANGED);
  life.Until(Day::Of(2021, 1, 1));
  EXPECT_THAT(life.News(), ElementsAre("2014-07-01 opened", "2014-07-01 proposed natural", "2019-07-01 warned 12",
                                       "2019-08-01 held", "2020-01-01 warned 6", "2020-04-01 warned 3"));
}

TEST(LifeTest, AHoldOutlivesEveryLaterEvaluation) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.Decided(kHold);
  life.News();
  life.Until(Day::Of(2021, 1, 1));
  life.News();
  life.Count(1);
  life.Count(0);
  EXPECT_THAT(life.News(), IsEmpty());
  EXPECT_EQ(life.c.state, v1::CASE_STATE_HELD);
  EXPECT_TRUE(life.Decided(kConfirm).changed());
  EXPECT_THAT(life.News(), ElementsAre("2021-01-01 confirmed", "2021-01-01 graduated"));
  EXPECT_EQ(life.c.graduated_on, Day::Of(2021, 1, 2)) << "the first day without PKH";
}

TEST(LifeTest, AReturnedProposalRestsAndComesAgainIfItStillHolds) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.Until(Day::Of(2015, 1, 1));
  life.News();
  EXPECT_TRUE(life.Decided(kReturn).changed());
  EXPECT_THAT(life.News(), ElementsAre("2015-01-01 withdrawn"));
  life.Count(0);
  life.Until(Day::Of(2015, 3, 31));
  EXPECT_THAT(life.News(), IsEmpty()) << "89 days";
  life.Until(Day::Of(2015, 4, 1));
  EXPECT_THAT(life.News(), ElementsAre("2015-04-01 proposed natural")) << "90 days";
}

TEST(LifeTest, AReturnedProposalThatNoLongerHoldsStaysAway) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.Decided(kReturn);
  life.Until(Day::Of(2014, 8, 1));
  life.Count(1);
  life.News();
  life.Until(Day::Of(2016, 1, 1));
  EXPECT_THAT(life.News(), IsEmpty());
}

TEST(LifeTest, AReturnQuietsWhatHeldThatDayAndNotWhatComesLater) {
  // Nobody was eligible, and the years end a month later: that is a new proposal.
  Life life(Day::Of(2014, 7, 1), 0);
  life.Until(Day::Of(2020, 6, 1));
  life.Decided(kReturn);
  life.News();
  life.Until(Day::Of(2020, 7, 1));
  EXPECT_THAT(life.News(), ElementsAre("2020-07-01 proposed time limit"));
}

TEST(LifeTest, PastItsYearsACaseIsNeverWithoutAProposalOrAHold) {
  Life life(Day::Of(2014, 7, 1));
  life.Until(Day::Of(2020, 9, 1));
  life.News();
  life.Decided(kReturn);
  EXPECT_THAT(life.News(), ElementsAre("2020-09-01 withdrawn", "2020-09-01 proposed time limit"));
  life.Decided(kHold);
  life.Until(Day::Of(2021, 1, 1));
  EXPECT_THAT(life.News(), ElementsAre("2020-09-01 held")) << "who wants the family to stay holds it";
  life.Decided(kReturn);
  EXPECT_THAT(life.News(), ElementsAre("2021-01-01 withdrawn", "2021-01-01 proposed time limit"));

  // Nobody is eligible either: the natural proposal rests, the years are over all the same.
  Life both(Day::Of(2014, 7, 1), 0);
  both.Until(Day::Of(2020, 9, 1));
  both.News();
  both.Decided(kReturn);
  EXPECT_THAT(both.News(), ElementsAre("2020-09-01 withdrawn", "2020-09-01 proposed time limit"));

  Life recommended(Day::Of(2014, 7, 1));
  recommended.Recommended("pendamping-7");
  recommended.Until(Day::Of(2020, 9, 1));
  recommended.News();
  recommended.Decided(kReturn);
  EXPECT_THAT(recommended.News(), ElementsAre("2020-09-01 withdrawn", "2020-09-01 proposed time limit"));
}

TEST(LifeTest, ARecommendationStandsWhenTheProposalBesideItIsWithdrawn) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.Until(Day::Of(2016, 3, 1));
  EXPECT_TRUE(life.Recommended("pendamping-7").changed());
  life.News();
  life.Count(1);
  EXPECT_THAT(life.News(), ElementsAre("2016-03-01 withdrawn", "2016-03-01 proposed self-reliant"));
  EXPECT_EQ(life.c.recommended_by, "pendamping-7");
  life.Decided(kReturn);
  life.Count(0);
  EXPECT_THAT(life.News(), ElementsAre("2016-03-01 withdrawn", "2016-03-01 proposed natural"));
  EXPECT_EQ(life.c.recommended_by, "") << "it fell with what was returned";
}

TEST(LifeTest, ARecommendationProposesAndBarsItsAuthor) {
  Life life(Day::Of(2014, 7, 1));
  life.News();
  EXPECT_TRUE(life.Recommended("pendamping-7").changed());
  EXPECT_THAT(life.News(), ElementsAre("2014-07-01 proposed self-reliant"));
  EXPECT_EQ(life.c.recommended_by, "pendamping-7");
  const Reply refused = life.Decided(kConfirm, "pendamping-7", /*recommended=*/true);
  EXPECT_EQ(refused.code, "same_officer");
  EXPECT_EQ(life.c.state, v1::CASE_STATE_PROPOSED);
  EXPECT_TRUE(life.Decided(kConfirm, "kadis").changed());
  EXPECT_EQ(life.c.kind, type::v1::GRADUATION_KIND_SELF_RELIANT);
}

TEST(LifeTest, ARecommendationBesideAnOpenProposalKeepsItsKind) {
  Life life(Day::Of(2014, 7, 1), 0);
  life.News();
  EXPECT_TRUE(life.Recommended("pendamping-7").changed());
  EXPECT_THAT(life.News(), IsEmpty());
  EXPECT_EQ(life.c.kind, type::v1::GRADUATION_KIND_NATURAL);
  EXPECT_EQ(life.c.recommended_by, "pendamping-7");
  EXPECT_TRUE(life.Recommended("pendamping-8").changed());
  EXPECT_EQ(life.c.recommended_by, "pendamping-7") << "the first is named; both are kept in their own rows";
}

TEST(LifeTest, OnlyAnOpenCaseIsDecidedOn) {
  Life life(Day::Of(2014, 7, 1));
  for (const auto verdict : {kConfirm, kHold, kReturn}) EXPECT_EQ(life.Decided(verdict).code, "case_not_open");
  life.Recommended("pendamping-7");
  life.Decided(kConfirm);
  for (const auto verdict : {kConfirm, kHold, kReturn}) EXPECT_EQ(life.Decided(verdict).code, "case_not_open");
  EXPECT_EQ(life.Recommended("pendamping-7").code, "not_in_pkh");
  life.News();
  life.Until(Day::Of(2030, 1, 1));
  life.Count(0);
  EXPECT_THAT(life.News(), IsEmpty()) << "a graduate's case is closed";
}

TEST(LifeTest, ARequestIsKeptOnce) {
  Life life(Day::Of(2014, 7, 1));
  EXPECT_TRUE(Request(life.c, Day::Of(2016, 1, 1)).changed());
  EXPECT_EQ(Request(life.c, Day::Of(2016, 1, 1)).status, province::v1::REPORT_STATUS_UNCHANGED);
  EXPECT_EQ(Request(life.c, Day::Of(2017, 1, 1)).status, province::v1::REPORT_STATUS_UNCHANGED);
  EXPECT_EQ(life.c.requested_on, Day::Of(2016, 1, 1));
  Case none;
  EXPECT_EQ(Request(none, Day::Of(2016, 1, 1)).code, "not_in_pkh");
}

TEST(LifeTest, AnotherEndIsNoGraduation) {
  Life life(Day::Of(2014, 7, 1));
  Moves moves;
  End(life.c, Day::Of(2016, 1, 1), Day::Of(2016, 1, 2), moves);
  EXPECT_EQ(life.c.state, v1::CASE_STATE_ENDED);
  EXPECT_EQ(moves.facts.size(), 1u);
  EXPECT_TRUE(life.c.due_on.empty());
  EXPECT_TRUE(life.c.graduated_on.empty());
}

TEST(LifeTest, ANewRuleSetTakesEffectOnItsDay) {
  v1::RuleSet five = SixYears();
  five.set_version("five");
  calendar::ToProto(Day::Of(2018, 1, 1), *five.mutable_effective_from());
  five.set_programme_years(5);
  // Enrolled 2014: five years end in 2019; six months of it are left once the new set holds in 2019.
  Life life(Day::Of(2014, 7, 1), 1, {SixYears(), five});
  life.Until(Day::Of(2017, 12, 31));
  EXPECT_EQ(life.c.ends_on, Day::Of(2020, 6, 30));
  life.Until(Day::Of(2030, 1, 1));
  EXPECT_THAT(life.News(), ElementsAre("2014-07-01 opened", "2018-07-01 warned 12", "2019-01-01 warned 6", "2019-04-01 warned 3",
                                       "2019-07-01 proposed time limit"));
  EXPECT_EQ(life.c.rule_version, "five");
  // Enrolled 2012: the five years are over when the set begins.
  Life over(Day::Of(2012, 7, 1), 1, {SixYears(), five});
  over.Until(Day::Of(2018, 1, 1));
  EXPECT_EQ(over.News().back(), "2018-01-01 proposed time limit");
}

TEST(LifeTest, ACriterionThatASetDoesNotListProposesNothing) {
  v1::RuleSet only_years = SixYears();
  only_years.mutable_criteria()->DeleteSubrange(1, 2);
  Life life(Day::Of(2014, 7, 1), 0, {only_years});
  EXPECT_TRUE(life.Recommended("pendamping-7").changed());
  EXPECT_THAT(life.News(), ElementsAre("2014-07-01 opened"));
}

}  // namespace
}  // namespace berdaya::graduation
