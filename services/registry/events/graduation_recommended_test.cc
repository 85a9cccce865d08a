#include "services/registry/events/graduation_recommended.h"

#include <string>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

class GraduationRecommendedTest : public testing::Test {
 protected:
  GraduationRecommendedTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(calendar::Day::Of(2020, 6, 25));
    GivenEnrolment(f_, Registered(f_).family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
    FillReportInfo(*report_.mutable_info());
    report_.set_local_family_ref("3324-0001");
  }

  flow::DecideFixture f_;
  province::v1::GraduationRecommended report_;
};

TEST_F(GraduationRecommendedTest, GoesOnToGraduationAsAFact) {
  report_.set_statement_sha256(std::string(32, 'a') + std::string(32, 'F'));
  const auto out = f_.Apply<OnGraduationRecommended>(report_, f_.Report(33));
  ASSERT_TRUE(out.ok()) << out.status();
  const auto fact = flow::FactOf<v1::GraduationRecommended>(*out);
  EXPECT_EQ(fact.info().version(), 2);
  EXPECT_EQ(fact.report().province(), 33);
  EXPECT_EQ(fact.recommended_by(), "pendamping-7");
  EXPECT_EQ(fact.recommended_on().day(), 24);
  EXPECT_EQ(fact.statement_sha256(), report_.statement_sha256());
}

TEST_F(GraduationRecommendedTest, TheDigestMustHaveItsForm) {
  for (const std::string& digest :
       {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g", std::string(64, ' ')}) {
    report_.set_statement_sha256(digest);
    const auto out = f_.Decide<OnGraduationRecommended>(report_, f_.Report(33));
    EXPECT_EQ(ReasonOf(out.status()), "statement_invalid") << digest;
    EXPECT_EQ(FieldOf(out.status()), "statement_sha256");
  }
}

}  // namespace
}  // namespace berdaya::registry
