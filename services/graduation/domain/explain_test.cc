#include "services/graduation/domain/explain.h"

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "gtest/gtest.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;

RuleBook Book() {
  v1::RuleSet set;
  set.set_version("six");
  calendar::ToProto(Day::Of(2014, 1, 1), *set.mutable_effective_from());
  set.set_programme_years(6);
  set.set_reproposal_days(90);
  for (const auto kind :
       {v1::CRITERION_KIND_YEARS_IN_PROGRAMME, v1::CRITERION_KIND_NOBODY_ELIGIBLE, v1::CRITERION_KIND_RECOMMENDED}) {
    v1::RuleCriterion& criterion = *set.add_criteria();
    criterion.set_kind(kind);
    criterion.set_source("regulation " + std::to_string(kind));
  }
  return *RuleBook::Make({set});
}

Case CaseIn(v1::CaseState state) {
  Case c;
  c.state = state;
  c.enrolled_on = Day::Of(2014, 7, 1);
  c.ends_on = Day::Of(2020, 6, 30);
  c.components.count = {0, 1, 0, 0, 0, 2, 0, 0};
  c.decided_by = "kadis";
  c.decided_on = Day::Of(2016, 5, 3);
  c.letter_number = "L-1";
  c.graduated_on = Day::Of(2016, 5, 4);
  c.ended_on = Day::Of(2016, 5, 5);
  return c;
}

Proposal ProposalOf(type::v1::GraduationKind kind) {
  Proposal p;
  p.day = Day::Of(2016, 5, 2);
  p.kind = kind;
  p.rule_version = "six";
  p.enrolled_on = Day::Of(2014, 7, 1);
  p.ends_on = Day::Of(2020, 6, 30);
  p.recommended_by = kind == type::v1::GRADUATION_KIND_SELF_RELIANT ? "pendamping-7" : "";
  return p;
}

TEST(ExplainTest, ACaseWithoutProposalIsMeasuredAgainstToday) {
  v1::ExplainDecisionResponse out;
  Case c = CaseIn(v1::CASE_STATE_FOLLOWED);
  c.requested_on = Day::Of(2016, 1, 2);
  ASSERT_TRUE(Explain(c, nullptr, Day::Of(2020, 6, 30), Book(), out).ok());
  EXPECT_EQ(out.rule_version(), "six");
  EXPECT_EQ(*calendar::FromProto(out.as_of()), Day::Of(2020, 6, 30));
  ASSERT_EQ(out.criteria_size(), 3);
  EXPECT_EQ(out.criteria(0).name(), "years_in_programme");
  EXPECT_EQ(out.criteria(0).input(), "in PKH since 2014-07-01, looked at on 2020-06-30");
  EXPECT_EQ(out.criteria(0).threshold(), "6 years, over after 2020-06-30");
  EXPECT_FALSE(out.criteria(0).met());
  EXPECT_EQ(out.criteria(0).source(), "regulation 1");
  EXPECT_EQ(out.criteria(1).input(), "3 eligible: early_childhood 1, elderly 2");
  EXPECT_FALSE(out.criteria(1).met());
  EXPECT_EQ(out.criteria(2).input(), "no recommendation; the family asked on 2016-01-02");
  EXPECT_FALSE(out.criteria(2).met());
  EXPECT_EQ(out.sentence_en(),
            "The family has been in PKH since 1 July 2014; its 6 years end on 30 June 2020; no proposal to graduate is open.");
  EXPECT_EQ(out.sentence_id(),
            "Keluarga ini menerima PKH sejak 1 Juli 2014; masa 6 tahun berakhir pada 30 Juni 2020; tidak ada usul kelulusan yang "
            "terbuka.");
}

TEST(ExplainTest, TheDayAfterTheLastTheYearsAreOver) {
  v1::ExplainDecisionResponse out;
  ASSERT_TRUE(Explain(CaseIn(v1::CASE_STATE_FOLLOWED), nullptr, Day::Of(2020, 7, 1), Book(), out).ok());
  EXPECT_TRUE(out.criteria(0).met());
}

TEST(ExplainTest, AProposalIsExplainedByWhatItRestedOn) {
  v1::ExplainDecisionResponse out;
  const Proposal p = ProposalOf(type::v1::GRADUATION_KIND_NATURAL);
  ASSERT_TRUE(Explain(CaseIn(v1::CASE_STATE_PROPOSED), &p, Day::Of(2030, 1, 1), Book(), out).ok());
  EXPECT_EQ(out.criteria(1).input(), "0 eligible") << "as it was then, not as it is";
  EXPECT_TRUE(out.criteria(1).met());
  EXPECT_FALSE(out.criteria(0).met());
  EXPECT_EQ(out.sentence_en(),
            "On 2 May 2016 the rules six proposed that the family graduates because no member of the family is eligible any more; "
            "a person has "
            "still to decide.");
}

TEST(ExplainTest, EveryStateHasASentence) {
  struct {
    v1::CaseState state;
    const char* en;
  } const kCases[] = {
      {v1::CASE_STATE_HELD,
       "On 2 May 2016 the rules six proposed that the family graduates because pendamping-7 recommended it as self-reliant; kadis "
       "held it on "
       "3 May 2016 by letter L-1."},
      {v1::CASE_STATE_GRADUATED,
       "On 2 May 2016 the rules six proposed that the family graduates because pendamping-7 recommended it as self-reliant; kadis "
       "confirmed "
       "it on 3 May 2016 by letter L-1; the family is without PKH since 4 May 2016."},
      {v1::CASE_STATE_ENDED, "The family's participation in PKH ended on 5 May 2016 without a graduation."},
  };
  const Proposal p = ProposalOf(type::v1::GRADUATION_KIND_SELF_RELIANT);
  for (const auto& c : kCases) {
    v1::ExplainDecisionResponse out;
    ASSERT_TRUE(Explain(CaseIn(c.state), &p, Day::Of(2030, 1, 1), Book(), out).ok());
    EXPECT_EQ(out.sentence_en(), c.en);
    EXPECT_FALSE(out.sentence_id().empty());
  }
}

TEST(ExplainTest, ARuleSetThatIsGoneIsNamed) {
  Proposal p = ProposalOf(type::v1::GRADUATION_KIND_NATURAL);
  p.rule_version = "lost";
  v1::ExplainDecisionResponse out;
  const absl::Status status = Explain(CaseIn(v1::CASE_STATE_PROPOSED), &p, Day::Of(2030, 1, 1), Book(), out);
  EXPECT_EQ(ReasonOf(status), "rule_set_missing");
}

}  // namespace
}  // namespace berdaya::graduation
