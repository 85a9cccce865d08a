#include "services/registry/events/family_graduated.h"

#include "berdaya/registry/v1/facts.pb.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

class FamilyGraduatedTest : public testing::Test {
 protected:
  FamilyGraduatedTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(calendar::Day::Of(2020, 6, 25));
    family_ = Registered(f_);
    fact_.mutable_info()->set_family_id(family_.family_id);
    SetDate(2020, 7, 1, *fact_.mutable_graduated_on());
  }
  absl::StatusOr<flow::Outcome> Apply() { return f_.Apply<OnFamilyGraduated>(fact_, f_.Fact()); }

  flow::DecideFixture f_;
  FamilyRow family_;
  graduation::v1::FamilyGraduated fact_;
};

TEST_F(FamilyGraduatedTest, EndsPkhTheDayBeforeAndItsReviewsAndLeavesSembakoAlone) {
  GivenEnrolment(f_, family_.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  GivenEnrolment(f_, family_.family_id, type::v1::PROGRAMME_SEMBAKO, v1::ENROLMENT_STATE_ACTIVE);
  FamilyRow reviewed = family_;
  reviewed.review_on = calendar::Day::Of(2022, 2, 28);
  f_.Given(std::move(reviewed));

  const auto out = Apply();
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(f_.read_through(), 0);
  const auto pkh = f_.Now<EnrolmentRow>({family_.family_id, type::v1::PROGRAMME_PKH});
  EXPECT_EQ(pkh->state, v1::ENROLMENT_STATE_ENDED);
  EXPECT_EQ(pkh->starts_on, calendar::Day::Of(2014, 7, 1));
  EXPECT_EQ(pkh->ended_on, calendar::Day::Of(2020, 6, 30));
  EXPECT_EQ(f_.Now<EnrolmentRow>({family_.family_id, type::v1::PROGRAMME_SEMBAKO})->state, v1::ENROLMENT_STATE_ACTIVE);
  EXPECT_EQ(f_.Now<FamilyRow>(family_.family_id)->version, 2);
  EXPECT_TRUE(f_.Now<FamilyRow>(family_.family_id)->review_on.empty());

  const auto ended = flow::FactOf<v1::EnrolmentEnded>(*out);
  EXPECT_EQ(ended.info().version(), 2);
  EXPECT_EQ(ended.info().recorded_day().day(), 25);
  EXPECT_EQ(ended.programme(), type::v1::PROGRAMME_PKH);
  EXPECT_EQ(ended.ended_on().day(), 30);
}

TEST_F(FamilyGraduatedTest, WhatItMeetsDecides) {
  struct Case {
    v1::EnrolmentState state;
    bool ends;
  };
  for (const Case& c : {Case{v1::ENROLMENT_STATE_ACTIVE, true}, Case{v1::ENROLMENT_STATE_ENDED, false},
                        Case{v1::ENROLMENT_STATE_NOMINATED, false}, Case{v1::ENROLMENT_STATE_REFUSED, false}}) {
    GivenEnrolment(f_, family_.family_id, type::v1::PROGRAMME_PKH, c.state);
    const auto out = f_.Decide<OnFamilyGraduated>(fact_, f_.Fact());
    ASSERT_TRUE(out.ok()) << out.status();
    EXPECT_EQ(out->outgoing().size(), c.ends ? 1u : 0u) << c.state;
    EXPECT_EQ(out->FindPut<EnrolmentRow>() != nullptr, c.ends) << c.state;
  }
}

TEST_F(FamilyGraduatedTest, AFamilyNeverInPkhMeansThatSomethingIsLost) {
  EXPECT_TRUE(absl::IsDataLoss(Apply().status()));
  fact_.mutable_info()->set_family_id(1);
  EXPECT_TRUE(absl::IsDataLoss(Apply().status()));
}

TEST_F(FamilyGraduatedTest, ADayThatIsNoneIsForAnOperator) {
  GivenEnrolment(f_, family_.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  fact_.clear_graduated_on();
  EXPECT_TRUE(absl::IsInvalidArgument(Apply().status()));
}

}  // namespace
}  // namespace berdaya::registry
