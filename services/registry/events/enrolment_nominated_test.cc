#include "services/registry/events/enrolment_nominated.h"

#include <functional>
#include <string>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using flow::DecideFixture;
using flow::FactOf;
using province::v1::EnrolmentNominated;
using province::v1::REPORT_STATUS_CHANGED;
using province::v1::REPORT_STATUS_UNCHANGED;

EnrolmentNominated Nomination(const std::string& round = "2020-2", int64_t reported_at_s = 1'593'000'000) {
  EnrolmentNominated report;
  FillReportInfo(*report.mutable_info(), reported_at_s);
  report.set_local_family_ref("3324-0001");
  report.set_programme(type::v1::PROGRAMME_PKH);
  report.set_round(round);
  return report;
}

class EnrolmentNominatedTest : public testing::Test {
 protected:
  EnrolmentNominatedTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(calendar::Day::Of(2020, 6, 25));
    family_ = Registered(f_);
  }
  absl::StatusOr<flow::Outcome> Apply(const EnrolmentNominated& m) { return f_.Apply<OnEnrolmentNominated>(m, f_.Report(33)); }
  EnrolmentRow Pkh() { return f_.Now<EnrolmentRow>({family_.family_id, type::v1::PROGRAMME_PKH}).value_or(EnrolmentRow{}); }

  DecideFixture f_;
  FamilyRow family_;
};

TEST_F(EnrolmentNominatedTest, NominatesAndPublishes) {
  const auto out = Apply(Nomination());
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(out->status(), REPORT_STATUS_CHANGED);
  EXPECT_EQ(out->family_id(), family_.family_id);
  EXPECT_EQ(f_.read_through(), 0);
  EXPECT_EQ(Pkh().state, v1::ENROLMENT_STATE_NOMINATED);
  EXPECT_EQ(f_.Now<FamilyRow>(family_.family_id)->version, 2);

  const auto fact = FactOf<v1::EnrolmentNominated>(*out);
  EXPECT_EQ(fact.info().version(), 2);
  EXPECT_EQ(fact.info().village(), kVillage);
  EXPECT_EQ(fact.info().recorded_day().day(), 25);
  EXPECT_EQ(fact.programme(), type::v1::PROGRAMME_PKH);
  EXPECT_EQ(fact.round(), "2020-2");
}

TEST_F(EnrolmentNominatedTest, WhatItMeetsDecides) {
  struct Case {
    v1::EnrolmentState before;
    const char* round_before;
    province::v1::ReportStatus expected;
  };
  const Case cases[] = {
      {v1::ENROLMENT_STATE_NOMINATED, "2020-1", REPORT_STATUS_CHANGED},    // another round
      {v1::ENROLMENT_STATE_NOMINATED, "2020-2", REPORT_STATUS_UNCHANGED},  // a repeat
      {v1::ENROLMENT_STATE_REFUSED, "2020-1", REPORT_STATUS_CHANGED},
      {v1::ENROLMENT_STATE_REFUSED, "2020-2", REPORT_STATUS_UNCHANGED},  // refused in this round
      {v1::ENROLMENT_STATE_ACTIVE, "2020-1", REPORT_STATUS_UNCHANGED},   // takes part
      {v1::ENROLMENT_STATE_ACTIVE, "2020-2", REPORT_STATUS_UNCHANGED},
      {v1::ENROLMENT_STATE_ENDED, "2020-1", REPORT_STATUS_CHANGED},  // fell back
      {v1::ENROLMENT_STATE_ENDED, "2020-2", REPORT_STATUS_UNCHANGED},
  };
  for (const Case& c : cases) {
    DecideFixture f(&TestEnv(), Tables());
    f.OnDay(calendar::Day::Of(2020, 6, 25));
    const FamilyRow family = Registered(f);
    GivenEnrolment(f, family.family_id, type::v1::PROGRAMME_PKH, c.before, c.round_before);
    const auto out = f.Apply<OnEnrolmentNominated>(Nomination(), f.Report(33));
    ASSERT_TRUE(out.ok()) << out.status();
    EXPECT_EQ(out->status(), c.expected) << c.before << " " << c.round_before;
    EXPECT_EQ(out->outgoing().empty(), c.expected == REPORT_STATUS_UNCHANGED);
    const auto after = f.Now<EnrolmentRow>({family.family_id, type::v1::PROGRAMME_PKH});
    EXPECT_EQ(after->state, c.expected == REPORT_STATUS_CHANGED ? v1::ENROLMENT_STATE_NOMINATED : c.before);
    EXPECT_EQ(f.Now<FamilyRow>(family.family_id)->version, c.expected == REPORT_STATUS_CHANGED ? 2 : 1);
  }
}

TEST_F(EnrolmentNominatedTest, ProgrammesAreNominatedApart) {
  ASSERT_TRUE(Apply(Nomination()).ok());
  EnrolmentNominated sembako = Nomination();
  sembako.set_programme(type::v1::PROGRAMME_SEMBAKO);
  EXPECT_EQ(Apply(sembako)->status(), REPORT_STATUS_CHANGED);
  EXPECT_EQ(f_.Now<FamilyRow>(family_.family_id)->version, 3);
}

TEST_F(EnrolmentNominatedTest, ARepeatOfAnEarlierRoundDoesNotOpenItAgain) {
  ASSERT_EQ(Apply(Nomination("2020-1", 1'593'000'000))->status(), REPORT_STATUS_CHANGED);
  ASSERT_EQ(Apply(Nomination("2020-2", 1'593'000'100))->status(), REPORT_STATUS_CHANGED);
  EnrolmentRow refused = Pkh();
  refused.state = v1::ENROLMENT_STATE_REFUSED;
  f_.Given(std::move(refused));
  EXPECT_EQ(Apply(Nomination("2020-1", 1'593'000'000))->status(), REPORT_STATUS_UNCHANGED);
  EXPECT_EQ(Pkh().state, v1::ENROLMENT_STATE_REFUSED);
  EXPECT_EQ(Pkh().round, "2020-2");
}

TEST_F(EnrolmentNominatedTest, ARepeatOfOneThatFoundTheFamilyTakingPartChangesNothingAfterItsEnd) {
  GivenEnrolment(f_, family_.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE, "2014-1");
  ASSERT_EQ(Apply(Nomination())->status(), REPORT_STATUS_UNCHANGED);
  EnrolmentRow ended = Pkh();
  ended.state = v1::ENROLMENT_STATE_ENDED;
  f_.Given(std::move(ended));
  EXPECT_EQ(Apply(Nomination())->status(), REPORT_STATUS_UNCHANGED);
  EXPECT_EQ(Apply(Nomination("2020-3", 1'593'000'100))->status(), REPORT_STATUS_CHANGED);
}

TEST_F(EnrolmentNominatedTest, RefusesWhatIsNotSaid) {
  struct Wrong {
    const char* code;
    const char* field;
    std::function<void(EnrolmentNominated&)> spoil;
  };
  const Wrong wrongs[] = {
      {"programme_missing", "programme", [](auto& m) { m.clear_programme(); }},
      {"programme_missing", "programme", [](auto& m) { m.set_programme(static_cast<type::v1::Programme>(77)); }},
      {"round_invalid", "round", [](auto& m) { m.clear_round(); }},
      {"round_invalid", "round", [](auto& m) { m.set_round(std::string(33, '1')); }},
  };
  for (const Wrong& wrong : wrongs) {
    EnrolmentNominated report = Nomination();
    wrong.spoil(report);
    const auto out = Apply(report);
    ASSERT_TRUE(absl::IsInvalidArgument(out.status())) << out.status();
    EXPECT_EQ(ReasonOf(out.status()), wrong.code);
    EXPECT_EQ(FieldOf(out.status()), wrong.field);
  }
}

}  // namespace
}  // namespace berdaya::registry
