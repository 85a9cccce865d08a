#include "services/registry/events/graduation_requested.h"

#include "berdaya/registry/v1/facts.pb.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

TEST(GraduationRequested, GoesOnToGraduationAsAFact) {
  flow::DecideFixture f(&TestEnv(), Tables());
  f.OnDay(calendar::Day::Of(2020, 6, 25));
  const FamilyRow family = Registered(f);
  GivenEnrolment(f, family.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  province::v1::GraduationRequested report;
  FillReportInfo(*report.mutable_info());
  report.set_local_family_ref("3324-0001");

  const flow::Origin origin = f.Report(33);
  const auto out = f.Apply<OnGraduationRequested>(report, origin);
  ASSERT_TRUE(out.ok()) << out.status();
  const auto fact = flow::FactOf<v1::GraduationRequested>(*out);
  EXPECT_EQ(fact.info().family_id(), family.family_id);
  EXPECT_EQ(fact.info().version(), 2);
  EXPECT_EQ(fact.report().position(), origin.position.packed());
  EXPECT_EQ(fact.report().province(), 33);
  EXPECT_EQ(fact.officer_ref(), "pendamping-7");
  EXPECT_EQ(fact.requested_on().day(), 24) << "when it happened, not when it was recorded";
  EXPECT_EQ(fact.info().recorded_day().day(), 25);
}

}  // namespace
}  // namespace berdaya::registry
