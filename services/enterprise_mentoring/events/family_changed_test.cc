#include "services/enterprise_mentoring/events/family_changed.h"

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using flow::FactOf;

constexpr Day kToday = Day::Of(2020, 3, 1);
constexpr uint64_t kOtherKendalVillage = 3324052002;

TEST(FamilyChangedTest, ACaseThatWaitsGoesOverToTheLineOfItsNewRegency) {
  Story s(kToday);
  s.Graduates(7, kToday, kKudusVillage);
  const flow::Outcome out = s.Changes(7, 9, kToday + 2, kKendalVillage);
  EXPECT_EQ(s.read_through(), 0) << "every key is read ahead";
  const CaseRow row = s.Case(7);
  EXPECT_EQ(static_cast<uint64_t>(row.village.ToCell()), kKendalVillage);
  EXPECT_EQ(static_cast<uint64_t>(row.waiting_in.ToCell()), kKendal);
  EXPECT_EQ(row.stage, v1::CASE_STAGE_WAITING);
  EXPECT_EQ(row.version, 3);
  const auto fact = FactOf<v1::CaseMoved>(out);
  EXPECT_EQ(fact.case_id(), row.case_id);
  EXPECT_EQ(fact.info().version(), 3);
  EXPECT_EQ(fact.info().village(), kKendalVillage);
  EXPECT_EQ(calendar::FromProto(fact.info().recorded_day()).value(), kToday + 2);

  s.Registers();
  s.Signs({.areas = {kKudus}});
  EXPECT_EQ(s.Case(7).stage, v1::CASE_STAGE_WAITING) << "it is no longer in that line";
  s.Signs({.number = "MOU-2"});
  EXPECT_EQ(s.Case(7).mou_number, "MOU-2");
}

TEST(FamilyChangedTest, APartnerWithAPlaceWhereItLivesNowTakesIt) {
  Story s(kToday);
  s.Registers();
  s.Signs({.ends_on = kToday + 5});
  s.Graduates(7, kToday, kKudusVillage);
  s.Graduates(8, kToday, kKudusVillage);
  const flow::Outcome out = s.Changes(7, 9, kToday + 5, kKendalVillage);
  EXPECT_EQ(s.read_through(), 0);
  EXPECT_EQ(s.Case(7).mou_number, "MOU-1");
  EXPECT_EQ(s.Case(7).matched_on, kToday + 5) << "not before it came";
  EXPECT_EQ(s.Case(7).version, 4);
  EXPECT_EQ(FactOf<v1::CaseMatched>(out).info().version(), 4);
  EXPECT_EQ(s.Now<MouRow>("MOU-1")->taken, 1);
  s.Changes(8, 9, kToday + 6, kKendalVillage);
  EXPECT_EQ(s.Case(8).stage, v1::CASE_STAGE_WAITING) << "it came after the MoU's last day";
}

TEST(FamilyChangedTest, APartnerKeepsTheFamilyThatItHasTaken) {
  Story s(kToday);
  s.Registers();
  s.Signs({});
  s.Graduates(7, kToday);
  s.Changes(7, 9, kToday + 2, kKudusVillage);
  const CaseRow row = s.Case(7);
  EXPECT_EQ(row.mou_number, "MOU-1");
  EXPECT_EQ(row.stage, v1::CASE_STAGE_MATCHED);
  EXPECT_TRUE(row.waiting_in.IsNation());
  EXPECT_EQ(row.matched_on, kToday);
  EXPECT_EQ(s.Now<MouRow>("MOU-1")->taken, 1);
  // Whoever answers for its new region sees it, and whoever did before does not.
  EXPECT_FALSE(s.Apply<RecordSession>(Session(row.case_id, kToday), s.FromCommand(kDinasKendal)).ok());
  EXPECT_TRUE(s.Apply<RecordSession>(Session(row.case_id, kToday), s.FromCommand(kDinasKudus)).ok());
}

TEST(FamilyChangedTest, WhatIsNoMoveAndARepeatChangeNothing) {
  Story s(kToday);
  s.Graduates(7, kToday);
  EXPECT_TRUE(s.Changes(7, 9, kToday + 2, kKendalVillage).outgoing().empty());
  s.Changes(7, 10, kToday + 3, kOtherKendalVillage);
  EXPECT_TRUE(s.Changes(7, 9, kToday + 2, kKendalVillage).outgoing().empty());
  EXPECT_EQ(static_cast<uint64_t>(s.Case(7).village.ToCell()), kOtherKendalVillage);
  EXPECT_EQ(s.Case(7).version, 3);
}

// Registry and graduation write to topics of their own, so mentoring may hear of a move before or after the graduation, whichever
// came first. The family ends where it lives, and with the same partner.
TEST(FamilyChangedTest, EitherOrderOfMoveAndGraduationEndsAlike) {
  const struct {
    const char* name;
    Day moved_on;
    uint64_t graduated_in;
  } kCases[] = {{"moved before it graduated", kToday - 1, kKendalVillage},
                {"moved on that day, and graduation knew", kToday, kKendalVillage},
                {"moved on that day, and graduation did not know", kToday, kKudusVillage},
                {"moved after it graduated", kToday + 1, kKudusVillage}};
  for (const auto& c : kCases) {
    for (const bool move_first : {true, false}) {
      SCOPED_TRACE(testing::Message() << c.name << ", move first " << move_first);
      Story s(kToday);
      s.Registers();
      s.Signs({});
      s.Changes(7, 8, kToday - 30, kKudusVillage);
      if (move_first) s.Changes(7, 9, c.moved_on, kKendalVillage);
      s.Graduates(7, kToday, c.graduated_in);
      if (!move_first) s.Changes(7, 9, c.moved_on, kKendalVillage);
      EXPECT_EQ(static_cast<uint64_t>(s.Case(7).village.ToCell()), kKendalVillage);
      EXPECT_EQ(s.Case(7).mou_number, "MOU-1");
      EXPECT_EQ(s.Case(7).matched_on, std::max(kToday, c.moved_on));
    }
  }
}

TEST(FamilyChangedTest, OldNewsMovesNobodyBack) {
  Story s(kToday);
  s.Graduates(7, kToday, kKudusVillage);
  EXPECT_TRUE(s.Changes(7, 3, kToday - 1, kKendalVillage).outgoing().empty());
  EXPECT_EQ(static_cast<uint64_t>(s.Case(7).village.ToCell()), kKudusVillage);
}

TEST(FamilyChangedTest, WhatIsMalformedIsQuarantined) {
  Story s(kToday);
  EXPECT_EQ(ReasonOf(s.Decide<OnFamilyChanged>(Change(0, 2, kToday, kKudusVillage), s.Fact()).status()), "family_missing");
  EXPECT_EQ(ReasonOf(s.Decide<OnFamilyChanged>(Change(7, 2, kToday, kKudus), s.Fact()).status()), "village_invalid");
}

}  // namespace
}  // namespace berdaya::mentoring
