// Facts of other services that a province has to hear of: each becomes one notice, and nothing else.
#include "berdaya/province/v1/notices.pb.h"
#include "gtest/gtest.h"
#include "services/registry/events/case_matched.h"
#include "services/registry/events/graduation_confirmed.h"
#include "services/registry/events/graduation_proposed.h"
#include "services/registry/events/proposal_withdrawn.h"
#include "services/registry/events/time_limit_warned.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using type::v1::GRADUATION_KIND_NATURAL;
using type::v1::GRADUATION_KIND_SELF_RELIANT;

// What a fact says, and what must be left of it in its notice.
struct TimeLimitWarned {
  using Handler = OnTimeLimitWarned;
  using Notice = province::v1::TimeLimitWarned;
  static void Say(Handler::Message& m) {
    m.set_case_id(77);
    m.set_months_left(6);
    SetDate(2020, 6, 30, *m.mutable_ends_on());
  }
  static void Expect(const Notice& n) {
    EXPECT_EQ(n.case_id(), 77);
    EXPECT_EQ(n.months_left(), 6);
    EXPECT_EQ(n.ends_on().year(), 2020);
    EXPECT_EQ(n.ends_on().month(), 6);
    EXPECT_EQ(n.ends_on().day(), 30);
  }
};

struct GraduationProposed {
  using Handler = OnGraduationProposed;
  using Notice = province::v1::GraduationProposed;
  static void Say(Handler::Message& m) {
    m.set_case_id(77);
    m.set_kind(GRADUATION_KIND_NATURAL);
    m.set_rule_version("2020-1");
  }
  static void Expect(const Notice& n) {
    EXPECT_EQ(n.case_id(), 77);
    EXPECT_EQ(n.kind(), GRADUATION_KIND_NATURAL);
  }
};

struct ProposalWithdrawn {
  using Handler = OnProposalWithdrawn;
  using Notice = province::v1::ProposalWithdrawn;
  static void Say(Handler::Message& m) {
    m.set_case_id(77);
    m.set_cause(graduation::v1::WITHDRAWAL_CAUSE_ELIGIBLE_AGAIN);
  }
  static void Expect(const Notice& n) { EXPECT_EQ(n.case_id(), 77); }
};

struct GraduationConfirmed {
  using Handler = OnGraduationConfirmed;
  using Notice = province::v1::GraduationConfirmed;
  static void Say(Handler::Message& m) {
    m.set_case_id(77);
    m.set_kind(GRADUATION_KIND_SELF_RELIANT);
    m.set_decided_by("kadis-1");
  }
  static void Expect(const Notice& n) {
    EXPECT_EQ(n.case_id(), 77);
    EXPECT_EQ(n.kind(), GRADUATION_KIND_SELF_RELIANT);
  }
};

struct CaseMatched {
  using Handler = OnCaseMatched;
  using Notice = province::v1::MentoringOffered;
  static void Say(Handler::Message& m) {
    m.set_case_id(77);
    m.set_partner_id("unpad");
    m.set_partner_name("Universitas Padjadjaran");
    m.set_mou_number("MoU/1");
  }
  static void Expect(const Notice& n) {
    EXPECT_EQ(n.partner_id(), "unpad");
    EXPECT_EQ(n.partner_name(), "Universitas Padjadjaran");
  }
};

template <class Case>
class NoticeTest : public testing::Test {
 protected:
  NoticeTest() : f_(&TestEnv(), Tables()) {
    f_.OnDay(calendar::Day::Of(2020, 6, 25));
    family_ = Registered(f_);
  }

  flow::DecideFixture f_;
  FamilyRow family_;
};
using Cases = testing::Types<TimeLimitWarned, GraduationProposed, ProposalWithdrawn, GraduationConfirmed, CaseMatched>;
TYPED_TEST_SUITE(NoticeTest, Cases);

TYPED_TEST(NoticeTest, TellsTheProvinceUnderItsOwnReference) {
  typename TypeParam::Handler::Message fact;
  fact.mutable_info()->set_family_id(this->family_.family_id);
  TypeParam::Say(fact);
  const auto out = this->f_.template Apply<typename TypeParam::Handler>(fact, this->f_.Fact());
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(this->f_.read_through(), 0);

  ASSERT_EQ(out->outgoing().size(), 1u);
  EXPECT_EQ(out->outgoing()[0].to, flow::Outgoing::To::kNotices);
  EXPECT_EQ(out->outgoing()[0].province, 33);
  EXPECT_EQ(out->outgoing()[0].key, "3324-0001");
  const auto notice = flow::FactOf<typename TypeParam::Notice>(*out);
  EXPECT_EQ(notice.info().local_family_ref(), "3324-0001");
  EXPECT_EQ(notice.info().family_id(), this->family_.family_id);
  EXPECT_EQ(notice.info().office(), kKendal) << "the dinas of its regency";
  EXPECT_EQ(notice.info().day().day(), 25);
  TypeParam::Expect(notice);

  EXPECT_EQ(this->f_.template Now<FamilyRow>(this->family_.family_id)->version, 1) << "a notice is no change";
}

TYPED_TEST(NoticeTest, AFamilyThatTheRegistryLacksMeansThatSomethingIsLost) {
  typename TypeParam::Handler::Message fact;
  fact.mutable_info()->set_family_id(this->family_.family_id + 256);
  EXPECT_TRUE(absl::IsDataLoss(this->f_.template Decide<typename TypeParam::Handler>(fact, this->f_.Fact()).status()));
}

TEST(ProposalWithdrawnTest, TheDinasIsNotToldOfWhatItReturned) {
  flow::DecideFixture f(&TestEnv(), Tables());
  f.OnDay(calendar::Day::Of(2020, 6, 25));
  graduation::v1::ProposalWithdrawn fact;
  fact.mutable_info()->set_family_id(Registered(f).family_id);
  fact.set_cause(graduation::v1::WITHDRAWAL_CAUSE_RETURNED);
  const auto out = f.Apply<OnProposalWithdrawn>(fact, f.Fact());
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_TRUE(out->outgoing().empty());
}

}  // namespace
}  // namespace berdaya::registry
