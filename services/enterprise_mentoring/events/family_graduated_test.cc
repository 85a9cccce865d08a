#include "services/enterprise_mentoring/events/family_graduated.h"

#include <functional>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using flow::FactOf;
using graduation::v1::FamilyGraduated;

constexpr Day kSigned = Day::Of(2020, 2, 19);
constexpr Day kToday = Day::Of(2020, 3, 1);

TEST(FamilyGraduatedTest, OpensACaseThatWaitsWhereNoPartnerIs) {
  Story s(kToday);
  const flow::Origin origin = s.Fact(3);
  const absl::StatusOr<flow::Outcome> out = s.Apply<OnFamilyGraduated>(Graduation(7, Day::Of(2019, 5, 2)), origin);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(s.read_through(), 0) << "every key is read ahead";

  const CaseRow row = s.Case(7);
  EXPECT_EQ(row.case_id, origin.NewId(0));
  EXPECT_EQ(row.graduation_case_id, 70);
  EXPECT_EQ(row.version, 2);
  EXPECT_EQ(row.stage, v1::CASE_STAGE_WAITING);
  EXPECT_EQ(row.waiting_in.ToCell(), kKendal);
  EXPECT_EQ(row.opened_on, Day::Of(2019, 5, 2)) << "the graduation's day, not this service's";
  EXPECT_EQ(s.Now<CaseIdRow>(row.case_id)->family_id, 7);

  ASSERT_EQ(out->outgoing().size(), 2u);
  EXPECT_EQ(out->outgoing()[0].key, "7");
  const auto opened = FactOf<v1::CaseOpened>(*out);
  EXPECT_EQ(opened.info().version(), 1);
  EXPECT_EQ(opened.info().village(), kKendalVillage);
  EXPECT_EQ(opened.info().recorded_day().year(), 2019);
  EXPECT_EQ(opened.case_id(), row.case_id);
  EXPECT_EQ(opened.kind(), type::v1::GRADUATION_KIND_NATURAL);
  EXPECT_EQ(opened.graduated_on().day(), 3);
  EXPECT_EQ(opened.graduation_case_id(), 70);
  const auto queued = FactOf<v1::CaseQueued>(*out);
  EXPECT_EQ(queued.info().version(), 2);
  EXPECT_EQ(queued.case_id(), row.case_id);
}

TEST(FamilyGraduatedTest, APartnerWithAPlaceTakesItAtOnce) {
  Story s(kToday);
  s.Registers();
  s.Signs({});
  const flow::Outcome out = s.Graduates(7, kToday + 3);
  EXPECT_EQ(s.read_through(), 0);
  const CaseRow row = s.Case(7);
  EXPECT_EQ(row.stage, v1::CASE_STAGE_MATCHED);
  EXPECT_TRUE(row.waiting_in.IsNation());
  EXPECT_EQ(row.partner_id, "polines");
  EXPECT_EQ(row.mou_number, "MOU-1");
  EXPECT_EQ(row.matched_on, kToday + 3);
  EXPECT_EQ(s.Now<MouRow>("MOU-1")->taken, 1);
  const auto matched = FactOf<v1::CaseMatched>(out);
  EXPECT_EQ(matched.info().version(), 2);
  EXPECT_EQ(matched.partner_id(), "polines");
  EXPECT_EQ(matched.partner_name(), "Politeknik Contoh polines");
  EXPECT_EQ(matched.mou_number(), "MOU-1");
}

TEST(FamilyGraduatedTest, ARepeatChangesNothing) {
  Story s(kToday);
  s.Registers();
  s.Signs({});
  s.Graduates(7, kToday);
  FamilyGraduated again = Graduation(7, kToday + 9, kKudusVillage);
  again.mutable_info()->set_version(11);
  const absl::StatusOr<flow::Outcome> out = s.Apply<OnFamilyGraduated>(again, s.Fact());
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_TRUE(out->outgoing().empty());
  EXPECT_EQ(out->FindPut<CaseRow>(), nullptr);
  EXPECT_EQ(s.Now<MouRow>("MOU-1")->taken, 1);
}

// Which of the MoUs takes a family of the Kendal village, or "" if it waits.
struct Choice {
  const char* name;
  std::vector<MouOf> mous;
  Day graduated;
  const char* chosen;
};

TEST(FamilyGraduatedTest, TheMouWithTheMostSpecificAreaInForceTakesIt) {
  const uint64_t district = kKendalVillage / 10000 * 10000;
  const Choice choices[] = {
      {"none", {}, kToday, ""},
      {"another regency", {{.areas = {kKudus}}}, kToday, ""},
      {"province", {{.areas = {kJawaTengah}}}, kToday, "MOU-1"},
      {"village before district before regency before province",
       {{.number = "A", .areas = {kJawaTengah}},
        {.number = "B", .areas = {kKendal}},
        {.number = "C", .areas = {district}},
        {.number = "D", .areas = {kKendalVillage}}},
       kToday,
       "D"},
      {"the lowest number of equals", {{.number = "M2"}, {.number = "M10"}}, kToday, "M10"},
      {"a regency beside its own province is no area of its own",
       {{.number = "A", .areas = {kJawaTengah, kKendal}}, {.number = "B", .areas = {kKendal}}},
       kToday,
       "B"},
      {"its last day", {{.ends_on = kToday + 5}}, kToday + 5, "MOU-1"},
      {"the day after", {{.ends_on = kToday + 5}}, kToday + 6, ""},
      {"graduated before the MoU, heard of after it", {{}}, kSigned - 300, "MOU-1"},
      {"recorded after its end", {{.ends_on = kToday - 1}}, kToday - 2, ""},
      {"not yet signed", {{.signed_on = kToday + 9}}, kToday + 10, ""},
  };
  for (const Choice& choice : choices) {
    SCOPED_TRACE(choice.name);
    Story s(kToday);
    s.Registers();
    for (const MouOf& mou : choice.mous) s.Signs(mou);
    s.Graduates(7, choice.graduated);
    EXPECT_EQ(s.Case(7).mou_number, choice.chosen);
  }
}

TEST(FamilyGraduatedTest, AFullMouLeavesItToTheNext) {
  Story s(kToday);
  s.Registers();
  s.Signs({.number = "A", .capacity = 1});
  s.Signs({.number = "B", .areas = {kJawaTengah}, .capacity = 1});
  for (int64_t family = 1; family <= 3; ++family) s.Graduates(family, kToday);
  EXPECT_EQ(s.Case(1).mou_number, "A");
  EXPECT_EQ(s.Case(2).mou_number, "B");
  EXPECT_EQ(s.Case(3).stage, v1::CASE_STAGE_WAITING);
}

TEST(FamilyGraduatedTest, WhatIsMalformedIsQuarantined) {
  const struct {
    const char* code;
    std::function<void(FamilyGraduated&)> spoil;
  } kFaults[] = {
      {"family_missing", [](FamilyGraduated& m) { m.mutable_info()->clear_family_id(); }},
      {"village_invalid", [](FamilyGraduated& m) { m.mutable_info()->set_village(12); }},
      {"village_invalid", [](FamilyGraduated& m) { m.mutable_info()->set_village(kKendal); }},
      {"recorded_day_invalid", [](FamilyGraduated& m) { m.mutable_info()->clear_recorded_day(); }},
      {"graduated_on_invalid", [](FamilyGraduated& m) { m.mutable_graduated_on()->set_month(13); }},
  };
  for (const auto& fault : kFaults) {
    Story s(kToday);
    FamilyGraduated m = Graduation(7, kToday);
    fault.spoil(m);
    const absl::StatusOr<flow::Outcome> out = s.Decide<OnFamilyGraduated>(m, s.Fact());
    EXPECT_EQ(ReasonOf(out.status()), fault.code);
  }
}

}  // namespace
}  // namespace berdaya::mentoring
