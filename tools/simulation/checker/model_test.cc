#include "tools/simulation/checker/model.h"

#include <gtest/gtest.h>

#include "tools/simulation/checker/testing.h"

namespace berdaya::simulation {
namespace {

namespace grad = graduation::v1;
using What = Step::What;

TEST(Model, RegistersOnceAndThenFollowsTheLatestReport) {
  Books books;
  const uint32_t first = books.House(DayOf(2012, 5, 1));
  const uint32_t second = books.House(DayOf(2012, 5, 1), province::v1::SCHOOLING_PRIMARY);
  const Record registered = books.Entry(Kind::kFamily, 0, first);
  Record same = books.Entry(Kind::kFamily, 0, first);
  Record older = books.Entry(Kind::kFamily, 0, second);
  older.reported_at_us = 0;
  Record repeat = registered;
  repeat.fault = Fault::kRepeated;
  repeat.repeats = 0;
  books.Report(registered).Report(same).Report(older).Report(books.Entry(Kind::kFamily, 0, second)).Report(repeat);
  const Expected out = books.Out();
  const auto status = [&](int i) { return out.outcomes[i].status; };
  EXPECT_EQ(status(0), province::v1::REPORT_STATUS_REGISTERED);
  EXPECT_EQ(status(1), province::v1::REPORT_STATUS_UNCHANGED) << "nothing new";
  EXPECT_EQ(status(2), province::v1::REPORT_STATUS_UNCHANGED) << "older";
  EXPECT_EQ(status(3), province::v1::REPORT_STATUS_CHANGED);
  EXPECT_EQ(status(4), province::v1::REPORT_STATUS_UNCHANGED) << "a repeat";
  EXPECT_EQ(out.families[0].version, 2);
  EXPECT_EQ(out.families[0].household, second);
}

TEST(Model, NamesCodeAndFieldOfEveryFault) {
  struct Case {
    Fault fault;
    uint8_t detail;
    const char* code;
    const char* field;
    uint64_t counts_at;
  };
  const Case cases[] = {{Fault::kBadNik, 1 << 4 | 2, "nik_impossible_date", "members[1].nik", kOffice},
                        {Fault::kBadNik, 0, "nik_not_16_digits", "members[0].nik", kOffice},
                        {Fault::kUnknownRegion, 0, "village_unknown", "village", kOffice},
                        {Fault::kOtherProvince, 0, "village_outside_office", "village", kOffice},
                        {Fault::kOtherProvince, 1, "office_outside_province", "info.office", 3'300'000'000},
                        {Fault::kUndecodable, 0, "undecodable", "", 3'300'000'000}};
  for (const Case& c : cases) {
    Books books;
    Record record = books.Entry(Kind::kFamily, 0, books.House(DayOf(2012, 5, 1)));
    record.fault = c.fault;
    record.detail = c.detail;
    if (c.fault == Fault::kOtherProvince && c.detail == 1) record.office = 3'201'000'000;
    const Expected out = books.Report(record).Out();
    EXPECT_EQ(out.outcomes[0].status, province::v1::REPORT_STATUS_REJECTED);
    EXPECT_EQ(out.outcomes[0].code, c.code);
    EXPECT_EQ(out.outcomes[0].field, c.field);
    EXPECT_EQ(out.families[0].version, 0);
    ASSERT_EQ(out.counts.size(), 1U);
    EXPECT_EQ(out.counts[0].region, c.counts_at);
  }
}

TEST(Model, ANominationAndItsDecisionAreAVersionEach) {
  Books books;
  books.InPkh();
  Record again = books.Entry(Kind::kNominated);
  const Expected out = books.Report(again).Out();
  EXPECT_EQ(out.outcomes[2].status, province::v1::REPORT_STATUS_UNCHANGED);
  EXPECT_EQ(out.families[0].version, 3);
  EXPECT_EQ(out.families[0].enrolments[1].state, registry::v1::ENROLMENT_STATE_ACTIVE);
  EXPECT_EQ(out.families[0].pkh_case.state, grad::CASE_STATE_FOLLOWED);
  EXPECT_EQ(out.families[0].notices[kEnrolmentDecided], 1);
}

TEST(Model, ARefusedFamilyHasNoCase) {
  Books books;
  books.Report(books.Entry(Kind::kFamily, 0, books.House(DayOf(2012, 5, 1)))).Report(books.Entry(Kind::kNominated));
  const Record requested = books.Entry(Kind::kRequested);
  const Expected out = books.Decide(Programme::kPkh, false, 0).Report(requested).Out();
  EXPECT_EQ(out.families[0].enrolments[1].state, registry::v1::ENROLMENT_STATE_REFUSED);
  EXPECT_EQ(out.outcomes[2].code, "not_in_pkh");
  EXPECT_EQ(out.families[0].version, 3);
}

TEST(Model, BirthdaysAreVersionsOnlyInPkh) {
  Books books;
  // At seven the child is out of school instead of in early childhood.
  EXPECT_EQ(books.InPkh().Days(DayOf(2019, 4, 30)).Family().version, 3);
  EXPECT_EQ(books.Days(DayOf(2019, 5, 1)).Family().version, 4);
  Books outside;
  outside.Report(outside.Entry(Kind::kFamily, 0, outside.House(DayOf(2012, 5, 1))));
  EXPECT_EQ(outside.Days(DayOf(2019, 5, 1)).Family().version, 1);
}

TEST(Model, WarnsAtTwelveSixAndThreeMonthsAndProposesWhenSixYearsAreOver) {
  Books books;
  books.InPkh();
  EXPECT_EQ(books.Days(DayOf(2019, 6, 30)).Family().pkh_case.version, 1);
  EXPECT_EQ(books.Days(DayOf(2019, 7, 1)).Family().pkh_case.warned_months, 12);
  EXPECT_EQ(books.Days(DayOf(2020, 1, 1)).Family().pkh_case.warned_months, 6);
  EXPECT_EQ(books.Days(DayOf(2020, 6, 30)).Family().pkh_case.state, grad::CASE_STATE_FOLLOWED);
  const ExpectedFamily over = books.Days(DayOf(2020, 7, 1)).Family();
  EXPECT_EQ(over.pkh_case.state, grad::CASE_STATE_PROPOSED);
  EXPECT_EQ(over.pkh_case.kind, type::v1::GRADUATION_KIND_TIME_LIMIT);
  EXPECT_EQ(over.pkh_case.version, 5);
  EXPECT_EQ(over.notices[kTimeLimitWarned], 3);
}

TEST(Model, OneDayOrAllDaysAtOnceAreTheSame) {
  Books slow;
  Books fast;
  slow.InPkh();
  fast.InPkh();
  for (Day day = DayOf(2014, 7, 2); day <= DayOf(2020, 12, 31); ++day) slow.Days(day);
  fast.Days(DayOf(2020, 12, 31));
  EXPECT_EQ(slow.Family().version, fast.Family().version);
  EXPECT_EQ(slow.Family().pkh_case.version, fast.Family().pkh_case.version);
  EXPECT_EQ(slow.Family().components, fast.Family().components);
}

TEST(Model, NobodyEligibleIsProposedAndConfirmedAndEndsTheEnrolment) {
  Books books;
  books.InPkh();
  books.Report(books.Entry(Kind::kFamily, 0, books.House(DayOf(1992, 5, 1))));
  EXPECT_EQ(books.Family().pkh_case.kind, type::v1::GRADUATION_KIND_NATURAL);
  const ExpectedFamily left = books.Days(DayOf(2014, 8, 1)).Confirm().Family();
  EXPECT_EQ(left.pkh_case.state, grad::CASE_STATE_GRADUATED);
  EXPECT_EQ(left.pkh_case.version, 4) << "opened, proposed, confirmed, graduated";
  EXPECT_EQ(left.pkh_case.graduated_on, DayOf(2014, 8, 2));
  EXPECT_EQ(left.enrolments[1].ended_on, DayOf(2014, 8, 1));
  EXPECT_EQ(left.version, 6) << "registered, nominated, decided, changed, decision reported, ended";
  EXPECT_EQ(left.mentoring.place, Place::kWaits);
}

TEST(Model, ACaseOfMentoringMovesWithItsFamily) {
  Books books;
  books.InPkh();
  const auto grown = [&](uint64_t village) { return books.House(DayOf(1992, 5, 1), province::v1::SCHOOLING_NONE, village); };
  books.Report(books.Entry(Kind::kFamily, 0, grown(kVillage))).Days(DayOf(2014, 8, 1)).Confirm();
  EXPECT_EQ(books.Family().mentoring.moves, 0);
  books.Report(books.Entry(Kind::kFamily, 0, grown(kVillage + 1)));
  EXPECT_EQ(books.Family().mentoring.moves, 1);
  EXPECT_EQ(books.Family().mentoring.village, kVillage + 1);
}

TEST(Model, SomebodyEligibleAgainWithdrawsTheProposalAndARecommendationStands) {
  Books books;
  books.InPkh();
  books.Report(books.Entry(Kind::kFamily, 0, books.House(DayOf(1992, 5, 1))));
  EXPECT_EQ(books.Family().pkh_case.kind, type::v1::GRADUATION_KIND_NATURAL);
  books.Report(books.Entry(Kind::kRecommended)).Report(books.Entry(Kind::kFamily, 0, books.House(DayOf(2012, 5, 1))));
  const ExpectedFamily again = books.Family();
  EXPECT_EQ(again.pkh_case.kind, type::v1::GRADUATION_KIND_SELF_RELIANT);
  EXPECT_EQ(again.pkh_case.version, 4) << "opened, proposed, withdrawn, proposed";
  EXPECT_EQ(again.notices[kProposed], 2);
  EXPECT_EQ(again.notices[kWithdrawn], 1);
}

TEST(Model, WhoRecommendedMayNotDecide) {
  Books books;
  books.InPkh();
  const Record requested = books.Entry(Kind::kRequested);
  const Record recommended = books.Entry(Kind::kRecommended);
  const Record alone = books.Entry(Kind::kDecided);
  books.Report(requested).Report(recommended).Report(alone).Confirm();
  const Expected out = books.Out();
  EXPECT_EQ(out.outcomes[4].code, "same_officer");
  EXPECT_EQ(out.outcomes[5].status, province::v1::REPORT_STATUS_CHANGED);
  EXPECT_EQ(out.families[0].pkh_case.kind, type::v1::GRADUATION_KIND_SELF_RELIANT);
  EXPECT_EQ(out.families[0].version, 3 + 4 + 1);
}

TEST(Model, ARepeatOfAnyKindChangesNothing) {
  Books books;
  books.InPkh();
  books.Report(books.Entry(Kind::kRequested)).Report(books.Entry(Kind::kRecommended));
  books.Report(books.Entry(Kind::kDecided)).Confirm();  // who recommended may not decide
  const ExpectedFamily before = books.Family();
  const auto known = static_cast<uint32_t>(books.ledger.records.size());
  for (uint32_t i = 0; i < known; ++i) {
    Record repeat = books.ledger.records[i];
    repeat.fault = Fault::kRepeated;
    repeat.repeats = i;
    books.Report(repeat);
  }
  const Expected out = books.Out();
  for (uint32_t i = 0; i < known; ++i) {
    const bool refused = out.outcomes[i].status == province::v1::REPORT_STATUS_REJECTED;
    EXPECT_EQ(out.outcomes[known + i].status,
              refused ? province::v1::REPORT_STATUS_REJECTED : province::v1::REPORT_STATUS_UNCHANGED);
    EXPECT_EQ(out.outcomes[known + i].code, out.outcomes[i].code);
  }
  EXPECT_EQ(out.families[0].version, before.version);
  EXPECT_EQ(out.families[0].pkh_case.version, before.pkh_case.version);
}

TEST(Model, ADecisionOfBeforeTheProposalDecidesNothing) {
  Books books;
  books.InPkh().Days(DayOf(2020, 7, 1));  // six years are over
  Record early = books.Entry(Kind::kDecided);
  early.officer = 2;
  early.occurred_on = DayOf(2020, 6, 30);
  const Expected out = books.Report(early).Confirm().Out();
  EXPECT_EQ(out.outcomes[2].code, "decided_before_proposal");
  EXPECT_EQ(out.outcomes[2].field, "info.occurred_on");
  EXPECT_EQ(out.outcomes[3].status, province::v1::REPORT_STATUS_CHANGED);
}

TEST(Model, TheOldestTakeThePlacesAndInTheLastMonthAnybodyMay) {
  Books books(5);
  MouTerms mou;
  mou.capacity = 3;
  mou.signed_on = DayOf(2020, 2, 19);
  mou.areas = {kOffice};
  books.ledger.mous = {mou};
  for (uint32_t f = 0; f < 5; ++f) {
    books.InPkh(f).Report(books.Entry(Kind::kFamily, f, books.House(DayOf(1992, 5, 1))));
  }
  books.Days(DayOf(2014, 8, 1)).Confirm(4).Days(DayOf(2014, 9, 1)).Confirm(0).Days(DayOf(2020, 2, 19));
  books.ledger.steps.push_back({What::kMous, 0, 1, mou.signed_on, mou.signed_on});
  books.Days(DayOf(2020, 3, 1)).Confirm(1).Confirm(2).Confirm(3);
  const Expected out = books.Out();
  EXPECT_EQ(out.families[4].mentoring.place, Place::kTaken);
  EXPECT_TRUE(out.families[4].mentoring.queued);
  EXPECT_EQ(out.families[0].mentoring.place, Place::kTaken);
  // Each of the others was reported in a step of its own, so the first of them has the last place.
  EXPECT_EQ(out.families[1].mentoring.place, Place::kTaken);
  EXPECT_FALSE(out.families[1].mentoring.queued);
  EXPECT_EQ(out.families[2].mentoring.place, Place::kWaits);
  EXPECT_EQ(out.taken[0], 3);

  books.ledger.steps.resize(books.ledger.steps.size() - 3);  // the same three in one step
  const auto end = static_cast<uint32_t>(books.ledger.records.size());
  books.ledger.steps.push_back({What::kReports, end - 3, end, 0, 0});
  const Expected together = books.Out();
  for (int f : {1, 2, 3}) EXPECT_EQ(together.families[f].mentoring.place, Place::kEither);
  EXPECT_EQ(together.taken_of_either[0], 1);
}

}  // namespace
}  // namespace berdaya::simulation
