#include "services/graduation/commands/confirm_graduation.h"

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;

class ConfirmGraduationTest : public testing::Test {
 protected:
  ConfirmGraduationTest() {
    w_.OpenDay(Day::Of(2014, 7, 1));
    w_.Register();
    w_.Enrol(Day::Of(2014, 7, 1));
    w_.News();
  }
  absl::StatusOr<flow::Outcome> Confirm(const std::string& officer = "direktur", const std::string& letter = "L-1",
                                        int64_t region = 0, int64_t case_id = 0) {
    v1::ConfirmGraduationRequest m;
    m.set_request_id("r");
    m.set_case_id(case_id != 0 ? case_id : w_.CaseOf().case_id);
    m.set_letter_number(letter);
    const flow::Principal principal{officer, region};
    absl::StatusOr<flow::Outcome> out = w_.fixture().Apply<ConfirmGraduation>(m, w_.fixture().FromCommand(principal));
    if (out.ok()) w_.Note(*out);
    return out;
  }

  World w_;
};

TEST_F(ConfirmGraduationTest, TheCallerDecidesOnTheCasesDay) {
  w_.OpenDay(Day::Of(2020, 7, 9));  // no sweep has come by: the command lets time pass first
  const absl::StatusOr<flow::Outcome> out = Confirm();
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_THAT(
      w_.News(),
      ElementsAre("2019-07-01 TimeLimitWarned v2 12 months to 2020-06-30", "2020-01-01 TimeLimitWarned v3 6 months to 2020-06-30",
                  "2020-04-01 TimeLimitWarned v4 3 months to 2020-06-30", "2020-07-01 GraduationProposed v5 time_limit",
                  "2020-07-09 GraduationConfirmed v6 time_limit by direktur letter L-1 rules pkh-2014",
                  "2020-07-09 FamilyGraduated v7 time_limit on 2020-07-10"));
  const auto& answer = static_cast<const v1::ConfirmGraduationResponse&>(*out->answer());
  EXPECT_EQ(answer.case_().state(), v1::CASE_STATE_GRADUATED);
  EXPECT_EQ(answer.case_().version(), 7);
  EXPECT_EQ(answer.case_().decided_by(), "direktur");
  EXPECT_EQ(w_.CaseOf().decided_on, Day::Of(2020, 7, 9));
}

TEST_F(ConfirmGraduationTest, TheSameLetterAgainGivesTheCaseAsItStands) {
  w_.OpenDay(Day::Of(2020, 7, 9));
  ASSERT_TRUE(Confirm().ok());
  w_.News();
  const absl::StatusOr<flow::Outcome> again = Confirm();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(w_.News().empty());
  EXPECT_EQ(ReasonOf(Confirm("direktur", "L-2").status()), "case_not_open");
}

TEST_F(ConfirmGraduationTest, OnlyAnOfficerOfTheMinistryConfirms) {
  w_.OpenDay(Day::Of(2020, 7, 9));
  for (const int64_t region : {int64_t{3200000000}, int64_t{3300000000}, int64_t{3324000000}, int64_t{3324052001}}) {
    const absl::Status status = Confirm("kadis", "L-1", region).status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << region;
    EXPECT_EQ(ReasonOf(status), "national_only");
  }
  EXPECT_NE(w_.CaseOf().state, v1::CASE_STATE_GRADUATED);
  EXPECT_EQ(ReasonOf(Confirm("direktur", "L-1", 0, 12345).status()), "case_unknown");
  EXPECT_TRUE(Confirm().ok());
}

TEST_F(ConfirmGraduationTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ReasonOf(Confirm().status()), "case_not_open");
  EXPECT_EQ(ReasonOf(Confirm("direktur", "").status()), "letter_number_invalid");
  EXPECT_EQ(ReasonOf(Confirm("direktur", std::string(65, 'x')).status()), "letter_number_invalid");
  EXPECT_EQ(ReasonOf(Confirm("direktur", "№" + std::string(63, 'x')).status()), "case_not_open") << "64 characters, 66 bytes";
  w_.Recommend("direktur", Day::Of(2014, 7, 1));
  EXPECT_EQ(ReasonOf(Confirm("direktur").status()), "same_officer");
  EXPECT_TRUE(Confirm("menteri").ok());
}

}  // namespace
}  // namespace berdaya::graduation
