#include "services/enterprise_mentoring/commands/sign_mou.h"

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/sweeps/take_due_lines.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using flow::FactOf;
using flow::PublishedOf;

constexpr Day kToday = Day::Of(2020, 2, 20);

v1::SignMouResponse AnswerOf(const flow::Outcome& out) { return static_cast<const v1::SignMouResponse&>(*out.answer()); }

TEST(SignMouTest, TakesTheFamiliesThatWaitLongestInItsArea) {
  Story s(kToday);
  s.Registers();
  s.Graduates(1, Day::Of(2016, 3, 1));
  s.Graduates(2, Day::Of(2015, 3, 1));
  s.Graduates(3, Day::Of(2014, 9, 1), kKudusVillage);
  s.Graduates(4, Day::Of(2015, 3, 1));
  const flow::Outcome out = s.Signs({.capacity = 2});
  EXPECT_EQ(AnswerOf(out).matched(), 2);
  EXPECT_EQ(s.Case(2).mou_number, "MOU-1");
  EXPECT_EQ(s.Case(4).mou_number, "MOU-1");
  EXPECT_EQ(s.Case(1).stage, v1::CASE_STAGE_WAITING) << "no place is left";
  EXPECT_EQ(s.Case(3).stage, v1::CASE_STAGE_WAITING) << "outside the area";
  EXPECT_EQ(s.Case(2).version, 3);
  EXPECT_EQ(s.Case(2).matched_on, kToday);

  const auto facts = PublishedOf<v1::CaseMatched>(out);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].info().family_id(), 2);
  EXPECT_EQ(facts[0].info().version(), 3);
  EXPECT_EQ(facts[0].info().recorded_day().day(), 20);
  EXPECT_EQ(facts[1].info().family_id(), 4);
  EXPECT_EQ(FactOf<v1::MouSigned>(out).mou().mou_number(), "MOU-1");
  EXPECT_EQ(out.outgoing()[0].key, "polines");
}

TEST(SignMouTest, TheFactNamesNoPerson) {
  Story s(kToday);
  s.Registers();
  v1::SignMouRequest m = MouOf{}.Request();
  m.mutable_mou()->mutable_signatories(0)->set_name("Nama Contoh");
  m.mutable_mou()->add_witnesses()->set_name("Saksi Contoh");
  m.mutable_mou()->mutable_witnesses(0)->set_office("Menteri Sosial");
  const absl::StatusOr<flow::Outcome> out = s.Apply<SignMou>(m, s.FromCommand(kMinistry));
  ASSERT_TRUE(out.ok()) << out.status();
  const auto fact = FactOf<v1::MouSigned>(*out);
  EXPECT_EQ(fact.mou().signatories(0).office(), "Direktur Politeknik Contoh");
  EXPECT_EQ(fact.mou().signatories(0).name(), "");
  EXPECT_EQ(fact.mou().witnesses(0).name(), "");
  v1::Mou kept;
  ASSERT_TRUE(kept.ParseFromString(s.Now<MouRow>("MOU-1")->document));
  EXPECT_EQ(kept.signatories(0).name(), "Nama Contoh");
}

TEST(SignMouTest, WhoGraduatedAfterItsEndStaysInTheLine) {
  Story s(kToday);
  s.Registers();
  s.Graduates(1, kToday + 40);
  s.Graduates(2, kToday - 40);
  s.Signs({.ends_on = kToday + 30, .capacity = 5});
  EXPECT_EQ(s.Case(1).stage, v1::CASE_STAGE_WAITING);
  EXPECT_EQ(s.Case(2).stage, v1::CASE_STAGE_MATCHED);
}

TEST(SignMouTest, OneRecordedBeforeItsDayBeginsOnIt) {
  Story s(kToday);
  s.Registers();
  s.Graduates(1, kToday - 9);
  const flow::Outcome out = s.Signs({.signed_on = kToday + 3, .capacity = 1});
  EXPECT_EQ(AnswerOf(out).matched(), 0);
  s.Graduates(2, kToday + 5);  // its partition is ahead
  EXPECT_EQ(s.Case(2).stage, v1::CASE_STAGE_WAITING) << "nobody is taken before those that wait";
  s.OnDay(kToday + 2);
  EXPECT_TRUE(s.Sweep<TakeDueLines>()->empty());
  s.OnDay(kToday + 7);  // many days at once
  EXPECT_TRUE(s.Sweep<TakeDueLines>(1)->empty()) << "partition 0 has the MoUs";
  EXPECT_EQ(s.Sweep<TakeDueLines>()->size(), 1u);
  EXPECT_EQ(s.Case(1).stage, v1::CASE_STAGE_MATCHED);
  EXPECT_EQ(s.Case(1).matched_on, kToday + 3) << "the MoU's first day, however many days were opened at once";
  EXPECT_EQ(s.Case(2).stage, v1::CASE_STAGE_WAITING);
}

TEST(SignMouTest, WhatOneTransactionDoesNotTakeTheSweepTakes) {
  const Env env{TestRegions(), 2};
  flow::DecideFixture f(&env, Tables());
  f.OnDay(kToday);
  ASSERT_TRUE(f.Apply<RegisterPartner>(Partner(), f.FromCommand(kMinistry)).ok());
  for (int64_t family = 1; family <= 5; ++family) {
    ASSERT_TRUE(f.Apply<OnFamilyGraduated>(Graduation(family, kToday - 100), f.Fact()).ok());
  }
  ASSERT_TRUE(f.Apply<SignMou>(MouOf{.capacity = 100}.Request(), f.FromCommand(kMinistry)).ok());
  EXPECT_EQ(f.Now<MouRow>("MOU-1")->taken, 2);
  ASSERT_TRUE(f.Apply<OnFamilyGraduated>(Graduation(6, kToday - 200), f.Fact()).ok());
  EXPECT_EQ(f.Now<CaseRow>(6)->stage, v1::CASE_STAGE_WAITING);
  for (const int64_t taken : {4, 6}) {
    EXPECT_FALSE(f.Now<MouRow>("MOU-1")->line_due_on.empty());
    EXPECT_EQ(f.Sweep<TakeDueLines>()->size(), 1u);
    EXPECT_EQ(f.Now<MouRow>("MOU-1")->taken, taken);
  }
  EXPECT_TRUE(f.Now<MouRow>("MOU-1")->line_due_on.empty()) << "from now on newcomers are taken at once";
  EXPECT_TRUE(f.Sweep<TakeDueLines>()->empty());
  ASSERT_TRUE(f.Apply<OnFamilyGraduated>(Graduation(7, kToday), f.Fact()).ok());
  EXPECT_EQ(f.Now<CaseRow>(7)->stage, v1::CASE_STAGE_MATCHED);
}

// More than a page of the waiting line, in three regencies, one of them only in part.
TEST(SignMouTest, MergesTheLinesOfManyRegencies) {
  Story s(kToday);
  s.Registers();
  const uint64_t villages[] = {kKendalVillage, kKudusVillage, kKendalVillage + 1, 3374012001};
  for (int64_t i = 0; i < 1200; ++i) s.Graduates(1000 - i % 400 + i / 400 * 10'000, kToday - 500 + i % 97, villages[i % 4]);
  const flow::Outcome out = s.Signs({.areas = {kKendalVillage, kKudus, 3374000000}, .capacity = 700});
  EXPECT_EQ(AnswerOf(out).matched(), 700);
  std::vector<std::pair<Day, int64_t>> taken, left;
  for (const CaseRow& row : s.All<CaseRow>()) {
    if (row.village.ToCell() == static_cast<int64_t>(kKendalVillage + 1)) {
      EXPECT_EQ(row.stage, v1::CASE_STAGE_WAITING);
    } else {
      (row.stage == v1::CASE_STAGE_MATCHED ? taken : left).emplace_back(row.graduated_on, row.family_id);
    }
  }
  ASSERT_EQ(taken.size(), 700u);
  ASSERT_EQ(left.size(), 200u);
  EXPECT_LT(*std::max_element(taken.begin(), taken.end()), *std::min_element(left.begin(), left.end()));
}

TEST(SignMouTest, ARepeatChangesNothingAndAnotherUnderItsNumberIsRefused) {
  Story s(kToday);
  s.Registers();
  s.Signs({});
  s.Graduates(1, kToday);
  const absl::StatusOr<flow::Outcome> again = s.Apply<SignMou>(MouOf{}.Request(), s.FromCommand(kMinistry));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->outgoing().empty());
  EXPECT_EQ(AnswerOf(*again).mou().mou_number(), "MOU-1");
  EXPECT_EQ(s.Now<MouRow>("MOU-1")->taken, 1);
  const absl::Status other = s.Apply<SignMou>(MouOf{.capacity = 9}.Request(), s.FromCommand(kMinistry)).status();
  EXPECT_TRUE(absl::IsAlreadyExists(other)) << other;
  EXPECT_EQ(ReasonOf(other), "mou_number_taken");
}

TEST(SignMouTest, ACallerSignsForItsOwnRegionOnly) {
  Story s(kToday);
  s.Registers();
  const absl::Status outside = s.Apply<SignMou>(MouOf{.areas = {kKendal, kKudus}}.Request(), s.FromCommand(kDinasKendal)).status();
  EXPECT_TRUE(absl::IsPermissionDenied(outside)) << outside;
  EXPECT_TRUE(s.Apply<SignMou>(MouOf{.areas = {kKendalVillage}}.Request(), s.FromCommand(kDinasKendal)).ok());
}

TEST(SignMouTest, NeedsADayAndAPartner) {
  Story s(kToday);
  EXPECT_EQ(ReasonOf(s.Apply<SignMou>(MouOf{}.Request(), s.FromCommand(kMinistry)).status()), "partner_unknown");
  s.Registers();
  s.OnDay({});
  EXPECT_EQ(ReasonOf(s.Apply<SignMou>(MouOf{}.Request(), s.FromCommand(kMinistry)).status()), "no_day");
}

}  // namespace
}  // namespace berdaya::mentoring
