#include "services/registry/commands/record_enrolment_decisions.h"

#include <functional>
#include <string>

#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using calendar::Day;
using flow::DecideFixture;
using flow::FactOf;
using flow::Principal;
using type::v1::PROGRAMME_PKH;
using type::v1::PROGRAMME_SEMBAKO;
using Request = v1::RecordEnrolmentDecisionsRequest;
using Response = v1::RecordEnrolmentDecisionsResponse;
using enum v1::DecisionStatus;

class RecordEnrolmentDecisionsTest : public testing::Test {
 protected:
  RecordEnrolmentDecisionsTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(Day::Of(2020, 6, 25));
    family_ = Registered(f_);
    request_.set_request_id("request-1");
  }

  v1::EnrolmentDecision& Add(const std::string& id = "d-1", bool enrolled = true, type::v1::Programme programme = PROGRAMME_PKH) {
    v1::EnrolmentDecision& decision = *request_.add_decisions();
    decision.set_decision_id(id);
    decision.set_family_id(family_.family_id);
    decision.set_programme(programme);
    decision.set_enrolled(enrolled);
    if (enrolled) SetDate(2020, 7, 1, *decision.mutable_starts_on());
    return decision;
  }
  void Nominated(type::v1::Programme programme = PROGRAMME_PKH) {
    GivenEnrolment(f_, family_.family_id, programme, v1::ENROLMENT_STATE_NOMINATED);
  }
  absl::StatusOr<flow::Outcome> Apply() { return f_.Apply<RecordEnrolmentDecisions>(request_, f_.FromCommand(principal_)); }
  Response Results() {
    const auto out = Apply();
    if (!out.ok() || out->answer() == nullptr) return {};
    return static_cast<const Response&>(*out->answer());
  }
  EnrolmentRow Enrolment(type::v1::Programme programme = PROGRAMME_PKH) {
    return *f_.Now<EnrolmentRow>({family_.family_id, programme});
  }

  DecideFixture f_;
  FamilyRow family_;
  Principal principal_{"linjamsos", 0};
  Request request_;
};

TEST_F(RecordEnrolmentDecisionsTest, EnrolsCountsPublishesAndTellsTheProvince) {
  Nominated();
  Add();
  const auto out = Apply();
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(f_.read_through(), 0);
  const auto& response = static_cast<const Response&>(*out->answer());
  EXPECT_EQ(response.request_id(), "request-1");
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).decision_id(), "d-1");
  EXPECT_EQ(response.results(0).status(), DECISION_STATUS_RECORDED);
  EXPECT_EQ(response.results(0).code(), "");

  EXPECT_EQ(Enrolment().state, v1::ENROLMENT_STATE_ACTIVE);
  EXPECT_EQ(Enrolment().starts_on, Day::Of(2020, 7, 1));
  const FamilyRow family = *f_.Now<FamilyRow>(family_.family_id);
  EXPECT_EQ(family.version, 2);
  EXPECT_EQ(family.review_on, Day::Of(2022, 2, 28)) << "the boy of 2015 turns 7";
  EXPECT_EQ(f_.Now<DecisionRow>("d-1")->family_id, family_.family_id);

  const auto fact = FactOf<v1::EnrolmentDecided>(*out);
  EXPECT_EQ(fact.info().family_id(), family_.family_id);
  EXPECT_EQ(fact.info().version(), 2);
  EXPECT_EQ(fact.info().recorded_day().day(), 25);
  EXPECT_EQ(fact.programme(), PROGRAMME_PKH);
  EXPECT_TRUE(fact.enrolled());
  EXPECT_EQ(fact.starts_on().month(), 7);
  EXPECT_EQ(fact.decision_id(), "d-1");
  EXPECT_EQ(fact.components().early_childhood(), 1);
  const auto notice = FactOf<province::v1::EnrolmentDecided>(*out);
  EXPECT_EQ(notice.info().local_family_ref(), "3324-0001");
  EXPECT_EQ(notice.info().office(), kKendal);
  EXPECT_EQ(notice.programme(), PROGRAMME_PKH);
  EXPECT_TRUE(notice.enrolled());
  EXPECT_EQ(notice.starts_on().month(), 7);
}

TEST_F(RecordEnrolmentDecisionsTest, RefusingANominationIsADecisionToo) {
  Nominated();
  Add("d-1", false);
  const auto out = Apply();
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(Enrolment().state, v1::ENROLMENT_STATE_REFUSED);
  EXPECT_TRUE(Enrolment().starts_on.empty());
  EXPECT_TRUE(f_.Now<FamilyRow>(family_.family_id)->review_on.empty());
  EXPECT_FALSE(FactOf<v1::EnrolmentDecided>(*out).enrolled());
  EXPECT_FALSE(FactOf<v1::EnrolmentDecided>(*out).has_starts_on());
  EXPECT_FALSE(FactOf<province::v1::EnrolmentDecided>(*out).enrolled());
}

TEST_F(RecordEnrolmentDecisionsTest, SembakoIsNotReviewed) {
  Nominated(PROGRAMME_SEMBAKO);
  Add("d-1", true, PROGRAMME_SEMBAKO);
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(Enrolment(PROGRAMME_SEMBAKO).state, v1::ENROLMENT_STATE_ACTIVE);
  EXPECT_TRUE(f_.Now<FamilyRow>(family_.family_id)->review_on.empty());
}

// Rows of one command about one family: each sees what the one before did.
TEST_F(RecordEnrolmentDecisionsTest, ALaterRowSeesTheEarlierOnes) {
  Nominated();
  Nominated(PROGRAMME_SEMBAKO);
  Add("d-1");
  Add("d-1");                           // the same decision
  Add("d-1", false);                    // another one under its id
  Add("d-2");                           // decided already
  Add("d-3", true, PROGRAMME_SEMBAKO);  // another programme of the same family
  const auto out = Apply();
  ASSERT_TRUE(out.ok()) << out.status();
  const auto& response = static_cast<const Response&>(*out->answer());
  ASSERT_EQ(response.results_size(), 5);
  EXPECT_EQ(response.results(0).status(), DECISION_STATUS_RECORDED);
  EXPECT_EQ(response.results(1).status(), DECISION_STATUS_ALREADY_RECORDED);
  EXPECT_EQ(response.results(2).code(), "decision_id_reused");
  EXPECT_EQ(response.results(3).code(), "not_nominated");
  EXPECT_EQ(response.results(4).status(), DECISION_STATUS_RECORDED);

  EXPECT_EQ(f_.Now<FamilyRow>(family_.family_id)->version, 3);
  const auto facts = flow::PublishedOf<v1::EnrolmentDecided>(*out);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].info().version(), 2);
  EXPECT_EQ(facts[1].info().version(), 3);
  EXPECT_EQ(facts[1].programme(), PROGRAMME_SEMBAKO);
  EXPECT_FALSE(f_.Now<DecisionRow>("d-2").has_value());
}

TEST_F(RecordEnrolmentDecisionsTest, ADecisionIsRecordedOnceOverCommands) {
  Nominated();
  Add();
  ASSERT_TRUE(Apply().ok());
  const auto again = Apply();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(static_cast<const Response&>(*again->answer()).results(0).status(), DECISION_STATUS_ALREADY_RECORDED);
  EXPECT_TRUE(again->outgoing().empty());
  EXPECT_EQ(f_.Now<FamilyRow>(family_.family_id)->version, 2);

  // Whatever became of the family since.
  GivenEnrolment(f_, family_.family_id, PROGRAMME_PKH, v1::ENROLMENT_STATE_ENDED);
  EXPECT_EQ(Results().results(0).status(), DECISION_STATUS_ALREADY_RECORDED);
}

TEST_F(RecordEnrolmentDecisionsTest, EveryDifferenceMakesItAnotherDecision) {
  Nominated();
  Add();
  ASSERT_TRUE(Apply().ok());
  const FamilyRow other = Registered(f_, TestFamily("3324-0002", 2));
  using Change = std::function<void(v1::EnrolmentDecision&)>;
  for (const Change& change :
       {Change([&](auto& d) { d.set_family_id(other.family_id); }), Change([](auto& d) { d.set_enrolled(false); }),
        Change([](auto& d) { d.set_programme(PROGRAMME_SEMBAKO); }), Change([](auto& d) { d.mutable_starts_on()->set_day(2); })}) {
    request_.clear_decisions();
    change(Add());
    EXPECT_EQ(Results().results(0).code(), "decision_id_reused");
  }
}

TEST_F(RecordEnrolmentDecisionsTest, ARowIsRefusedByItselfAndTheOthersStand) {
  struct Wrong {
    const char* code;
    std::function<void(v1::EnrolmentDecision&)> spoil;
  };
  const Wrong wrongs[] = {
      {"decision_id_invalid", [](auto& d) { d.clear_decision_id(); }},
      {"decision_id_invalid", [](auto& d) { d.set_decision_id(std::string(65, 'd')); }},
      {"programme_missing", [](auto& d) { d.clear_programme(); }},
      {"programme_missing", [](auto& d) { d.set_programme(static_cast<type::v1::Programme>(77)); }},
      {"starts_on_invalid", [](auto& d) { d.clear_starts_on(); }},
      {"starts_on_invalid", [](auto& d) { SetDate(2020, 2, 30, *d.mutable_starts_on()); }},
      {"family_unknown", [](auto& d) { d.set_family_id(d.family_id() + 256); }},
      {"family_unknown", [](auto& d) { d.set_family_id(-1); }},
      {"not_nominated", [](auto& d) { d.set_programme(PROGRAMME_SEMBAKO); }},
  };
  Nominated();
  for (const Wrong& wrong : wrongs) wrong.spoil(Add("wrong"));
  Add("good");
  const Response response = Results();
  ASSERT_EQ(response.results_size(), static_cast<int>(std::size(wrongs)) + 1);
  for (size_t i = 0; i < std::size(wrongs); ++i) {
    EXPECT_EQ(response.results(i).status(), DECISION_STATUS_REFUSED);
    EXPECT_EQ(response.results(i).code(), wrongs[i].code) << i;
    EXPECT_NE(response.results(i).message(), "");
  }
  EXPECT_EQ(response.results(std::size(wrongs)).status(), DECISION_STATUS_RECORDED);
}

TEST_F(RecordEnrolmentDecisionsTest, AParticipationBeginsWithinTheBoundsOfTheRules) {
  struct Case {
    Day starts_on;
    bool accepted;
  };
  const Day today = Day::Of(2020, 6, 25);
  const v1::ComponentRules& rules = TestEnv().component_rules;
  const Case cases[] = {
      {today - rules.start_days_back() - 1, false},
      {today - rules.start_days_back(), true},
      {today + rules.start_days_ahead(), true},
      {today + rules.start_days_ahead() + 1, false},
      {Day::Of(1900, 1, 1), false},
      {Day::Of(2199, 12, 31), false},
  };
  Nominated();
  for (const Case& c : cases) {
    request_.clear_decisions();
    calendar::ToProto(c.starts_on, *Add().mutable_starts_on());
    const auto out = f_.Decide<RecordEnrolmentDecisions>(request_, f_.FromCommand(principal_));
    ASSERT_TRUE(out.ok()) << out.status();
    const auto& response = static_cast<const Response&>(*out->answer());
    EXPECT_EQ(response.results(0).code(), c.accepted ? "" : "starts_on_out_of_bounds") << c.starts_on;
  }
}

// Also when a nomination in between was refused.
TEST_F(RecordEnrolmentDecisionsTest, AParticipationBeginsAfterTheOneBefore) {
  EnrolmentRow before{family_.family_id, PROGRAMME_PKH, v1::ENROLMENT_STATE_NOMINATED, "2020-2"};
  before.starts_on = Day::Of(2014, 7, 1);
  before.ended_on = Day::Of(2020, 7, 1);
  f_.Given(before);
  Add("d-1", false);
  EXPECT_EQ(Results().results(0).status(), DECISION_STATUS_RECORDED);
  EnrolmentRow again = Enrolment();
  again.state = v1::ENROLMENT_STATE_NOMINATED;
  f_.Given(again);
  request_.clear_decisions();
  Add("d-2");
  EXPECT_EQ(Results().results(0).code(), "starts_on_out_of_bounds") << "1 July is a day of the first";
  request_.mutable_decisions(0)->mutable_starts_on()->set_day(2);
  EXPECT_EQ(Results().results(0).status(), DECISION_STATUS_RECORDED);
  EXPECT_TRUE(Enrolment().ended_on.empty());
}

TEST_F(RecordEnrolmentDecisionsTest, OnlyANominationIsDecided) {
  for (const auto state : {v1::ENROLMENT_STATE_ACTIVE, v1::ENROLMENT_STATE_REFUSED, v1::ENROLMENT_STATE_ENDED}) {
    GivenEnrolment(f_, family_.family_id, PROGRAMME_PKH, state);
    request_.clear_decisions();
    Add();
    EXPECT_EQ(Results().results(0).code(), "not_nominated") << state;
  }
}

// A province nominates and the ministry enrols: a caller of any region, the family's own too, records nothing.
TEST_F(RecordEnrolmentDecisionsTest, OnlyACallerOfTheWholeNationEnrols) {
  Nominated();
  Add();
  for (const int64_t region : {int64_t{3200000000}, int64_t{3300000000}, int64_t{3324000000}, int64_t{3324052001}}) {
    principal_.region = region;
    const absl::Status status = Apply().status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << region;
    EXPECT_EQ(ReasonOf(status), "national_only");
    EXPECT_EQ(Enrolment().state, v1::ENROLMENT_STATE_NOMINATED);
  }
  principal_.region = 0;
  ASSERT_TRUE(Apply().ok());
  principal_.region = 3324000000;
  EXPECT_EQ(ReasonOf(Apply().status()), "national_only") << "what is recorded is not told either";
}

TEST_F(RecordEnrolmentDecisionsTest, TheCommandItselfMustHaveItsForm) {
  EXPECT_EQ(ReasonOf(Apply().status()), "decisions_count");
  for (int i = 0; i < 1001; ++i) Add("d-" + std::to_string(i));
  EXPECT_EQ(ReasonOf(Apply().status()), "decisions_count");
}

TEST_F(RecordEnrolmentDecisionsTest, BeforeTheFirstDayNothingIsDecided) {
  DecideFixture f(&TestEnv(), Tables());
  Add();
  const auto out = f.Decide<RecordEnrolmentDecisions>(request_, f.FromCommand(principal_));
  EXPECT_TRUE(absl::IsFailedPrecondition(out.status()));
  EXPECT_EQ(ReasonOf(out.status()), "no_day");
}

TEST_F(RecordEnrolmentDecisionsTest, AThousandRowsAreReadAtOnce) {
  std::vector<int64_t> ids;
  for (int i = 0; i < 1000; ++i) {
    FamilyRow family = family_;
    family.family_id = (i + 2) * 256;
    family.local_family_ref = "ref-" + std::to_string(i);
    GivenEnrolment(f_, family.family_id, PROGRAMME_PKH, v1::ENROLMENT_STATE_NOMINATED);
    ids.push_back(family.family_id);
    f_.Given(std::move(family));
    Add("d-" + std::to_string(i), i % 3 != 0).set_family_id(ids.back());
  }
  const Response response = Results();
  EXPECT_EQ(f_.read_through(), 0);
  ASSERT_EQ(response.results_size(), 1000);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(response.results(i).decision_id(), "d-" + std::to_string(i));
    EXPECT_EQ(response.results(i).status(), DECISION_STATUS_RECORDED);
    EXPECT_EQ(f_.Now<EnrolmentRow>({ids[i], PROGRAMME_PKH})->state,
              i % 3 != 0 ? v1::ENROLMENT_STATE_ACTIVE : v1::ENROLMENT_STATE_REFUSED);
  }
}

}  // namespace
}  // namespace berdaya::registry
