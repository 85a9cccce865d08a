#include "services/enterprise_mentoring/commands/record_milestone.h"

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using flow::FactOf;
using testing::ElementsAre;

constexpr Day kToday = Day::Of(2020, 6, 1);

class RecordMilestoneTest : public testing::Test {
 protected:
  RecordMilestoneTest() : s_(kToday) {
    s_.Registers();
    s_.Signs({});
    s_.Graduates(7, kToday - 20);
    s_.Graduates(8, kToday - 20, kKudusVillage);
  }
  static v1::RecordMilestoneRequest Reached(int64_t case_id, v1::Milestone milestone, Day day = kToday) {
    v1::RecordMilestoneRequest m;
    m.set_request_id("request-1");
    m.set_case_id(case_id);
    m.set_milestone(milestone);
    calendar::ToProto(day, *m.mutable_reached_on());
    return m;
  }
  absl::StatusOr<flow::Outcome> Apply(const v1::RecordMilestoneRequest& m, const flow::Principal& caller = kMinistry) {
    return s_.Apply<RecordMilestone>(m, s_.FromCommand(caller));
  }
  int64_t case_id() { return s_.Case(7).case_id; }

  Story s_;
};

TEST_F(RecordMilestoneTest, IsReachedOnce) {
  const absl::StatusOr<flow::Outcome> out = Apply(Reached(case_id(), v1::MILESTONE_MONEY_SEPARATED, kToday - 2));
  ASSERT_TRUE(out.ok()) << out.status();
  const auto fact = FactOf<v1::MilestoneReached>(*out);
  EXPECT_EQ(fact.info().version(), 3);
  EXPECT_EQ(fact.milestone(), v1::MILESTONE_MONEY_SEPARATED);
  EXPECT_EQ(s_.Case(7).stage, v1::CASE_STAGE_MATCHED) << "a milestone is no session";

  const absl::StatusOr<flow::Outcome> again = Apply(Reached(case_id(), v1::MILESTONE_MONEY_SEPARATED));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->outgoing().empty());
  EXPECT_EQ((s_.Now<MilestoneRow>({case_id(), v1::MILESTONE_MONEY_SEPARATED})->reached_on), kToday - 2);
  EXPECT_EQ(s_.Case(7).version, 3);

  const absl::StatusOr<flow::Outcome> next = Apply(Reached(case_id(), v1::MILESTONE_SELLS_ONLINE));
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_THAT(static_cast<const v1::RecordMilestoneResponse&>(*next->answer()).case_().milestones(),
              ElementsAre(v1::MILESTONE_MONEY_SEPARATED, v1::MILESTONE_SELLS_ONLINE));
}

TEST_F(RecordMilestoneTest, RefusesWhatCannotBe) {
  EXPECT_EQ(ReasonOf(Apply(Reached(case_id(), v1::MILESTONE_UNSPECIFIED)).status()), "milestone_missing");
  EXPECT_EQ(ReasonOf(Apply(Reached(case_id(), static_cast<v1::Milestone>(62))).status()), "milestone_missing");
  EXPECT_EQ(ReasonOf(Apply(Reached(s_.Case(8).case_id, v1::MILESTONE_FIRST_SALE)).status()), "case_waiting");
  EXPECT_EQ(ReasonOf(Apply(Reached(case_id(), v1::MILESTONE_FIRST_SALE, kToday + 1)).status()), "reached_on_ahead");
  EXPECT_EQ(ReasonOf(Apply(Reached(case_id(), v1::MILESTONE_FIRST_SALE, Day::Of(1950, 1, 1))).status()), "before_mou");
  EXPECT_EQ(ReasonOf(Apply(Reached(case_id(), v1::MILESTONE_FIRST_SALE), kDinasKudus).status()), "case_unknown");
}

}  // namespace
}  // namespace berdaya::mentoring
