#include "services/registry/events/graduation_decided.h"

#include <string>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using enum type::v1::GraduationVerdict;

class GraduationDecidedTest : public testing::Test {
 protected:
  GraduationDecidedTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(calendar::Day::Of(2020, 6, 25));
    GivenEnrolment(f_, Registered(f_).family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  }
  static province::v1::GraduationDecided Report(type::v1::GraduationVerdict verdict, const std::string& letter,
                                                const std::string& reason) {
    province::v1::GraduationDecided report;
    FillReportInfo(*report.mutable_info());
    report.set_local_family_ref("3324-0001");
    report.set_case_id(77);
    report.set_verdict(verdict);
    report.set_letter_number(letter);
    report.set_reason(reason);
    return report;
  }

  flow::DecideFixture f_;
};

TEST_F(GraduationDecidedTest, GoesOnToGraduationAsAFact) {
  const auto out = f_.Apply<OnGraduationDecided>(Report(GRADUATION_VERDICT_HOLD, "470/12", "anak sakit"), f_.Report(33));
  ASSERT_TRUE(out.ok()) << out.status();
  const auto fact = flow::FactOf<v1::GraduationDecisionReported>(*out);
  EXPECT_EQ(fact.info().version(), 2);
  EXPECT_EQ(fact.report().province(), 33);
  EXPECT_EQ(fact.case_id(), 77);
  EXPECT_EQ(fact.verdict(), GRADUATION_VERDICT_HOLD);
  EXPECT_EQ(fact.decided_by(), "pendamping-7");
  EXPECT_EQ(fact.decided_on().day(), 24);
  EXPECT_EQ(fact.letter_number(), "470/12");
}

TEST_F(GraduationDecidedTest, TheReasonStaysInTheRegistry) {
  const auto out = f_.Apply<OnGraduationDecided>(Report(GRADUATION_VERDICT_HOLD, "470/12", "anak sakit"), f_.Report(33));
  ASSERT_TRUE(out.ok()) << out.status();
  for (const flow::Outgoing& record : out->outgoing()) EXPECT_EQ(record.value.find("sakit"), std::string::npos) << record.type;
  const auto kept = f_.All<HandedRow>();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].report_id, "report-1");
  EXPECT_EQ(kept[0].reason, "anak sakit");
}

// The village desk proposes, refers and reports; the dinas of the regency or city decides.
TEST_F(GraduationDecidedTest, OnlyTheDinasOfTheRegencyOrCityDecides) {
  auto report = Report(GRADUATION_VERDICT_CONFIRM, "470/12", "");
  for (const uint64_t office : {uint64_t{3300000000}, uint64_t{3324050000}, kVillage}) {
    report.mutable_info()->set_office(office);
    const absl::Status status = f_.Decide<OnGraduationDecided>(report, f_.Report(33)).status();
    EXPECT_EQ(ReasonOf(status), "office_may_not_decide") << office;
    EXPECT_EQ(FieldOf(status), "info.office");
  }
  report.mutable_info()->set_office(kKendal);
  EXPECT_TRUE(f_.Decide<OnGraduationDecided>(report, f_.Report(33)).ok());
}

TEST_F(GraduationDecidedTest, VerdictLetterAndReasonByTable) {
  struct Case {
    type::v1::GraduationVerdict verdict;
    std::string letter;
    std::string reason;
    const char* code;  // "": accepted
  };
  const Case cases[] = {
      {GRADUATION_VERDICT_CONFIRM, "1", "", ""},
      {GRADUATION_VERDICT_CONFIRM, std::string(64, '1'), std::string(500, 'a'), ""},
      {GRADUATION_VERDICT_HOLD, "№ 1", "a", ""},
      {GRADUATION_VERDICT_RETURN, "1", "a", ""},
      {GRADUATION_VERDICT_UNSPECIFIED, "1", "a", "verdict_missing"},
      {static_cast<type::v1::GraduationVerdict>(9), "1", "a", "verdict_missing"},
      {GRADUATION_VERDICT_CONFIRM, "", "", "letter_number_invalid"},
      {GRADUATION_VERDICT_CONFIRM, std::string(65, '1'), "", "letter_number_invalid"},
      {GRADUATION_VERDICT_HOLD, "1", "", "reason_invalid"},
      {GRADUATION_VERDICT_RETURN, "1", "", "reason_invalid"},
      {GRADUATION_VERDICT_CONFIRM, "1", std::string(501, 'a'), "reason_invalid"},
  };
  for (const Case& c : cases) {
    const auto out = f_.Decide<OnGraduationDecided>(Report(c.verdict, c.letter, c.reason), f_.Report(33));
    EXPECT_EQ(out.ok(), *c.code == '\0') << out.status();
    EXPECT_EQ(ReasonOf(out.status()), c.code);
  }
}

}  // namespace
}  // namespace berdaya::registry
