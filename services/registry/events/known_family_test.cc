// What all reports about a known family have in common: who may send them, which family they find, and, where another service
// answers, what is kept until it does.
#include "services/registry/events/known_family.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/events/enrolment_nominated.h"
#include "services/registry/events/graduation_decided.h"
#include "services/registry/events/graduation_recommended.h"
#include "services/registry/events/graduation_requested.h"
#include "services/registry/events/report_outcome.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using flow::DecideFixture;
using flow::FactOf;

constexpr uint64_t kJawaBarat = 3200000000;
constexpr uint64_t kSemarang = 3374000000;  // a city beside Kendal

// A report of each kind that is accepted as it is.
void Fill(province::v1::EnrolmentNominated& m) {
  m.set_programme(type::v1::PROGRAMME_PKH);
  m.set_round("2020-2");
}
void Fill(province::v1::GraduationRequested&) {}
void Fill(province::v1::GraduationRecommended& m) { m.set_statement_sha256(std::string(64, 'a')); }
void Fill(province::v1::GraduationDecided& m) {
  m.set_case_id(7);
  m.set_verdict(type::v1::GRADUATION_VERDICT_CONFIRM);
  m.set_letter_number("470/12/2020");
}

template <class Handler>
typename Handler::Message ReportOn(const std::string& ref) {
  typename Handler::Message report;
  FillReportInfo(*report.mutable_info());
  report.set_local_family_ref(ref);
  Fill(report);
  return report;
}

template <class Handler>
class KnownFamilyTest : public testing::Test {
 protected:
  KnownFamilyTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(calendar::Day::Of(2020, 6, 25));
    family_ = Registered(f_);
  }
  auto Decide(const typename Handler::Message& report) { return f_.Decide<Handler>(report, f_.Report(33)); }
  void ExpectRejected(const typename Handler::Message& report, const char* code, const char* field) {
    const auto out = Decide(report);
    ASSERT_TRUE(absl::IsInvalidArgument(out.status())) << out.status();
    EXPECT_EQ(ReasonOf(out.status()), code);
    EXPECT_EQ(FieldOf(out.status()), field);
  }

  DecideFixture f_;
  FamilyRow family_;
};

using Everything = testing::Types<OnEnrolmentNominated, OnGraduationRequested, OnGraduationRecommended, OnGraduationDecided>;
TYPED_TEST_SUITE(KnownFamilyTest, Everything);

TYPED_TEST(KnownFamilyTest, AReferenceThatNobodyHasIsUnknown) {
  this->ExpectRejected(ReportOn<TypeParam>("nobody"), "family_unknown", "local_family_ref");
}

TYPED_TEST(KnownFamilyTest, AFamilyOfAnotherProvinceIsUnknownUnderTheSameReference) {
  auto report = ReportOn<TypeParam>("3324-0001");
  report.mutable_info()->set_office(kJawaBarat);
  const auto out = this->f_.template Decide<TypeParam>(report, this->f_.Report(32));
  EXPECT_EQ(ReasonOf(out.status()), "family_unknown");
}

TYPED_TEST(KnownFamilyTest, AnOfficeOfAnotherProvinceReportsNothing) {
  const auto out = this->f_.template Decide<TypeParam>(ReportOn<TypeParam>("3324-0001"), this->f_.Report(32));
  EXPECT_EQ(ReasonOf(out.status()), "office_outside_province");
}

TYPED_TEST(KnownFamilyTest, AFamilyOutsideTheOfficeIsAnsweredAsOneThatDoesNotExist) {
  auto report = ReportOn<TypeParam>("3324-0001");
  report.mutable_info()->set_office(kSemarang);
  const auto outside = this->Decide(report);
  report.set_local_family_ref("nobody");
  const auto unknown = this->Decide(report);
  EXPECT_EQ(outside.status(), unknown.status());
}

TYPED_TEST(KnownFamilyTest, AReferenceMustHaveItsForm) {
  this->ExpectRejected(ReportOn<TypeParam>(""), "local_family_ref_invalid", "local_family_ref");
  this->ExpectRejected(ReportOn<TypeParam>(std::string(65, 'x')), "local_family_ref_invalid", "local_family_ref");
}

TYPED_TEST(KnownFamilyTest, TheHeadIsCheckedFirst) {
  auto report = ReportOn<TypeParam>("nobody");
  report.mutable_info()->clear_report_id();
  this->ExpectRejected(report, "report_id_invalid", "info.report_id");
}

template <class Handler>
class DeferredReportTest : public KnownFamilyTest<Handler> {};
using Deferred = testing::Types<OnGraduationRequested, OnGraduationRecommended, OnGraduationDecided>;
TYPED_TEST_SUITE(DeferredReportTest, Deferred);

TYPED_TEST(DeferredReportTest, OnlyAFamilyThatTakesOrTookPartInPkh) {
  struct Case {
    type::v1::Programme programme;
    v1::EnrolmentState state;
    bool accepted;
  };
  const Case cases[] = {
      {type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_NOMINATED, false},
      {type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_REFUSED, false},
      {type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE, true},
      {type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ENDED, true},
      {type::v1::PROGRAMME_SEMBAKO, v1::ENROLMENT_STATE_ACTIVE, false},
  };
  this->ExpectRejected(ReportOn<TypeParam>("3324-0001"), "not_in_pkh", "local_family_ref");
  for (const Case& c : cases) {
    DecideFixture f(&TestEnv(), Tables());
    f.OnDay(calendar::Day::Of(2020, 6, 25));
    GivenEnrolment(f, Registered(f).family_id, c.programme, c.state);
    const auto out = f.template Decide<TypeParam>(ReportOn<TypeParam>("3324-0001"), f.Report(33));
    EXPECT_EQ(out.ok(), c.accepted) << c.programme << " " << c.state;
    EXPECT_EQ(ReasonOf(out.status()), c.accepted ? "" : "not_in_pkh");
  }
}

TYPED_TEST(DeferredReportTest, ItsReplyWaitsAndTheFactSaysForWhat) {
  GivenEnrolment(this->f_, this->family_.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  flow::Origin origin = this->f_.Report(33);
  origin.ce_id = "a\xff";  // whatever its publisher put there
  auto out = this->f_.template Apply<TypeParam>(ReportOn<TypeParam>("3324-0001"), origin);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(this->f_.read_through(), 0);
  EXPECT_EQ(out->status(), province::v1::REPORT_STATUS_UNSPECIFIED) << "no final answer yet";
  EXPECT_TRUE(out->late_answers().empty());

  const auto awaited = this->f_.template Now<AwaitedRow>(origin.position.packed());
  ASSERT_TRUE(awaited.has_value());
  EXPECT_EQ(awaited->province, 33);
  EXPECT_EQ(awaited->offset, origin.offset);
  EXPECT_EQ(awaited->ce_id, "") << "not UTF-8";
  EXPECT_EQ(awaited->report_id, "report-1");
  EXPECT_EQ(awaited->local_family_ref, "3324-0001");
  EXPECT_EQ(awaited->family_id, this->family_.family_id);

  ASSERT_EQ(out->outgoing().size(), 1u);
  EXPECT_EQ(this->f_.template Now<FamilyRow>(this->family_.family_id)->version, 2);
}

// The province cannot know yet what became of the first, and both records get their one final reply.
TYPED_TEST(DeferredReportTest, ARepeatThatComesBeforeTheAnswerWaitsForTheSame) {
  using enum province::v1::ReportStatus;
  GivenEnrolment(this->f_, this->family_.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  for (const auto status : {REPORT_STATUS_CHANGED, REPORT_STATUS_REJECTED}) {
    auto report = ReportOn<TypeParam>("3324-0001");
    report.mutable_info()->set_report_id(absl::StrCat("report-of-", status));
    const flow::Origin first = this->f_.Report(33);
    ASSERT_TRUE(this->f_.template Apply<TypeParam>(report, first).ok());
    const int64_t version = this->f_.template Now<FamilyRow>(this->family_.family_id)->version;
    std::vector<int64_t> offsets = {first.offset};
    for (int i = 0; i < 2; ++i) {
      const flow::Origin again = this->f_.Report(33);
      const auto out = this->f_.template Apply<TypeParam>(report, again);
      ASSERT_TRUE(out.ok()) << out.status();
      EXPECT_EQ(this->f_.read_through(), 0);
      EXPECT_EQ(out->status(), REPORT_STATUS_UNSPECIFIED);
      EXPECT_TRUE(out->outgoing().empty()) << "no second fact";
      offsets.push_back(again.offset);
    }
    graduation::v1::ReportOutcome fact;
    SetDate(2020, 6, 25, *fact.mutable_info()->mutable_recorded_day());
    fact.mutable_report()->set_position(first.position.packed());
    fact.set_status(status);
    if (status == REPORT_STATUS_REJECTED) fact.set_code("case_not_open");
    auto answered = this->f_.template Apply<OnReportOutcome>(fact, this->f_.Fact());
    ASSERT_TRUE(answered.ok()) << answered.status();
    EXPECT_EQ(this->f_.read_through(), 0);
    std::map<int64_t, province::v1::ReportStatus> replies;
    for (const auto& [province, reply] : answered->late_answers()) {
      EXPECT_EQ(reply.code(), fact.code());
      replies[reply.offset()] = reply.status();
    }
    const auto repeated = status == REPORT_STATUS_REJECTED ? REPORT_STATUS_REJECTED : REPORT_STATUS_UNCHANGED;
    EXPECT_EQ(replies, (std::map<int64_t, province::v1::ReportStatus>{
                           {offsets[0], status}, {offsets[1], repeated}, {offsets[2], repeated}}));
    EXPECT_TRUE(this->f_.template All<AwaitedRow>().empty());
    EXPECT_EQ(this->f_.template Now<FamilyRow>(this->family_.family_id)->version, version);

    // And one that comes after the answer.
    const auto late = this->f_.template Apply<TypeParam>(report, this->f_.Report(33));
    EXPECT_EQ(this->f_.read_through(), 0);
    if (status == REPORT_STATUS_REJECTED) {
      EXPECT_EQ(ReasonOf(late.status()), "case_not_open");
    } else {
      ASSERT_TRUE(late.ok()) << late.status();
      EXPECT_EQ(late->status(), REPORT_STATUS_UNCHANGED);
      EXPECT_EQ(late->family_id(), this->family_.family_id);
      EXPECT_TRUE(late->outgoing().empty());
    }
    EXPECT_EQ(this->f_.template Now<FamilyRow>(this->family_.family_id)->version, version);
  }
}

TYPED_TEST(DeferredReportTest, AReportIdIsNoRepeatForAnotherFamily) {
  GivenEnrolment(this->f_, this->family_.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  const FamilyRow other = Registered(this->f_, TestFamily("3324-0002", 2));
  GivenEnrolment(this->f_, other.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);
  ASSERT_TRUE(this->f_.template Apply<TypeParam>(ReportOn<TypeParam>("3324-0001"), this->f_.Report(33)).ok());
  const auto out = this->f_.template Apply<TypeParam>(ReportOn<TypeParam>("3324-0002"), this->f_.Report(33));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->outgoing().size(), 1u) << "another family";
}

}  // namespace
}  // namespace berdaya::registry
