#include "services/registry/events/family_reported.h"

#include <functional>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using flow::DecideFixture;
using flow::FactOf;
using province::v1::FamilyReported;

class FamilyReportedTest : public testing::Test {
 protected:
  FamilyReportedTest() : f_(&TestEnv(), Tables()) { f_.OnDay(calendar::Day::Of(2020, 6, 25)); }

  absl::StatusOr<flow::Outcome> Decide(const FamilyReported& m) { return f_.Decide<OnFamilyReported>(m, f_.Report(33)); }
  absl::StatusOr<flow::Outcome> Apply(const FamilyReported& m) { return f_.Apply<OnFamilyReported>(m, f_.Report(33)); }

  DecideFixture f_;
};

TEST_F(FamilyReportedTest, RegistersAFamilyUnderIdsMadeFromItsPlaceInTheLog) {
  const flow::Origin origin = f_.Report(33);
  absl::StatusOr<flow::Outcome> out = f_.Apply<OnFamilyReported>(TestFamily(), origin);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(out->status(), province::v1::REPORT_STATUS_REGISTERED);
  EXPECT_EQ(out->family_id(), origin.NewId(0));
  EXPECT_EQ(f_.read_through(), 0) << "every key of a new family is named before";

  const auto family = f_.Now<FamilyRow>(origin.NewId(0));
  ASSERT_TRUE(family.has_value());
  EXPECT_EQ(family->version, 1);
  EXPECT_EQ(UnpackIds(family->family_id, family->member_ids), (std::vector<int64_t>{origin.NewId(1), origin.NewId(2)}));
  EXPECT_EQ(f_.Now<RefRow>({33, "3324-0001"})->family_id, family->family_id);
  EXPECT_EQ(f_.Now<KkRow>(family->kk)->family_id, family->family_id);
  EXPECT_EQ(f_.Now<NikRow>(f_.Now<PersonRow>(origin.NewId(1))->nik)->person_id, origin.NewId(1));

  const auto fact = FactOf<v1::FamilyRegistered>(*out);
  EXPECT_EQ(fact.info().family_id(), family->family_id);
  EXPECT_EQ(fact.info().version(), 1);
  EXPECT_EQ(fact.info().village(), kVillage);
  EXPECT_EQ(fact.info().recorded_day().day(), 25);
  EXPECT_EQ(fact.members(), 2);
  EXPECT_EQ(fact.components().early_childhood(), 1);
}

TEST_F(FamilyReportedTest, ARepeatChangesNothing) {
  ASSERT_TRUE(Apply(TestFamily()).ok());
  absl::StatusOr<flow::Outcome> again = Apply(TestFamily());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->status(), province::v1::REPORT_STATUS_UNCHANGED);
  EXPECT_TRUE(again->outgoing().empty());
  EXPECT_EQ(f_.All<FamilyRow>().size(), 1u);
}

TEST_F(FamilyReportedTest, TheLaterReportHoldsInEveryOrder) {
  FamilyReported first = TestFamily();
  FamilyReported second = TestFamily();
  second.set_village(kNextVillage);
  second.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'100);
  FamilyReported third = first;  // what the first said, once more
  third.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'200);
  std::vector<const FamilyReported*> order = {&first, &second, &third};
  std::sort(order.begin(), order.end());
  do {
    DecideFixture f(&TestEnv(), Tables());
    f.OnDay(calendar::Day::Of(2020, 6, 25));
    for (const FamilyReported* report : order) ASSERT_TRUE(f.Apply<OnFamilyReported>(*report, f.Report(33)).ok());
    const std::vector<FamilyRow> families = f.All<FamilyRow>();
    ASSERT_EQ(families.size(), 1u);
    EXPECT_EQ(families[0].village.ToCell(), static_cast<int64_t>(kVillage));
    EXPECT_EQ(families[0].reported_at_us, 1'593'000'200'000'000);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(FamilyReportedTest, OfTwoReportsAtOneTimeTheSameHoldsInBothOrders) {
  FamilyReported a = TestFamily();
  FamilyReported b = TestFamily();
  b.set_village(kNextVillage);
  std::vector<region::RegionCode> ends;
  for (const auto& [first, second] : {std::pair(a, b), std::pair(b, a)}) {
    DecideFixture f(&TestEnv(), Tables());
    f.OnDay(calendar::Day::Of(2020, 6, 25));
    ASSERT_TRUE(f.Apply<OnFamilyReported>(first, f.Report(33)).ok());
    ASSERT_TRUE(f.Apply<OnFamilyReported>(second, f.Report(33)).ok());
    ends.push_back(f.All<FamilyRow>()[0].village);
  }
  EXPECT_EQ(ends[0], ends[1]);
}

TEST_F(FamilyReportedTest, ANewStateKeepsThePersonsThatStayAndLetsGoOfTheOthers) {
  ASSERT_TRUE(Apply(TestFamily()).ok());
  const FamilyRow before = f_.All<FamilyRow>()[0];
  const std::vector<int64_t> ids = UnpackIds(before.family_id, before.member_ids);

  FamilyReported next = TestFamily();
  next.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
  next.mutable_members()->RemoveLast();  // the boy has left
  auto* baby = next.add_members();       // and a girl without a NIK was born
  baby->set_name("Bayi Contoh");
  SetDate(2020, 6, 1, *baby->mutable_birth_date());
  baby->set_sex(province::v1::SEX_FEMALE);
  baby->set_relation(province::v1::RELATION_CHILD);
  absl::StatusOr<flow::Outcome> out = Apply(next);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(out->status(), province::v1::REPORT_STATUS_CHANGED);
  EXPECT_EQ(FactOf<v1::FamilyChanged>(*out).info().version(), 2);

  const FamilyRow after = f_.All<FamilyRow>()[0];
  const std::vector<int64_t> now = UnpackIds(after.family_id, after.member_ids);
  ASSERT_EQ(now.size(), 2u);
  EXPECT_EQ(now[0], ids[0]);
  EXPECT_NE(now[1], ids[1]);
  const auto boy = f_.Now<PersonRow>(ids[1]);
  EXPECT_EQ(boy->family_id, 0);
  EXPECT_EQ(f_.Now<NikRow>(boy->nik)->family_id, 0) << "his NIK is still his";
}

TEST_F(FamilyReportedTest, ANewCardFreesTheOldNumber) {
  ASSERT_TRUE(Apply(TestFamily()).ok());
  const int64_t old_kk = f_.All<FamilyRow>()[0].kk;
  FamilyReported next = TestFamily();
  next.set_kk_number(TestFamily("other", 2).kk_number());
  next.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
  ASSERT_TRUE(Apply(next).ok());
  EXPECT_FALSE(f_.Now<KkRow>(old_kk).has_value());
  EXPECT_TRUE(f_.Now<KkRow>(static_cast<int64_t>(next.kk_number())).has_value());
}

TEST_F(FamilyReportedTest, ABirthInAFamilyInPkhThatHadNoBirthdayAheadIsReviewed) {
  FamilyReported alone = TestFamily();
  alone.mutable_members()->RemoveLast();
  SetDate(1950, 7, 1, *alone.mutable_members(0)->mutable_birth_date());  // elderly already: nothing will change
  const FamilyRow family = Registered(f_, alone);
  GivenEnrolment(f_, family.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ACTIVE);

  FamilyReported with_child = alone;
  *with_child.add_members() = TestFamily().members(1);  // born on 28 February 2015
  with_child.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
  ASSERT_TRUE(Apply(with_child).ok());
  EXPECT_EQ(f_.read_through(), 0);
  EXPECT_EQ(f_.Now<FamilyRow>(family.family_id)->review_on, calendar::Day::Of(2022, 2, 28)) << "early childhood ends at 7";
}

TEST_F(FamilyReportedTest, AFamilyOutsidePkhIsNotReviewed) {
  const FamilyRow family = Registered(f_);
  GivenEnrolment(f_, family.family_id, type::v1::PROGRAMME_PKH, v1::ENROLMENT_STATE_ENDED);
  GivenEnrolment(f_, family.family_id, type::v1::PROGRAMME_SEMBAKO, v1::ENROLMENT_STATE_ACTIVE);
  FamilyReported next = TestFamily();
  next.set_village(kNextVillage);
  next.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
  ASSERT_TRUE(Apply(next).ok());
  EXPECT_TRUE(f_.Now<FamilyRow>(family.family_id)->review_on.empty());
}

// Who a member is: by NIK first, by name and birth date only within the family, and nobody twice.
TEST_F(FamilyReportedTest, MembersKeepTheirPersons) {
  using Change = std::function<void(FamilyReported&)>;
  struct Case {
    const char* what;
    Change before;
    Change after;
    std::vector<int> persons;  // of the members after: the member that the person was before, -1 for somebody new
  };
  const auto twin = [](FamilyReported& r) {
    *r.add_members() = r.members(1);
    r.mutable_members(1)->set_nik(0);
    r.mutable_members(2)->set_nik(0);
  };
  const Change same = [](FamilyReported&) {};
  const Case cases[] = {
      {"order does not matter", same, [](auto& r) { r.mutable_members()->SwapElements(0, 1); }, {1, 0}},
      {"a NIK outweighs a name", same, [](auto& r) { r.mutable_members(1)->set_name("Anak Lain"); }, {0, 1}},
      {"a NIK becomes known",
       [](auto& r) { r.mutable_members(1)->set_nik(0); },
       [](auto& r) { r.mutable_members(1)->set_nik(TestFamily().members(1).nik()); },
       {0, 1}},
      {"a NIK is no longer known", same, [](auto& r) { r.mutable_members(1)->set_nik(0); }, {0, 1}},
      {"another NIK is somebody else",
       same,
       [](auto& r) { r.mutable_members(1)->set_nik(TestFamily("x", 9).members(1).nik()); },
       {0, -1}},
      {"without a NIK, another name is somebody else",
       [](auto& r) { r.mutable_members(1)->set_nik(0); },
       [](auto& r) { r.mutable_members(1)->set_name("Anak Lain"); },
       {0, -1}},
      {"two of one name and birth date stay two", twin, [](auto& r) { r.set_village(kNextVillage); }, {0, 1, 2}},
      {"who comes without a NIK does not take the place of who has it",
       same,
       [](auto& r) {
         *r.add_members() = r.members(1);
         r.mutable_members(1)->set_nik(0);
       },
       {0, -1, 1}},
  };
  for (const Case& c : cases) {
    DecideFixture f(&TestEnv(), Tables());
    f.OnDay(calendar::Day::Of(2020, 6, 25));
    FamilyReported report = TestFamily();
    c.before(report);
    const FamilyRow before = Registered(f, report);
    const std::vector<int64_t> ids = UnpackIds(before.family_id, before.member_ids);
    c.after(report);
    report.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
    const flow::Origin origin = f.Report(33);
    ASSERT_TRUE(f.Apply<OnFamilyReported>(report, origin).ok()) << c.what;
    std::vector<int64_t> expected;
    for (size_t i = 0; i < c.persons.size(); ++i) {
      expected.push_back(c.persons[i] < 0 ? origin.NewId(static_cast<int>(i) + 1) : ids[c.persons[i]]);
    }
    const FamilyRow after = *f.Now<FamilyRow>(before.family_id);
    EXPECT_EQ(UnpackIds(after.family_id, after.member_ids), expected) << c.what;
    for (const PersonRow& person : f.All<PersonRow>()) {
      if (person.nik == 0) continue;
      EXPECT_EQ(f.Now<NikRow>(person.nik)->person_id, person.person_id) << c.what;
    }
    for (const NikRow& nik : f.All<NikRow>()) EXPECT_EQ(f.Now<PersonRow>(nik.person_id)->nik, nik.nik) << c.what;
  }
}

TEST_F(FamilyReportedTest, WhoLeftOneFamilyMayBeTakenInByAnotherAndStaysThePerson) {
  const FamilyRow first = Registered(f_);
  const int64_t boy = UnpackIds(first.family_id, first.member_ids)[1];
  FamilyReported second = TestFamily("3324-0002", 2);
  second.mutable_members(1)->set_nik(TestFamily().members(1).nik());
  EXPECT_EQ(ReasonOf(Apply(second).status()), "nik_of_another_family") << "while he lives with the first";

  FamilyReported without = TestFamily();
  without.mutable_members()->RemoveLast();
  without.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
  ASSERT_TRUE(Apply(without).ok());
  const auto out = Apply(second);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(f_.read_through(), 0);
  EXPECT_EQ(f_.Now<PersonRow>(boy)->family_id, out->family_id());
  EXPECT_EQ(UnpackIds(out->family_id(), f_.Now<FamilyRow>(out->family_id())->member_ids)[1], boy);
}

TEST_F(FamilyReportedTest, AnOfficeChangesNoFamilyOfAnother) {
  const FamilyRow family = Registered(f_);
  FamilyReported moved = TestFamily();
  moved.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'300);
  moved.mutable_info()->set_office(3322000000);  // the regency beside it
  moved.set_village(3322012001);
  const auto taken = Apply(moved);
  EXPECT_TRUE(absl::IsInvalidArgument(taken.status()));
  EXPECT_EQ(ReasonOf(taken.status()), "family_of_another_office");
  EXPECT_EQ(FieldOf(taken.status()), "local_family_ref");

  moved.mutable_info()->set_office(3300000000);  // the province has both
  ASSERT_TRUE(Apply(moved).ok());
  EXPECT_EQ(f_.Now<FamilyRow>(family.family_id)->village.ToCell(), 3322012001);
  EXPECT_EQ(Apply(TestFamily())->status(), province::v1::REPORT_STATUS_UNCHANGED) << "a repeat of what was overtaken is no offence";
}

struct Wrong {
  const char* code;
  const char* field;
  std::function<void(FamilyReported&)> spoil;
};

class RejectedFamilyTest : public FamilyReportedTest, public testing::WithParamInterface<Wrong> {};

TEST_P(RejectedFamilyTest, NamesCodeAndField) {
  ASSERT_TRUE(Apply(TestFamily("a neighbour", 2)).ok());
  FamilyReported report = TestFamily();
  GetParam().spoil(report);
  const absl::StatusOr<flow::Outcome> out = Decide(report);
  ASSERT_TRUE(absl::IsInvalidArgument(out.status())) << out.status();
  EXPECT_EQ(ReasonOf(out.status()), GetParam().code);
  EXPECT_EQ(FieldOf(out.status()), GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    All, RejectedFamilyTest,
    testing::Values(
        Wrong{"report_id_invalid", "info.report_id", [](auto& r) { r.mutable_info()->clear_report_id(); }},
        Wrong{"report_id_invalid", "info.report_id", [](auto& r) { r.mutable_info()->set_report_id(std::string(65, 'x')); }},
        Wrong{"report_id_invalid", "info.report_id", [](auto& r) { r.mutable_info()->set_report_id("a b"); }},
        Wrong{"officer_ref_invalid", "info.officer_ref", [](auto& r) { r.mutable_info()->clear_officer_ref(); }},
        Wrong{"occurred_on_invalid", "info.occurred_on", [](auto& r) { r.mutable_info()->clear_occurred_on(); }},
        Wrong{"occurred_on_invalid", "info.occurred_on",
              [](auto& r) { SetDate(2020, 2, 30, *r.mutable_info()->mutable_occurred_on()); }},
        Wrong{"occurred_on_in_future", "info.occurred_on",
              [](auto& r) { SetDate(2020, 6, 30, *r.mutable_info()->mutable_occurred_on()); }},
        Wrong{"reported_at_invalid", "info.reported_at", [](auto& r) { r.mutable_info()->clear_reported_at(); }},
        Wrong{"reported_at_in_future", "info.reported_at",
              [](auto& r) { r.mutable_info()->mutable_reported_at()->set_seconds(DecideFixture::kNowMs / 1000 + 86'401); }},
        Wrong{"office_unknown", "info.office", [](auto& r) { r.mutable_info()->set_office(3399000000); }},
        Wrong{"office_unknown", "info.office", [](auto& r) { r.mutable_info()->set_office(0); }},
        Wrong{"office_outside_province", "info.office", [](auto& r) { r.mutable_info()->set_office(3204000000); }},
        Wrong{"local_family_ref_invalid", "local_family_ref", [](auto& r) { r.clear_local_family_ref(); }},
        Wrong{"local_family_ref_invalid", "local_family_ref", [](auto& r) { r.set_local_family_ref("a\nb"); }},
        Wrong{"kk_not_16_digits", "kk_number", [](auto& r) { r.set_kk_number(123); }},
        Wrong{"village_unknown", "village", [](auto& r) { r.set_village(3324052999); }},
        Wrong{"village_unknown", "village", [](auto& r) { r.set_village(3324050000); }},
        Wrong{"village_outside_office", "village", [](auto& r) { r.set_village(3322012001); }},
        Wrong{"members_count", "members", [](auto& r) { r.clear_members(); }},
        Wrong{"members_count", "members",
              [](auto& r) {
                while (r.members_size() < 41) *r.add_members() = r.members(1);
              }},
        Wrong{"head_count", "members", [](auto& r) { r.mutable_members(1)->set_relation(province::v1::RELATION_HEAD); }},
        Wrong{"recipient_count", "members", [](auto& r) { r.mutable_members(1)->set_recipient(true); }},
        Wrong{"nik_twice", "members", [](auto& r) { r.mutable_members(1)->set_nik(r.members(0).nik()); }},
        Wrong{"nik_not_16_digits", "members[1].nik", [](auto& r) { r.mutable_members(1)->set_nik(12345); }},
        Wrong{"nik_serial_zero", "members[1].nik",
              [](auto& r) { r.mutable_members(1)->set_nik(r.members(1).nik() / 10000 * 10000); }},
        Wrong{"name_invalid", "members[0].name", [](auto& r) { r.mutable_members(0)->clear_name(); }},
        Wrong{"birth_date_invalid", "members[0].birth_date", [](auto& r) { r.mutable_members(0)->clear_birth_date(); }},
        Wrong{"birth_date_after_report", "members[1].birth_date",
              [](auto& r) { SetDate(2020, 6, 25, *r.mutable_members(1)->mutable_birth_date()); }},
        Wrong{"sex_missing", "members[0].sex", [](auto& r) { r.mutable_members(0)->clear_sex(); }},
        Wrong{"relation_missing", "members[1].relation", [](auto& r) { r.mutable_members(1)->clear_relation(); }},
        Wrong{"schooling_unknown", "members[1].schooling",
              [](auto& r) { r.mutable_members(1)->set_schooling(static_cast<province::v1::Schooling>(77)); }},
        Wrong{"kk_of_another_family", "kk_number", [](auto& r) { r.set_kk_number(TestFamily("x", 2).kk_number()); }},
        Wrong{"nik_of_another_family", "members[1].nik",
              [](auto& r) { r.mutable_members(1)->set_nik(TestFamily("x", 2).members(1).nik()); }}),
    [](const auto& test) { return std::string(test.param.code) + "_" + std::to_string(test.index); });

}  // namespace
}  // namespace berdaya::registry
