// Six years of one family, told from its enrolment to the letter that ends them.
#include <string>
#include <vector>

#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/domain/explain.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(StoryTest, SixYearsOfOneFamily) {
  World w;

  // 1 July 2014. The family is registered; it has a child in primary school. Nothing is followed yet.
  w.OpenDay(Day::Of(2014, 7, 1));
  w.Register();
  EXPECT_THAT(w.News(), IsEmpty());

  // 20 August. The ministry enrols it from 1 September on: six years, to the last day of August 2020.
  w.OpenDay(Day::Of(2014, 8, 20));
  w.Enrol(Day::Of(2014, 9, 1));
  EXPECT_THAT(w.News(), ElementsAre("2014-08-20 CaseOpened v1 from 2014-09-01"));
  EXPECT_EQ(w.CaseOf().ends_on, Day::Of(2020, 8, 31));

  // 2016. The child leaves school and nobody counts any more. The rules propose; nobody has decided when, in May, a baby is born.
  w.OpenDay(Day::Of(2016, 3, 1));
  w.Recount(Nobody());
  EXPECT_THAT(w.News(), ElementsAre("2016-03-01 GraduationProposed v2 natural"));
  w.OpenDay(Day::Of(2016, 5, 17));
  w.Recount(OneChild());
  EXPECT_THAT(w.News(), ElementsAre("2016-05-17 ProposalWithdrawn v3 eligible again"));

  // 2018. The family's stall goes well. It asks to leave, and the pendamping recommends it. The pendamping may not decide, too.
  w.OpenDay(Day::Of(2018, 2, 12));
  EXPECT_EQ(w.Request(Day::Of(2018, 2, 10)), "CHANGED");
  EXPECT_THAT(w.News(), IsEmpty());
  w.OpenDay(Day::Of(2018, 3, 5));
  EXPECT_EQ(w.Recommend("pendamping-7", Day::Of(2018, 3, 2)), "CHANGED");
  EXPECT_THAT(w.News(), ElementsAre("2018-03-05 GraduationProposed v4 self_reliant"));
  EXPECT_EQ(w.Decide(type::v1::GRADUATION_VERDICT_CONFIRM, "pendamping-7", "460/1"), "REJECTED same_officer info.officer_ref");

  // The dinas finds it too early and returns it. The family stays.
  EXPECT_EQ(w.Decide(type::v1::GRADUATION_VERDICT_RETURN, "kadis-3324", "460/17"), "CHANGED");
  EXPECT_THAT(w.News(), ElementsAre("2018-03-05 ProposalWithdrawn v5 returned"));

  // Years pass, and the days do what they have to: on the first day of the last twelve months, of the last six, of the last three.
  for (Day day = w.day() + 1; day <= Day::Of(2020, 8, 31); day = day + 1) {
    w.OpenDay(day);
    w.Sweep();
  }
  EXPECT_THAT(w.News(), ElementsAre("2019-09-01 TimeLimitWarned v6 12 months to 2020-08-31",
                                    "2020-03-01 TimeLimitWarned v7 6 months to 2020-08-31",
                                    "2020-06-01 TimeLimitWarned v8 3 months to 2020-08-31"));
  EXPECT_EQ(w.CaseOf().state, v1::CASE_STATE_FOLLOWED) << "the last day is still a day in PKH";

  // 1 September 2020. Six years are over. Nothing ends by itself: the rules propose, and a person has to decide.
  w.OpenDay(Day::Of(2020, 9, 1));
  w.Sweep();
  EXPECT_THAT(w.News(), ElementsAre("2020-09-01 GraduationProposed v9 time_limit"));

  // The dinas holds it for the harvest, and confirms it in October. The grandmother's arrival in between changes nothing about it.
  w.OpenDay(Day::Of(2020, 9, 4));
  EXPECT_EQ(w.Decide(type::v1::GRADUATION_VERDICT_HOLD, "kadis-3324", "460/90"), "CHANGED");
  EXPECT_EQ(w.Decide(type::v1::GRADUATION_VERDICT_HOLD, "kadis-3324", "460/90"), "UNCHANGED") << "the letter came twice";
  type::v1::Components more = OneChild();
  more.set_elderly(1);
  w.Recount(more);
  w.OpenDay(Day::Of(2020, 10, 15));
  w.Sweep();
  EXPECT_EQ(w.Decide(type::v1::GRADUATION_VERDICT_CONFIRM, "kadis-3324", "460/121"), "CHANGED");
  EXPECT_THAT(w.News(), ElementsAre("2020-09-04 CaseHeld v10 by kadis-3324",
                                    "2020-10-15 GraduationConfirmed v11 time_limit by kadis-3324 letter 460/121 rules pkh-2014",
                                    "2020-10-15 FamilyGraduated v12 time_limit on 2020-10-16"));

  // The registry's echo of it changes nothing.
  registry::v1::EnrolmentEnded ended;
  ended.set_programme(type::v1::PROGRAMME_PKH);
  calendar::ToProto(Day::Of(2020, 10, 15), *ended.mutable_ended_on());
  ASSERT_TRUE(w.Arrive<OnEnrolmentEnded>(ended).ok());
  EXPECT_THAT(w.News(), IsEmpty());

  // Years later somebody asks why.
  const CaseRow row = w.CaseOf();
  const auto proposal = w.fixture().Now<ProposalRow>({row.case_id, row.proposal_version});
  ASSERT_TRUE(proposal.has_value());
  v1::ExplainDecisionResponse why;
  ASSERT_TRUE(Explain(row, &*proposal, Day::Of(2031, 1, 1), TestEnv().rules, why).ok());
  EXPECT_EQ(why.sentence_en(),
            "On 1 September 2020 the rules pkh-2014 proposed that the family graduates because its 6 years of PKH ended on 31 "
            "August 2020; "
            "kadis-3324 confirmed it on 15 October 2020 by letter 460/121; the family is without PKH since 16 October 2020.");
  EXPECT_EQ(
      why.sentence_id(),
      "Pada 1 September 2020 aturan pkh-2014 mengusulkan keluarga ini lulus dari PKH karena masa 6 tahun PKH berakhir pada 31 "
      "Agustus "
      "2020; kadis-3324 menyetujuinya pada 15 Oktober 2020 dengan surat 460/121; keluarga tidak lagi menerima PKH sejak 16 Oktober "
      "2020.");
}

}  // namespace
}  // namespace berdaya::graduation
