// GraduationRequested, GraduationRecommended, GraduationDecisionReported: exactly one answer each.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kConfirm = type::v1::GRADUATION_VERDICT_CONFIRM;
constexpr auto kHold = type::v1::GRADUATION_VERDICT_HOLD;
constexpr auto kReturn = type::v1::GRADUATION_VERDICT_RETURN;

class GraduationReportsTest : public testing::Test {
 protected:
  GraduationReportsTest() {
    w_.OpenDay(Day::Of(2014, 7, 1));
    w_.Register();
  }
  void InPkh() {
    w_.Enrol(Day::Of(2014, 7, 1));
    w_.OpenDay(Day::Of(2016, 3, 1));
    w_.News();
  }
  void Proposed() {
    InPkh();
    w_.Recount(Nobody());
    w_.News();
  }

  World w_;
};

TEST_F(GraduationReportsTest, AFamilyThatWasNeverInPkhIsRefusedEverything) {
  EXPECT_EQ(w_.Request(Day::Of(2014, 6, 30)), "REJECTED not_in_pkh local_family_ref");
  EXPECT_EQ(w_.Recommend("pendamping-7", Day::Of(2014, 6, 30)), "REJECTED not_in_pkh local_family_ref");
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-1", 5), "REJECTED not_in_pkh local_family_ref");
  EXPECT_EQ(w_.fixture().Now<FamilyRow>(kFamily)->registry_version, 4) << "a refused report moves the version all the same";
  EXPECT_THAT(w_.News(), IsEmpty());
}

TEST_F(GraduationReportsTest, TheAnswerNamesTheReportAndIsNoChangeOfState) {
  InPkh();
  registry::v1::GraduationRequested m;
  m.mutable_report()->set_position(123);
  m.mutable_report()->set_province(33);
  calendar::ToProto(Day::Of(2016, 2, 29), *m.mutable_requested_on());
  const absl::StatusOr<flow::Outcome> out = w_.Arrive<OnGraduationRequested>(m);
  ASSERT_TRUE(out.ok());
  const auto answer = flow::FactOf<v1::ReportOutcome>(*out);
  EXPECT_EQ(answer.report().position(), 123);
  EXPECT_EQ(answer.report().province(), 33);
  EXPECT_EQ(answer.status(), province::v1::REPORT_STATUS_CHANGED);
  EXPECT_EQ(answer.info().version(), 0);
  EXPECT_EQ(answer.info().family_id(), kFamily);
  EXPECT_EQ(answer.info().village(), kVillage);
}

TEST_F(GraduationReportsTest, ADroppedRepeatOfAFactIsNotAnsweredAgain) {
  InPkh();
  registry::v1::GraduationRequested m;
  m.mutable_info()->set_family_id(kFamily);
  m.mutable_info()->set_village(kVillage);
  m.mutable_info()->set_version(2);
  calendar::ToProto(Day::Of(2016, 2, 29), *m.mutable_requested_on());
  const absl::StatusOr<flow::Outcome> out = w_.fixture().Apply<OnGraduationRequested>(m, w_.fixture().Fact());
  ASSERT_TRUE(out.ok());
  EXPECT_THAT(out->outgoing(), IsEmpty());
}

TEST_F(GraduationReportsTest, ARequestIsRecordedOnce) {
  InPkh();
  EXPECT_EQ(w_.Request(Day::Of(2016, 2, 29)), "CHANGED");
  EXPECT_EQ(w_.Request(Day::Of(2016, 2, 29)), "UNCHANGED");
  EXPECT_EQ(w_.CaseOf().requested_on, Day::Of(2016, 2, 29));
  EXPECT_THAT(w_.News(), IsEmpty());
}

TEST_F(GraduationReportsTest, ARecommendationProposesAndItsRepeatDoesNot) {
  InPkh();
  EXPECT_EQ(w_.Recommend("pendamping-7", Day::Of(2016, 2, 28)), "CHANGED");
  EXPECT_THAT(w_.News(), ElementsAre("2016-03-01 GraduationProposed v2 self_reliant"));
  EXPECT_EQ(w_.Recommend("pendamping-7", Day::Of(2016, 2, 28)), "UNCHANGED");
  EXPECT_EQ(w_.Decide(kReturn, "kadis", "L-1"), "CHANGED");
  w_.News();
  EXPECT_EQ(w_.Recommend("pendamping-7", Day::Of(2016, 2, 28)), "UNCHANGED") << "a late repeat proposes nothing again";
  EXPECT_THAT(w_.News(), IsEmpty());
  EXPECT_EQ(w_.Recommend("pendamping-7", Day::Of(2016, 3, 1), 'b'), "CHANGED") << "a new statement does";
  EXPECT_THAT(w_.News(), ElementsAre("2016-03-01 GraduationProposed v4 self_reliant"));
}

TEST_F(GraduationReportsTest, WhoRecommendedMayNotDecideWhateverTheProposal) {
  Proposed();
  EXPECT_EQ(w_.Recommend("pendamping-7", Day::Of(2016, 2, 28)), "CHANGED");
  EXPECT_EQ(w_.Recommend("pendamping-8", Day::Of(2016, 2, 28), 'b'), "CHANGED");
  for (const auto verdict : {kConfirm, kHold, kReturn}) {
    EXPECT_EQ(w_.Decide(verdict, "pendamping-7", "L-1"), "REJECTED same_officer info.officer_ref");
    EXPECT_EQ(w_.Decide(verdict, "pendamping-8", "L-1"), "REJECTED same_officer info.officer_ref");
  }
  EXPECT_THAT(w_.News(), IsEmpty());
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-1"), "CHANGED");
}

TEST_F(GraduationReportsTest, AnotherCaseIsNotDecidedOn) {
  Proposed();
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-1", 5), "REJECTED case_unknown case_id");
  EXPECT_EQ(w_.CaseOf().state, v1::CASE_STATE_PROPOSED);
}

TEST_F(GraduationReportsTest, OnlyWhatIsProposedOrHeldIsDecidedOn) {
  InPkh();
  for (const auto verdict : {kConfirm, kHold, kReturn})
    EXPECT_EQ(w_.Decide(verdict, "kadis", "L-1"), "REJECTED case_not_open case_id");
  w_.Recount(Nobody());
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-2"), "CHANGED");
  EXPECT_EQ(w_.Decide(kHold, "kadis", "L-3"), "REJECTED case_not_open case_id");
}

TEST_F(GraduationReportsTest, AConfirmationGraduates) {
  Proposed();
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-1"), "CHANGED");
  EXPECT_THAT(w_.News(), ElementsAre("2016-03-01 GraduationConfirmed v3 natural by kadis letter L-1 rules pkh-2014",
                                     "2016-03-01 FamilyGraduated v4 natural on 2016-03-02"));
  const std::vector<DecisionRow> kept = w_.fixture().All<DecisionRow>();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].version, 4);
  EXPECT_EQ(kept[0].proposal_version, 2);
  const std::vector<ProposalRow> proposals = w_.fixture().All<ProposalRow>();
  ASSERT_EQ(proposals.size(), 1u);
  EXPECT_EQ(proposals[0].rule_version, "pkh-2014");
}

TEST_F(GraduationReportsTest, TheSameDecisionAgainIsUnchangedHoweverLateItComes) {
  Proposed();
  EXPECT_EQ(w_.Decide(kReturn, "kadis", "L-1"), "CHANGED");
  EXPECT_EQ(w_.Decide(kReturn, "kadis", "L-1"), "UNCHANGED");
  w_.OpenDay(Day::Of(2016, 7, 1));
  w_.Sweep();
  EXPECT_EQ(w_.CaseOf().state, v1::CASE_STATE_PROPOSED);
  EXPECT_EQ(w_.Decide(kReturn, "kadis", "L-1"), "UNCHANGED") << "the old letter does not return the new proposal";
  EXPECT_EQ(w_.Decide(kHold, "kadis", "L-2"), "CHANGED");
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-3"), "CHANGED");
  EXPECT_EQ(w_.Decide(kHold, "kadis", "L-2"), "UNCHANGED");
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-3"), "UNCHANGED");
  EXPECT_EQ(w_.Request(Day::Of(2016, 6, 1)), "REJECTED not_in_pkh local_family_ref");
}

TEST_F(GraduationReportsTest, ALateDecisionOnOneProposalDoesNotDecideTheNext) {
  Proposed();  // on 1 March; decided that day by a letter that is reported months later
  w_.OpenDay(Day::Of(2016, 4, 1));
  w_.Recount(OneChild());
  w_.OpenDay(Day::Of(2016, 6, 1));
  w_.Recount(Nobody());
  EXPECT_EQ(w_.CaseOf().state, v1::CASE_STATE_PROPOSED);
  for (const Day before : {Day::Of(2016, 3, 1), Day::Of(2016, 5, 31)}) {
    for (const auto verdict : {kConfirm, kHold, kReturn}) {
      EXPECT_EQ(w_.Decide(verdict, "kadis", "L-1", 0, kFamily, before), "REJECTED decided_before_proposal info.occurred_on");
    }
  }
  EXPECT_EQ(w_.CaseOf().state, v1::CASE_STATE_PROPOSED);
  w_.OpenDay(Day::Of(2016, 7, 1));
  EXPECT_EQ(w_.Decide(kConfirm, "kadis", "L-2", 0, kFamily, Day::Of(2016, 6, 1)), "CHANGED") << "on its own day";
}

TEST_F(GraduationReportsTest, AHeldCaseMayBeReturned) {
  Proposed();
  EXPECT_EQ(w_.Decide(kHold, "kadis", "L-1"), "CHANGED");
  EXPECT_EQ(w_.Decide(kReturn, "kabid", "L-2"), "CHANGED");
  EXPECT_THAT(w_.News(), ElementsAre("2016-03-01 CaseHeld v3 by kadis", "2016-03-01 ProposalWithdrawn v4 returned"));
}

}  // namespace
}  // namespace berdaya::graduation
