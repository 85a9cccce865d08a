#include "tools/simulation/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <iostream>
#include <set>

#include "berdaya/province/v1/reports.pb.h"
#include "tools/simulation/checker/components.h"
#include "tools/simulation/message.h"
#include "tools/simulation/mous.h"

namespace berdaya::simulation {
namespace {

using ::testing::Each;
using ::testing::Ge;

constexpr int kFamilies = 2000;

uint64_t Seed() {
  const char* given = getenv("BERDAYA_SEED");
  return given != nullptr ? strtoull(given, nullptr, 10) : 7;
}

std::vector<MouTerms> TheMous() {
  const auto partners = LoadPartners("data/partners/universities_2020.textproto");
  EXPECT_TRUE(partners.ok()) << partners.status();
  return partners.ok() ? TermsOf(*partners) : std::vector<MouTerms>();
}

const Regions& TheRegions() {
  static const Regions* const kRegions = [] {
    auto regions = Regions::Load("data/regions/regions.tsv", FirstOf(0) - 62, FirstOf(kMonths) - 1);
    EXPECT_TRUE(regions.ok()) << regions.status();
    return new Regions(*std::move(regions));
  }();
  return *kRegions;
}

// All months on a platform on which everything goes well.
Ledger Play(uint64_t seed, int families) {
  Ledger ledger;
  auto workload = Workload::Make(TheRegions(), ledger, seed, families);
  EXPECT_TRUE(workload.ok()) << workload.status();
  std::vector<Proposal> read;
  for (int month = 0; month < kMonths; ++month) {
    workload->AddReports(month, read);
    for (uint32_t f = 0; f < ledger.families.size(); ++f) ledger.families[f].family_id = f + 1;
    workload->AddDecisions(month);
    read.clear();
    for (uint32_t f : workload->ProposalsDue(month)) read.push_back({f, int64_t{f} + 1000});
  }
  return ledger;
}

std::string BytesOf(const Ledger& ledger, uint32_t index) {
  Message message;
  BuildMessage(ledger, index, message);
  return std::string(message.type) + message.key + message.id + message.value;
}

std::string AllBytes(const Ledger& ledger) {
  std::string bytes;
  for (uint32_t i = 0; i < ledger.records.size(); ++i) bytes += BytesOf(ledger, i);
  return bytes;
}

bool HasForm(uint64_t number, bool nik) {
  int day = static_cast<int>(number / 100'000'000 % 100);
  const int month = static_cast<int>(number / 1'000'000 % 100);
  const int year = 2000 + static_cast<int>(number / 10'000 % 100);
  if (nik && day > 40) day -= 40;
  return number >= 1'100'000'000'000'000 && number < 10'000'000'000'000'000 && month >= 1 && month <= 12 && day >= 1 &&
         day <= (month == 2 ? 29 : DaysInMonth(year, month)) && number % 10'000 != 0;
}

TEST(Workload, TheSameSeedPlaysTheSameLivesToTheByte) {
  std::cout << "seed " << Seed() << "\n";
  const std::string first = AllBytes(Play(Seed(), kFamilies));
  EXPECT_EQ(first, AllBytes(Play(Seed(), kFamilies)));
  EXPECT_NE(first, AllBytes(Play(Seed() + 1, kFamilies)));
}

TEST(Workload, EachFaultIsAtLeastOnePercentOfTheMessages) {
  for (int families : {34, 300, kFamilies}) {
    const Ledger ledger = Play(Seed(), families);
    std::vector<int> count(kFaults);
    for (const Record& record : ledger.records) ++count[static_cast<int>(record.fault)];
    EXPECT_THAT(count, Each(Ge(static_cast<int>(ledger.records.size() / 100))))
        << families << " families, " << ledger.records.size();
  }
}

TEST(Workload, NumbersAreOfGoodFormAndNobodysTwice) {
  const Ledger ledger = Play(Seed(), kFamilies);
  std::map<uint64_t, uint32_t> owner;  // NIK to family
  int at_home = 0;
  int issued = 0;
  for (const Record& record : ledger.records) {
    if (record.kind != Kind::kFamily || record.fault != Fault::kNone) continue;
    const Household& household = ledger.households[record.household];
    if (household.kk != 0) {
      EXPECT_TRUE(HasForm(household.kk, false));
    }
    for (const Member& member : household.members) {
      if (member.nik == 0) continue;
      EXPECT_TRUE(HasForm(member.nik, true));
      const auto [known, fresh] = owner.try_emplace(member.nik, record.family);
      EXPECT_EQ(known->second, record.family);
      if (!fresh) continue;
      ++issued;
      at_home += member.nik / 10'000'000'000 == household.village / 10'000;
      EXPECT_LE(member.birth, record.occurred_on);
    }
  }
  EXPECT_NEAR(static_cast<double>(at_home) / issued, 0.85, 0.02);
}

TEST(Workload, AFamilyIsEligibleFromItsFirstReportUntilTheOneThatSaysOtherwise) {
  const Ledger ledger = Play(Seed(), kFamilies);
  std::vector<Life> lives = *PlanLives(TheRegions(), Seed(), kFamilies);
  for (const Record& record : ledger.records) {
    if (record.kind != Kind::kFamily || record.fault != Fault::kNone) continue;
    const Household& household = ledger.households[record.household];
    const Life& life = lives[record.family];
    const bool left = life.leaves != kNever && !life.self_reliant && record.occurred_on >= FirstOf(life.leaves) - 29;
    if (left && record.occurred_on < FirstOf(life.leaves)) {
      for (Day day = record.occurred_on; day < DayOf(2021, 1, 1); day += 30) ASSERT_TRUE(NobodyEligible(CountOn(household, day)));
    } else if (!left) {
      for (Day day = record.occurred_on; day < DayOf(2021, 1, 1); day += 30) ASSERT_FALSE(NobodyEligible(CountOn(household, day)));
    }
  }
}

TEST(Workload, FamiliesAreSpreadOverAllProvincesAndFifthsOfThemLeaveInTheEnd) {
  const std::vector<Life> lives = *PlanLives(TheRegions(), Seed(), 50'000);
  std::set<int> provinces;
  int enrolled_months = 0;
  int left = 0;
  int graduated = 0;
  int self_reliant = 0;
  for (const Life& life : lives) {
    provinces.insert(life.province);
    EXPECT_EQ(ProvinceOf(life.village), life.province);
    if (!life.enrolled()) continue;
    const int out = life.leaves != kNever ? life.leaves : life.limit() != kNever ? life.limit() : kMonths;
    enrolled_months += out - life.registered;
    left += life.leaves != kNever;
    // Who is proposed in the last month is decided after it.
    graduated += life.leaves < kMonths - 1 || life.limit() != kNever;
    self_reliant += life.leaves < kMonths - 1 && life.self_reliant;
  }
  EXPECT_EQ(provinces.size(), 34U);
  EXPECT_NEAR(12.0 * left / enrolled_months, 0.12, 0.01);
  EXPECT_NEAR(static_cast<double>(self_reliant) / graduated, 0.29, 0.01) << "of all graduates of the closing table";
}

TEST(Workload, TheMousNameRegionsThatExistAndEachHasFamiliesEnough) {
  const std::vector<Life> lives = *PlanLives(TheRegions(), Seed(), 100'000);
  for (const MouTerms& mou : TheMous()) {
    int graduates = 0;
    for (const Life& life : lives) {
      const bool inside =
          std::any_of(mou.areas.begin(), mou.areas.end(), [&](uint64_t area) { return Contains(area, life.village); });
      graduates += inside && life.leaves < 67;
    }
    for (uint64_t area : mou.areas) EXPECT_TRUE(TheRegions().Known(area));
    EXPECT_GE(graduates, mou.capacity) << mou.partner_name;
  }
}

TEST(Message, DamagedBytesAreNoMessage) {
  const Ledger ledger = Play(Seed(), kFamilies);
  Message message;
  for (uint32_t i = 0; i < ledger.records.size(); ++i) {
    BuildMessage(ledger, i, message);
    province::v1::FamilyReported report;
    if (ledger.records[i].kind != Kind::kFamily) continue;
    EXPECT_EQ(report.ParseFromString(message.value), ledger.records[i].fault != Fault::kUndecodable) << "record " << i;
  }
}

TEST(Message, BadNumbersAreBad) {
  for (uint64_t good : {uint64_t{3'201'010'101'900'001}, uint64_t{9'171'014'503'850'123}, uint64_t{0}}) {
    for (int kind = 0; kind < 4; ++kind) EXPECT_FALSE(HasForm(BadNumber(static_cast<BadNik>(kind), good), true)) << kind;
  }
}

TEST(Message, ARepeatIsTheSameToTheByte) {
  const Ledger ledger = Play(Seed(), kFamilies);
  std::set<Kind> kinds;
  for (uint32_t i = 0; i < ledger.records.size(); ++i) {
    if (ledger.records[i].fault != Fault::kRepeated) continue;
    kinds.insert(ledger.records[i].kind);
    EXPECT_EQ(BytesOf(ledger, i), BytesOf(ledger, ledger.records[i].repeats));
  }
  EXPECT_EQ(kinds.size(), 5U) << "reports of all kinds come again";
}

TEST(LedgerFile, GivesBackWhatWasWritten) {
  Ledger ledger = Play(Seed(), 100);
  ledger.mous = TheMous();
  ledger.seconds = 1.5;
  ledger.complete = true;
  ledger.steps = {{Step::What::kDays, 0, 0, 16'000, 16'031}, {Step::What::kReports, 0, 10, 0, 0}};
  ledger.mentorings = {{3, 77, 18'000, 1, true}};
  for (uint32_t i = 0; i < ledger.records.size(); ++i) ledger.records[i].offset = i;
  const std::string path = ::testing::TempDir() + "/ledger.txt";
  ASSERT_TRUE(Save(ledger, path).ok());
  const absl::StatusOr<Ledger> again = Load(path);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(AllBytes(*again), AllBytes(ledger));
  EXPECT_EQ(again->mous.back().areas, ledger.mous.back().areas);
  EXPECT_EQ(again->mous.back().mou_number, ledger.mous.back().mou_number);
  EXPECT_EQ(again->LastDay(), 16'031);
  EXPECT_EQ(again->decisions.size(), ledger.decisions.size());
  EXPECT_EQ(again->mentorings.front().case_id, 77);
  EXPECT_TRUE(again->complete);
  const std::string twice = ::testing::TempDir() + "/ledger-2.txt";
  ASSERT_TRUE(Save(*again, twice).ok());
  EXPECT_EQ(system(("cmp -s " + path + " " + twice).c_str()), 0);
}

}  // namespace
}  // namespace berdaya::simulation
