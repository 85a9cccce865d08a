// EnrolmentDecided and EnrolmentEnded: where a case begins, and the ends that are no graduation.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;
using testing::IsEmpty;

class EnrolmentTest : public testing::Test {
 protected:
  EnrolmentTest() {
    w_.OpenDay(Day::Of(2014, 7, 1));
    w_.Register();
  }
  void Decided(type::v1::Programme programme, bool enrolled) {
    registry::v1::EnrolmentDecided m;
    m.set_programme(programme);
    m.set_enrolled(enrolled);
    if (enrolled) calendar::ToProto(Day::Of(2014, 8, 1), *m.mutable_starts_on());
    *m.mutable_components() = OneChild();
    ASSERT_TRUE(w_.Arrive<OnEnrolmentDecided>(m).ok());
  }
  void Ended(type::v1::Programme programme, Day day) {
    registry::v1::EnrolmentEnded m;
    m.set_programme(programme);
    calendar::ToProto(day, *m.mutable_ended_on());
    ASSERT_TRUE(w_.Arrive<OnEnrolmentEnded>(m).ok());
  }

  World w_;
};

TEST_F(EnrolmentTest, OnlyAnEnrolmentInPkhOpensACase) {
  Decided(type::v1::PROGRAMME_SEMBAKO, true);
  Decided(type::v1::PROGRAMME_PKH, false);
  EXPECT_THAT(w_.News(), IsEmpty());
  EXPECT_EQ(w_.fixture().All<CaseRow>().size(), 0u);
  Decided(type::v1::PROGRAMME_PKH, true);
  EXPECT_THAT(w_.News(), ElementsAre("2014-07-01 CaseOpened v1 from 2014-08-01"));
  const CaseRow row = w_.CaseOf();
  EXPECT_EQ(row.case_id, w_.last_origin().NewId(0)) << "a re-run gives the same id";
  EXPECT_EQ(row.ends_on, Day::Of(2020, 7, 31));
  EXPECT_EQ(row.due_on, Day::Of(2019, 8, 1));
  EXPECT_EQ(row.components, Components::From(OneChild()));
  EXPECT_EQ(w_.fixture().read_through(), 0);
}

TEST_F(EnrolmentTest, ASecondEnrolmentInAnOpenCaseLeavesItsYearsAlone) {
  Decided(type::v1::PROGRAMME_PKH, true);
  const CaseRow before = w_.CaseOf();
  w_.OpenDay(Day::Of(2016, 1, 1));
  w_.News();
  Decided(type::v1::PROGRAMME_PKH, true);
  EXPECT_THAT(w_.News(), IsEmpty());
  EXPECT_EQ(w_.CaseOf(), before);
}

TEST_F(EnrolmentTest, AFamilyThatEnrolsAgainGetsANewCaseAndTheOldOneStays) {
  Decided(type::v1::PROGRAMME_PKH, true);
  const int64_t first = w_.CaseOf().case_id;
  w_.OpenDay(Day::Of(2016, 1, 1));
  Ended(type::v1::PROGRAMME_PKH, Day::Of(2015, 12, 31));
  EXPECT_EQ(w_.CaseOf().state, v1::CASE_STATE_ENDED);
  w_.OpenDay(Day::Of(2018, 1, 1));
  w_.Enrol(Day::Of(2018, 1, 1));
  const CaseRow second = w_.CaseOf();
  EXPECT_NE(second.case_id, first);
  EXPECT_EQ(second.previous_case_id, first);
  EXPECT_EQ(second.ends_on, Day::Of(2023, 12, 31));
  EXPECT_EQ(w_.fixture().Now<CaseRow>(first)->state, v1::CASE_STATE_ENDED);
  EXPECT_THAT(w_.News(), ElementsAre("2014-07-01 CaseOpened v1 from 2014-08-01", "2016-01-01 ParticipationEnded v2 on 2015-12-31",
                                     "2018-01-01 CaseOpened v1 from 2018-01-01"));
}

TEST_F(EnrolmentTest, TheEndOfSembakoIsNotTheEndOfPkh) {
  Decided(type::v1::PROGRAMME_PKH, true);
  Ended(type::v1::PROGRAMME_SEMBAKO, Day::Of(2015, 12, 31));
  EXPECT_EQ(w_.CaseOf().state, v1::CASE_STATE_FOLLOWED);
}

TEST_F(EnrolmentTest, AnEnrolmentWithoutADayIsRefused) {
  registry::v1::EnrolmentDecided m;
  m.set_programme(type::v1::PROGRAMME_PKH);
  m.set_enrolled(true);
  EXPECT_TRUE(absl::IsInvalidArgument(w_.Arrive<OnEnrolmentDecided>(m).status()));
}

}  // namespace
}  // namespace berdaya::graduation
