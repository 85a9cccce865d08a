#include "services/enterprise_mentoring/commands/record_session.h"

#include <algorithm>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using flow::FactOf;

constexpr Day kToday = Day::Of(2020, 6, 1);
constexpr Day kSigned = Day::Of(2020, 2, 19);

// A case that a partner has taken, and one that waits.
class RecordSessionTest : public testing::Test {
 protected:
  RecordSessionTest() : s_(kToday) {
    s_.Registers();
    s_.Signs({});
    s_.Graduates(7, kToday - 20);
    s_.Graduates(8, kToday - 20, kKudusVillage);
  }
  int64_t case_id() { return s_.Case(7).case_id; }
  absl::Status Refusal(const v1::RecordSessionRequest& m, const flow::Principal& caller = kMinistry) {
    return s_.Apply<RecordSession>(m, s_.FromCommand(caller)).status();
  }

  Story s_;
};

TEST_F(RecordSessionTest, TheFirstMakesTheCaseAMentoredOne) {
  const flow::Outcome out = s_.Meets(case_id(), kToday - 5);
  EXPECT_EQ(s_.read_through(), 0);
  const CaseRow row = s_.Case(7);
  EXPECT_EQ(row.stage, v1::CASE_STAGE_MENTORED);
  EXPECT_EQ(row.first_session_on, kToday - 5);
  EXPECT_EQ(row.sessions, 1);
  EXPECT_EQ(row.version, 3);
  const auto fact = FactOf<v1::SessionHeld>(out);
  EXPECT_EQ(fact.info().version(), 3);
  EXPECT_EQ(fact.info().recorded_day().month(), 6);
  EXPECT_TRUE(fact.first());
  EXPECT_EQ(fact.mentor_ref(), "mentor-3");
  const auto& answer = static_cast<const v1::RecordSessionResponse&>(*out.answer()).case_();
  EXPECT_EQ(answer.stage(), v1::CASE_STAGE_MENTORED);
  EXPECT_EQ(answer.sessions(), 1);
  EXPECT_EQ(s_.Now<SessionRow>({row.case_id, kToday - 5})->mentor_ref, "mentor-3");
}

TEST_F(RecordSessionTest, ARepeatChangesNothing) {
  s_.Meets(case_id(), kToday - 5);
  v1::RecordSessionRequest again = Session(case_id(), kToday - 5);
  again.set_request_id("request-2");
  again.set_topic("another topic");
  const absl::StatusOr<flow::Outcome> out = s_.Apply<RecordSession>(again, s_.FromCommand(kMinistry));
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_TRUE(out->outgoing().empty());
  EXPECT_EQ(s_.Case(7).sessions, 1);
  EXPECT_EQ(static_cast<const v1::RecordSessionResponse&>(*out->answer()).case_().sessions(), 1);
}

TEST_F(RecordSessionTest, EveryOrderEndsAlike) {
  std::vector<int> days = {1, 4, 9};
  do {
    Story s(kToday);
    s.Registers();
    s.Signs({});
    s.Graduates(7, kToday - 20);
    int firsts = 0;
    for (const int day : days) {
      const auto fact = FactOf<v1::SessionHeld>(s.Meets(s.Case(7).case_id, kToday - day));
      firsts += fact.first() ? 1 : 0;
      EXPECT_EQ(calendar::FromProto(fact.first_session_on()).value(), s.Case(7).first_session_on);
    }
    EXPECT_EQ(firsts, 1);
    EXPECT_EQ(s.Case(7).sessions, 3);
    EXPECT_EQ(s.Case(7).first_session_on, kToday - 9);
    EXPECT_EQ(s.Case(7).version, 5);
  } while (std::next_permutation(days.begin(), days.end()));
}

TEST_F(RecordSessionTest, RefusesWhatCannotBe) {
  v1::RecordSessionRequest m = Session(case_id(), kToday);
  EXPECT_EQ(ReasonOf(Refusal(Session(s_.Case(8).case_id, kToday))), "case_waiting");
  EXPECT_EQ(ReasonOf(Refusal(Session(12345, kToday))), "case_unknown");
  EXPECT_EQ(ReasonOf(Refusal(Session(case_id(), kToday + 1))), "held_on_ahead");
  EXPECT_EQ(ReasonOf(Refusal(Session(case_id(), kSigned - 1))), "before_mou");
  m.clear_held_on();
  EXPECT_EQ(ReasonOf(Refusal(m)), "held_on_invalid");
  m = Session(case_id(), kToday);
  m.clear_mentor_ref();
  EXPECT_EQ(ReasonOf(Refusal(m)), "mentor_ref_invalid");
  m = Session(case_id(), kToday);
  m.set_topic(std::string(201, 'x'));
  EXPECT_EQ(ReasonOf(Refusal(m)), "topic_invalid");
  s_.OnDay({});
  EXPECT_EQ(ReasonOf(Refusal(Session(case_id(), kToday))), "no_day");
}

TEST_F(RecordSessionTest, ACaseOutsideTheCallersRegionIsUnknown) {
  EXPECT_EQ(Refusal(Session(case_id(), kToday), kDinasKudus), Refusal(Session(12345, kToday), kDinasKudus));
  EXPECT_TRUE(Refusal(Session(case_id(), kToday), kDinasKendal).ok());
}

// A partition that is ahead of partition 0, whose day commands have, never makes the recorded day of a case go back.
TEST_F(RecordSessionTest, TheRecordedDayNeverGoesBack) {
  s_.Graduates(9, kToday + 3);
  const auto fact = FactOf<v1::SessionHeld>(s_.Meets(s_.Case(9).case_id, kToday));
  EXPECT_EQ(calendar::FromProto(fact.info().recorded_day()).value(), kToday + 3);
}

}  // namespace
}  // namespace berdaya::mentoring
