#include "services/registry/sweeps/review_components.h"

#include <map>
#include <string>
#include <vector>

#include "berdaya/registry/v1/facts.pb.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/registry/commands/record_enrolment_decisions.h"
#include "services/registry/events/enrolment_nominated.h"
#include "services/registry/events/family_graduated.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using calendar::Day;
using flow::DecideFixture;
using province::v1::FamilyReported;

constexpr Day kFirst = Day::Of(2020, 6, 25);

// A fixture that keeps what was published, as text, by the family's reference.
class Story {
 public:
  Story() : f_(&TestEnv(), Tables()) { f_.OnDay(kFirst); }

  void Open(Day day) { f_.OnDay(day); }
  void Sweep() {
    absl::StatusOr<std::vector<flow::Outcome>> outcomes = f_.Sweep<ReviewComponents>();
    ASSERT_TRUE(outcomes.ok()) << outcomes.status();
    swept_ = static_cast<int>(outcomes->size());
    for (const flow::Outcome& outcome : *outcomes) Keep(outcome);
  }
  template <class Handler>
  void Take(const typename Handler::Message& message, const flow::Origin& origin) {
    const auto outcome = f_.Apply<Handler>(message, origin);
    RC_ASSERT(outcome.ok());
    Keep(*outcome);
  }
  template <class Handler>
  void TakeReport(const typename Handler::Message& message) {
    Take<Handler>(message, f_.Report(33));
  }

  DecideFixture& f() { return f_; }
  int swept() const { return swept_; }
  const std::map<std::string, std::vector<std::string>>& published() const { return published_; }

 private:
  void Keep(const flow::Outcome& outcome) {
    for (const flow::Outgoing& record : outcome.outgoing())
      published_[record.key].push_back(std::string(record.type) + record.value);
  }

  DecideFixture f_;
  int swept_ = 0;
  std::map<std::string, std::vector<std::string>> published_;
};

FamilyRow InPkh(DecideFixture& f, const FamilyReported& report, Day review_on) {
  FamilyRow family = Registered(f, report);
  GivenEnrolment(f, family.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  family.review_on = review_on;
  f.Given(FamilyRow(family));
  return family;
}

TEST(ReviewComponents, PublishesOnTheBirthdayAndLooksAheadToTheNext) {
  Story story;
  const FamilyRow family = InPkh(story.f(), TestFamily(), Day::Of(2022, 2, 28));  // the boy of 2015 turns 7
  story.Open(Day::Of(2022, 2, 27));
  story.Sweep();
  EXPECT_EQ(story.swept(), 0);

  story.Open(Day::Of(2022, 2, 28));
  const auto outcomes = story.f().Sweep<ReviewComponents>();
  ASSERT_TRUE(outcomes.ok());
  ASSERT_EQ(outcomes->size(), 1u);
  const auto fact = flow::FactOf<v1::ComponentsChanged>((*outcomes)[0]);
  EXPECT_EQ(fact.info().version(), 2);
  EXPECT_EQ(fact.info().recorded_day().month(), 2);
  EXPECT_EQ(fact.info().recorded_day().day(), 28);
  EXPECT_EQ(fact.components().early_childhood(), 0);
  EXPECT_EQ(fact.components().out_of_school(), 1);
  const FamilyRow after = *story.f().Now<FamilyRow>(family.family_id);
  EXPECT_EQ(after.version, 2);
  EXPECT_EQ(after.review_on, Day::Of(2037, 2, 28)) << "at 22 he counts no more";
  story.Sweep();
  EXPECT_EQ(story.swept(), 0) << "a day is swept once";
}

TEST(ReviewComponents, ABirthdayThatChangesNothingMovesTheReviewOnAndSaysNothing) {
  // NextChange may name a day on which two birthdays cancel out; here a day on which nothing happens stands for it.
  Story story;
  FamilyRow family = InPkh(story.f(), TestFamily(), Day::Of(2020, 7, 1));
  story.Open(Day::Of(2020, 7, 1));
  const auto outcomes = story.f().Sweep<ReviewComponents>();
  ASSERT_EQ(outcomes->size(), 1u);
  EXPECT_TRUE((*outcomes)[0].outgoing().empty());
  EXPECT_EQ(story.f().Now<FamilyRow>(family.family_id)->version, 1);
  EXPECT_EQ(story.f().Now<FamilyRow>(family.family_id)->review_on, Day::Of(2022, 2, 28));
}

TEST(ReviewComponents, TakesNoMoreRowsThanAskedAndGoesOnWhereItStopped) {
  Story story;
  for (int i = 1; i <= 5; ++i) InPkh(story.f(), TestFamily("ref-" + std::to_string(i), i), Day::Of(2022, 2, 28));
  story.Open(Day::Of(2022, 3, 1));
  EXPECT_EQ(story.f().Sweep<ReviewComponents>(0, 2)->size(), 2u);
  EXPECT_EQ(story.f().Sweep<ReviewComponents>(0, 2)->size(), 2u);
  EXPECT_EQ(story.f().Sweep<ReviewComponents>(0, 2)->size(), 1u);
  EXPECT_EQ(story.f().Sweep<ReviewComponents>(0, 2)->size(), 0u);
}

FamilyReported RandomFamily(const std::string& ref, int serial, int64_t reported_at_s) {
  FamilyReported report = TestFamily(ref, serial);
  report.mutable_info()->mutable_reported_at()->set_seconds(reported_at_s);
  report.mutable_members()->Clear();
  const int members = *rc::gen::inRange(1, 6);
  for (int i = 0; i < members; ++i) {
    auto* member = report.add_members();
    member->set_name("Anggota " + std::to_string(i));
    // Births around the ages that count, so that a few years of days see many birthdays that change something.
    const int years = *rc::gen::element(0, 5, 6, 7, 20, 21, 58, 59);
    const Day birth = kFirst.AddYears(-years) - *rc::gen::inRange(1, 366);
    const calendar::Ymd ymd = birth.ToYmd();
    SetDate(ymd.year, ymd.month, ymd.day, *member->mutable_birth_date());
    member->set_sex(province::v1::SEX_FEMALE);
    member->set_relation(i == 0 ? province::v1::RELATION_HEAD : province::v1::RELATION_CHILD);
    member->set_schooling(static_cast<province::v1::Schooling>(*rc::gen::inRange(0, 6)));
    member->set_pregnant(*rc::gen::inRange(0, 8) == 0);
  }
  return report;
}

struct Step {
  enum What { kDays, kSweepMaybe, kReport, kNominate, kDecide, kGraduate };
  What what = kDays;
  int family = 0;
  int days = 0;
  FamilyReported report;
};

void Do(const Step& step, int number, Day today, const std::vector<int64_t>& ids, Story& story) {
  const std::string ref = "ref-" + std::to_string(step.family);
  if (step.what == Step::kReport) story.TakeReport<OnFamilyReported>(step.report);
  if (step.what == Step::kNominate) {
    province::v1::EnrolmentNominated nominated;
    FillReportInfo(*nominated.mutable_info(), 1'593'000'000 + number);
    nominated.set_local_family_ref(ref);
    nominated.set_programme(type::v1::PROGRAMME_PKH);
    nominated.set_round("round-" + std::to_string(number));
    story.TakeReport<OnEnrolmentNominated>(nominated);
  }
  if (step.what == Step::kDecide) {
    v1::RecordEnrolmentDecisionsRequest request;
    v1::EnrolmentDecision& decision = *request.add_decisions();
    decision.set_decision_id("decision-" + std::to_string(number));
    decision.set_family_id(ids[step.family]);
    decision.set_programme(type::v1::PROGRAMME_PKH);
    decision.set_enrolled(true);
    SetDate(today.ToYmd().year, today.ToYmd().month, today.ToYmd().day, *decision.mutable_starts_on());
    const flow::Principal ministry{"linjamsos", 0};
    story.Take<RecordEnrolmentDecisions>(request, story.f().FromCommand(ministry));
  }
  if (step.what == Step::kGraduate) {
    if (!story.f().Now<EnrolmentRow>({ids[step.family], type::v1::PROGRAMME_PKH})) return;
    graduation::v1::FamilyGraduated graduated;
    graduated.mutable_info()->set_family_id(ids[step.family]);
    const calendar::Ymd tomorrow = (today + 1).ToYmd();
    SetDate(tomorrow.year, tomorrow.month, tomorrow.day, *graduated.mutable_graduated_on());
    story.Take<OnFamilyGraduated>(graduated, story.f().Fact());
  }
}

// A transaction takes many days and events and sweeps once at its end; another takes each alone. Per family both publish the same.
RC_GTEST_PROP(ReviewComponents, ManyDaysAtOnceAreTheDaysOneByOne, ()) {
  constexpr int kFamilies = 2;
  Story one_by_one;
  Story at_once;
  std::vector<int64_t> ids;
  for (int i = 0; i < kFamilies; ++i) {
    const FamilyReported report = RandomFamily("ref-" + std::to_string(i), i + 1, 1'592'999'000);
    for (Story* story : {&one_by_one, &at_once}) {
      const FamilyRow family = InPkh(story->f(), report, kFirst);  // counted anew with its first day
      if (story == &one_by_one) ids.push_back(family.family_id);
    }
  }
  Day today = kFirst;
  const int steps = *rc::gen::inRange(1, 30);
  for (int number = 0; number < steps; ++number) {
    Step step;
    step.what = static_cast<Step::What>(*rc::gen::inRange(0, 6));
    step.family = *rc::gen::inRange(0, kFamilies);
    step.days = *rc::gen::inRange(1, 120);
    if (step.what == Step::kDays) {
      for (int d = 0; d < step.days; ++d) {
        one_by_one.Open(today + d + 1);
        one_by_one.Sweep();
      }
      today = today + step.days;
      at_once.Open(today);
      continue;
    }
    if (step.what == Step::kSweepMaybe) {
      at_once.Sweep();
      continue;
    }
    if (step.what == Step::kReport) {
      step.report = RandomFamily("ref-" + std::to_string(step.family), step.family + 1, 1'593'000'000 + number);
    }
    for (Story* story : {&one_by_one, &at_once}) Do(step, number, today, ids, *story);
  }
  one_by_one.Sweep();
  at_once.Sweep();
  RC_ASSERT(one_by_one.published() == at_once.published());
  for (int64_t id : ids) {
    const FamilyRow a = *one_by_one.f().Now<FamilyRow>(id);
    const FamilyRow b = *at_once.f().Now<FamilyRow>(id);
    RC_ASSERT(a.version == b.version);
    RC_ASSERT(a.components == b.components);
    RC_ASSERT(a.review_on == b.review_on);
    RC_ASSERT(a.version == 1 + static_cast<int64_t>(one_by_one.published().count(std::to_string(id)) == 0
                                                        ? 0
                                                        : one_by_one.published().at(std::to_string(id)).size()));
  }
}

}  // namespace
}  // namespace berdaya::registry
