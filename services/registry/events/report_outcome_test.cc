#include "services/registry/events/report_outcome.h"

#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

constexpr int64_t kPosition = 33LL << 52 | 1LL << 48 | 500 << 8;

class ReportOutcomeTest : public testing::Test {
 protected:
  ReportOutcomeTest() : f_(&TestEnv(), Tables()) {
    f_.Given(AwaitedRow{kPosition, 33, 0, 500, "ce-1", "report-1", "3324-0001", 4711, *region::RegionCode::FromNumber(3324000000)});
  }
  static graduation::v1::ReportOutcome Fact(province::v1::ReportStatus status, int64_t position = kPosition) {
    graduation::v1::ReportOutcome fact;
    fact.mutable_info()->set_family_id(4711);
    calendar::ToProto(calendar::Day::Of(2020, 3, 1), *fact.mutable_info()->mutable_recorded_day());
    fact.mutable_report()->set_position(position);
    fact.mutable_report()->set_province(33);
    fact.set_status(status);
    return fact;
  }

  flow::DecideFixture f_;
};

TEST_F(ReportOutcomeTest, BecomesTheProvincesFinalReply) {
  graduation::v1::ReportOutcome fact = Fact(province::v1::REPORT_STATUS_REJECTED);
  fact.set_code("case_not_open");
  fact.set_field("case_id");
  auto out = f_.Apply<OnReportOutcome>(fact, f_.Fact());
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(f_.read_through(), 0);
  ASSERT_EQ(out->late_answers().size(), 1u);
  const auto& [province, reply] = out->late_answers()[0];
  EXPECT_EQ(province, 33);
  EXPECT_EQ(reply.partition(), 0);
  EXPECT_EQ(reply.offset(), 500);
  EXPECT_EQ(reply.ce_id(), "ce-1");
  EXPECT_EQ(reply.report_id(), "report-1");
  EXPECT_EQ(reply.local_family_ref(), "3324-0001");
  EXPECT_EQ(reply.family_id(), 4711);
  EXPECT_EQ(reply.status(), province::v1::REPORT_STATUS_REJECTED);
  EXPECT_EQ(reply.code(), "case_not_open");
  EXPECT_EQ(reply.field(), "case_id");
  EXPECT_FALSE(f_.Now<AwaitedRow>(kPosition).has_value());
  ASSERT_EQ(out->outgoing().size(), 1u) << "figures count it";
  const auto rejected = flow::FactOf<v1::ReportRejected>(*out);
  EXPECT_EQ(rejected.office(), 3324000000u);
  EXPECT_EQ(rejected.code(), "case_not_open");
  EXPECT_EQ(rejected.recorded_day().day(), 1u);
}

TEST_F(ReportOutcomeTest, AnswersOnce) {
  ASSERT_TRUE(f_.Apply<OnReportOutcome>(Fact(province::v1::REPORT_STATUS_CHANGED), f_.Fact()).ok());
  auto again = f_.Apply<OnReportOutcome>(Fact(province::v1::REPORT_STATUS_CHANGED), f_.Fact());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->late_answers().empty());
}

TEST_F(ReportOutcomeTest, AReportThatNobodyAwaitsIsPassedOver) {
  auto out = f_.Apply<OnReportOutcome>(Fact(province::v1::REPORT_STATUS_CHANGED, kPosition + 256), f_.Fact());
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(out->late_answers().empty());
  EXPECT_TRUE(f_.Now<AwaitedRow>(kPosition).has_value());
}

TEST_F(ReportOutcomeTest, OnlyAFinalStatusIsAnAnswer) {
  using enum province::v1::ReportStatus;
  for (const auto status : {REPORT_STATUS_CHANGED, REPORT_STATUS_UNCHANGED, REPORT_STATUS_REJECTED}) {
    EXPECT_TRUE(f_.Decide<OnReportOutcome>(Fact(status), f_.Fact()).ok()) << status;
  }
  for (const auto status : {REPORT_STATUS_UNSPECIFIED, REPORT_STATUS_REGISTERED, REPORT_STATUS_QUARANTINED, REPORT_STATUS_WAITING,
                            static_cast<province::v1::ReportStatus>(99)}) {
    EXPECT_TRUE(absl::IsDataLoss(f_.Decide<OnReportOutcome>(Fact(status), f_.Fact()).status())) << status;
  }
}

}  // namespace
}  // namespace berdaya::registry
