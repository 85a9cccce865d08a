// What every event does to the figures, by tables. Each test tells a short story and looks at what it left in the database.
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "common/flow/testing/decide_fixture.h"
#include "common/status/status.h"
#include "common/store/typed.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/reporting/events/case_matched.h"
#include "services/reporting/events/case_moved.h"
#include "services/reporting/events/case_opened.h"
#include "services/reporting/events/case_queued.h"
#include "services/reporting/events/enrolment_decided.h"
#include "services/reporting/events/enrolment_ended.h"
#include "services/reporting/events/family_changed.h"
#include "services/reporting/events/family_graduated.h"
#include "services/reporting/events/family_registered.h"
#include "services/reporting/events/milestone_reached.h"
#include "services/reporting/events/report_rejected.h"
#include "services/reporting/events/session_held.h"
#include "services/reporting/testing.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr Day kJune = Day::Of(2020, 6, 24);
constexpr Day kJuly = Day::Of(2020, 7, 1);

class EventsTest : public testing::Test {
 protected:
  template <class H>
  absl::Status Tell(const typename H::Message& message) {
    absl::StatusOr<flow::Outcome> outcome = story_->Apply<H>(message, story_->Fact());
    EXPECT_EQ(story_->read_through(), 0) << "a key that Prefetch did not name";
    return outcome.status();
  }

  absl::Status Register(int64_t family, uint64_t village, int members, Day day = kJune) {
    auto m = Fact<registry::v1::FamilyRegistered>(family, 1, village, day);
    m.set_members(members);
    return Tell<OnFamilyRegistered>(m);
  }
  absl::Status Change(int64_t family, int64_t version, uint64_t village, int members, Day day = kJuly) {
    auto m = Fact<registry::v1::FamilyChanged>(family, version, village, day);
    m.set_members(members);
    return Tell<OnFamilyChanged>(m);
  }
  absl::Status Enrol(int64_t version, type::v1::Programme programme, bool enrolled = true) {
    auto m = Fact<registry::v1::EnrolmentDecided>(7, version, kVillage, kJune);
    m.set_programme(programme);
    m.set_enrolled(enrolled);
    return Tell<OnEnrolmentDecided>(m);
  }
  absl::Status Graduate(int64_t version, type::v1::GraduationKind kind, uint64_t village = kVillage, int64_t case_id = 70) {
    auto m = CaseFactOf<graduation::v1::FamilyGraduated>(case_id, version, village, kJuly);
    m.set_kind(kind);
    return Tell<OnFamilyGraduated>(m);
  }
  absl::Status Reach(int64_t version, enterprise_mentoring::v1::Milestone milestone, uint64_t village = kVillage,
                     int64_t case_id = 71) {
    auto m = CaseFactOf<enterprise_mentoring::v1::MilestoneReached>(case_id, version, village, kJuly);
    m.set_milestone(milestone);
    return Tell<OnMilestoneReached>(m);
  }

  // The figures of a region in a month, without zeros.
  std::map<int, int64_t> Of(uint64_t region, Day day) {
    std::map<int, int64_t> found;
    for (const auto& [key, change] : FiguresOf(*store::ScanRows<FigureRow>(story_->reader(), {.limit = 100'000}))) {
      if (std::get<0>(key) == static_cast<int64_t>(region) && std::get<1>(key) == day.MonthIndex())
        found[std::get<2>(key)] = change;
    }
    return found;
  }

  void SetUpAgain() { story_ = std::make_unique<flow::DecideFixture>(nullptr, Tables()); }

  std::unique_ptr<flow::DecideFixture> story_ = std::make_unique<flow::DecideFixture>(nullptr, Tables());
};

TEST_F(EventsTest, AFamilyCountsAtEveryLevel) {
  ASSERT_TRUE(Register(7, kVillage, 4).ok());
  ASSERT_TRUE(Register(8, kOtherDistrict, 3).ok());
  for (const uint64_t region : {uint64_t{0}, uint64_t{3300000000}, kKendal}) {
    EXPECT_THAT(Of(region, kJune), ElementsAre(Pair(v1::INDICATOR_FAMILIES, 2), Pair(v1::INDICATOR_MEMBERS, 7))) << region;
  }
  EXPECT_THAT(Of(3324050000, kJune), ElementsAre(Pair(v1::INDICATOR_FAMILIES, 1), Pair(v1::INDICATOR_MEMBERS, 4)));
  EXPECT_THAT(Of(3324010000, kJune), ElementsAre(Pair(v1::INDICATOR_FAMILIES, 1), Pair(v1::INDICATOR_MEMBERS, 3)));
  EXPECT_TRUE(Of(kVillage, kJune).empty());
}

TEST_F(EventsTest, MembersAreAddedToAndTakenAway) {
  ASSERT_TRUE(Register(7, kVillage, 4).ok());
  ASSERT_TRUE(Change(7, 2, kSameDistrict, 3).ok());
  for (const uint64_t region : {uint64_t{0}, uint64_t{3300000000}, kKendal, uint64_t{3324050000}}) {
    EXPECT_THAT(Of(region, kJuly), ElementsAre(Pair(v1::INDICATOR_MEMBERS, -1))) << region;
  }
}

TEST_F(EventsTest, AMoveTakesEveryStockAlong) {
  ASSERT_TRUE(Register(7, kVillage, 4).ok());
  ASSERT_TRUE(Enrol(2, type::v1::PROGRAMME_PKH).ok());
  ASSERT_TRUE(Change(7, 3, kOtherProvince, 5).ok());
  EXPECT_THAT(Of(0, kJuly), ElementsAre(Pair(v1::INDICATOR_MEMBERS, 1)));
  for (const uint64_t region : {uint64_t{3300000000}, kKendal, uint64_t{3324050000}}) {
    EXPECT_THAT(Of(region, kJuly),
                ElementsAre(Pair(v1::INDICATOR_FAMILIES, -1), Pair(v1::INDICATOR_MEMBERS, -4), Pair(v1::INDICATOR_PKH_ACTIVE, -1)))
        << region;
  }
  for (const uint64_t region : {uint64_t{3200000000}, uint64_t{3201000000}, uint64_t{3201010000}}) {
    EXPECT_THAT(Of(region, kJuly),
                ElementsAre(Pair(v1::INDICATOR_FAMILIES, 1), Pair(v1::INDICATOR_MEMBERS, 5), Pair(v1::INDICATOR_PKH_ACTIVE, 1)))
        << region;
  }
}

TEST_F(EventsTest, EnrolmentsAreStocks) {
  struct Case {
    type::v1::Programme programme;
    bool enrolled;
    std::optional<v1::Indicator> indicator;
  };
  const Case cases[] = {{type::v1::PROGRAMME_PKH, true, v1::INDICATOR_PKH_ACTIVE},
                        {type::v1::PROGRAMME_SEMBAKO, true, v1::INDICATOR_SEMBAKO_ACTIVE},
                        {type::v1::PROGRAMME_PKH, false, std::nullopt}};
  for (const Case& c : cases) {
    SetUpAgain();
    ASSERT_TRUE(Register(7, kVillage, 4).ok());
    ASSERT_TRUE(Enrol(2, c.programme, c.enrolled).ok());
    std::map<int, int64_t> expected = {{v1::INDICATOR_FAMILIES, 1}, {v1::INDICATOR_MEMBERS, 4}};
    if (c.indicator.has_value()) expected[*c.indicator] = 1;
    EXPECT_EQ(Of(kKendal, kJune), expected);

    auto ended = Fact<registry::v1::EnrolmentEnded>(7, 3, kVillage, kJuly);
    ended.set_programme(c.programme);
    ASSERT_TRUE(Tell<OnEnrolmentEnded>(ended).ok());
    std::map<int, int64_t> after;
    if (c.indicator.has_value()) after[*c.indicator] = -1;
    EXPECT_EQ(Of(kKendal, kJuly), after);
  }
}

TEST_F(EventsTest, GraduationsAreCountedByKindWhereTheyHappened) {
  EXPECT_TRUE(Graduate(1, type::v1::GRADUATION_KIND_NATURAL).ok());
  EXPECT_TRUE(Graduate(2, type::v1::GRADUATION_KIND_SELF_RELIANT).ok());
  EXPECT_TRUE(Graduate(3, type::v1::GRADUATION_KIND_TIME_LIMIT, kOtherProvince).ok());
  EXPECT_THAT(Of(kKendal, kJuly),
              ElementsAre(Pair(v1::INDICATOR_GRADUATED_NATURAL, 1), Pair(v1::INDICATOR_GRADUATED_SELF_RELIANT, 1)));
  EXPECT_THAT(Of(0, kJuly), ElementsAre(Pair(v1::INDICATOR_GRADUATED_NATURAL, 1), Pair(v1::INDICATOR_GRADUATED_SELF_RELIANT, 1),
                                        Pair(v1::INDICATOR_GRADUATED_TIME_LIMIT, 1)));
}

TEST_F(EventsTest, AFamilyThatGraduatesAgainCountsAgain) {
  EXPECT_TRUE(Graduate(1, type::v1::GRADUATION_KIND_NATURAL).ok());
  EXPECT_TRUE(Graduate(1, type::v1::GRADUATION_KIND_NATURAL).ok()) << "a repeat";
  EXPECT_TRUE(Graduate(1, type::v1::GRADUATION_KIND_NATURAL, kVillage, 90).ok()) << "another case: its versions begin anew";
  EXPECT_THAT(Of(0, kJuly), ElementsAre(Pair(v1::INDICATOR_GRADUATED_NATURAL, 2)));
}

TEST_F(EventsTest, ACaseIsInOneStageAtATime) {
  using namespace enterprise_mentoring::v1;
  ASSERT_TRUE(Tell<OnCaseOpened>(CaseFactOf<CaseOpened>(71, 1, kVillage, kJuly)).ok());
  EXPECT_TRUE(Of(kKendal, kJuly).empty());
  ASSERT_TRUE(Tell<OnCaseQueued>(CaseFactOf<CaseQueued>(71, 2, kVillage, kJuly)).ok());
  EXPECT_THAT(Of(kKendal, kJuly), ElementsAre(Pair(v1::INDICATOR_CASES_WAITING, 1)));
  ASSERT_TRUE(Tell<OnCaseMatched>(CaseFactOf<CaseMatched>(71, 3, kVillage, kJuly)).ok());
  EXPECT_THAT(Of(kKendal, kJuly), ElementsAre(Pair(v1::INDICATOR_CASES_MATCHED, 1)));
  ASSERT_TRUE(Tell<OnSessionHeld>(CaseFactOf<SessionHeld>(71, 4, kVillage, kJuly)).ok());
  ASSERT_TRUE(Tell<OnSessionHeld>(CaseFactOf<SessionHeld>(71, 5, kVillage, kJuly)).ok());
  EXPECT_THAT(Of(kKendal, kJuly), ElementsAre(Pair(v1::INDICATOR_CASES_MENTORED, 1)));
}

TEST_F(EventsTest, ACaseThatMovesCountsWhereItIsNow) {
  using namespace enterprise_mentoring::v1;
  ASSERT_TRUE(Tell<OnCaseOpened>(CaseFactOf<CaseOpened>(71, 1, kVillage, kJune)).ok());
  ASSERT_TRUE(Tell<OnCaseQueued>(CaseFactOf<CaseQueued>(71, 2, kVillage, kJune)).ok());
  ASSERT_TRUE(Tell<OnCaseMoved>(CaseFactOf<CaseMoved>(71, 3, kOtherProvince, kJuly)).ok());
  EXPECT_TRUE(Of(0, kJuly).empty());
  EXPECT_THAT(Of(kKendal, kJuly), ElementsAre(Pair(v1::INDICATOR_CASES_WAITING, -1)));
  EXPECT_THAT(Of(3201000000, kJuly), ElementsAre(Pair(v1::INDICATOR_CASES_WAITING, 1)));
}

TEST_F(EventsTest, MoneyKeptApartCountsOnceACase) {
  using namespace enterprise_mentoring::v1;
  ASSERT_TRUE(Tell<OnCaseOpened>(CaseFactOf<CaseOpened>(71, 1, kVillage, kJune)).ok());
  ASSERT_TRUE(Reach(2, MILESTONE_FIRST_SALE).ok());
  EXPECT_TRUE(Of(kKendal, kJuly).empty());
  ASSERT_TRUE(Reach(3, MILESTONE_MONEY_SEPARATED).ok());
  ASSERT_TRUE(Reach(4, MILESTONE_MONEY_SEPARATED, kOtherProvince).ok());
  EXPECT_THAT(Of(0, kJuly), ElementsAre(Pair(v1::INDICATOR_MONEY_SEPARATED, 1)));
  EXPECT_THAT(Of(kKendal, kJuly), ElementsAre(Pair(v1::INDICATOR_MONEY_SEPARATED, 1)));
  ASSERT_TRUE(Tell<OnCaseOpened>(CaseFactOf<CaseOpened>(72, 1, kVillage, kJuly)).ok());
  ASSERT_TRUE(Reach(2, MILESTONE_MONEY_SEPARATED, kVillage, 72).ok());
  EXPECT_THAT(Of(0, kJuly), ElementsAre(Pair(v1::INDICATOR_MONEY_SEPARATED, 2)));
}

TEST_F(EventsTest, RejectionsCountAtTheOfficeAndAbove) {
  struct Case {
    uint64_t office;
    std::vector<uint64_t> counted;
    std::vector<uint64_t> not_counted;
  };
  const Case cases[] = {{3300000000, {0, 3300000000}, {kKendal, 3324050000}},
                        {kKendal, {0, 3300000000, kKendal}, {3324050000}},
                        {kVillage, {0, 3300000000, kKendal, 3324050000}, {kVillage}}};
  for (const Case& c : cases) {
    SetUpAgain();
    registry::v1::ReportRejected m;
    m.set_office(c.office);
    calendar::ToProto(kJuly, *m.mutable_recorded_day());
    ASSERT_TRUE(Tell<OnReportRejected>(m).ok());
    for (const uint64_t region : c.counted)
      EXPECT_THAT(Of(region, kJuly), ElementsAre(Pair(v1::INDICATOR_REPORTS_REJECTED, 1))) << region;
    for (const uint64_t region : c.not_counted) EXPECT_TRUE(Of(region, kJuly).empty()) << region;
  }
}

TEST_F(EventsTest, ARepeatChangesNothing) {
  ASSERT_TRUE(Register(7, kVillage, 4).ok());
  ASSERT_TRUE(Change(7, 2, kOtherProvince, 5).ok());
  const auto before = Of(0, kJune);
  EXPECT_TRUE(Register(7, kVillage, 4).ok());
  EXPECT_TRUE(Change(7, 2, kOtherProvince, 5).ok());
  EXPECT_EQ(Of(0, kJune), before);
  EXPECT_THAT(Of(0, kJuly), ElementsAre(Pair(v1::INDICATOR_MEMBERS, 1)));
  EXPECT_EQ(story_->Now<FamilyRow>(7)->version, 2);
}

TEST_F(EventsTest, AJumpOfVersionsIsALoss) {
  ASSERT_TRUE(Register(7, kVillage, 4).ok());
  EXPECT_EQ(Change(7, 3, kVillage, 5).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Graduate(2, type::v1::GRADUATION_KIND_NATURAL).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Reach(2, enterprise_mentoring::v1::MILESTONE_FIRST_SALE).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(story_->Now<FamilyRow>(7)->members, 4);
}

TEST_F(EventsTest, FactsThatNoFigureCountsAreFollowedAllTheSame) {
  ASSERT_TRUE(Register(7, kVillage, 4).ok());
  ASSERT_TRUE(
      Tell<OnOtherFamilyFact<registry::v1::EnrolmentNominated>>(Fact<registry::v1::EnrolmentNominated>(7, 2, kVillage, kJuly))
          .ok());
  ASSERT_TRUE(
      Tell<OnOtherGraduationFact<graduation::v1::CaseOpened>>(CaseFactOf<graduation::v1::CaseOpened>(70, 1, kVillage, kJuly)).ok());
  EXPECT_TRUE(Of(0, kJuly).empty());
  EXPECT_EQ(story_->Now<FamilyRow>(7)->version, 2);
  EXPECT_EQ(story_->Now<GraduationRow>(70)->version, 1);
}

TEST_F(EventsTest, AHeadThatHasNotTheFormIsParked) {
  struct Case {
    const char* field;
    void (*damage)(type::v1::FactInfo&);
  };
  const Case cases[] = {{"info.family_id", [](type::v1::FactInfo& info) { info.clear_family_id(); }},
                        {"info.recorded_day", [](type::v1::FactInfo& info) { info.clear_recorded_day(); }},
                        {"info.village", [](type::v1::FactInfo& info) { info.set_village(kKendal); }},
                        {"info.village", [](type::v1::FactInfo& info) { info.set_village(99); }}};
  for (const Case& c : cases) {
    auto m = Fact<registry::v1::FamilyRegistered>(7, 1, kVillage, kJune);
    c.damage(*m.mutable_info());
    const absl::Status status = Tell<OnFamilyRegistered>(m);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(FieldOf(status), c.field);
  }
  EXPECT_EQ(FieldOf(Graduate(1, type::v1::GRADUATION_KIND_NATURAL, kVillage, 0)), "case_id");
  EXPECT_EQ(FieldOf(Reach(1, enterprise_mentoring::v1::MILESTONE_FIRST_SALE, kVillage, 0)), "case_id");
  registry::v1::ReportRejected rejected;
  calendar::ToProto(kJuly, *rejected.mutable_recorded_day());
  EXPECT_EQ(FieldOf(Tell<OnReportRejected>(rejected)), "office");
}

}  // namespace
}  // namespace berdaya::reporting
