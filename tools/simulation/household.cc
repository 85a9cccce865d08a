#include "tools/simulation/household.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"

namespace berdaya::simulation {
namespace {

using province::v1::Relation;
using province::v1::Schooling;
using province::v1::Sex;

constexpr uint64_t kDates = 1'000'000;
constexpr uint64_t kSerials = 10'000;
constexpr double kIssuedAtHome = 0.85;
constexpr double kWithoutNik = 0.02;
constexpr double kWithoutCard = 0.01;
constexpr int kElderlyAge = 60;
constexpr int kGrownAge = 17;
constexpr int kYearDays = 365;

constexpr std::array<const char*, 32> kGiven = {"Adi",   "Agus",    "Ani",     "Bayu",  "Budi", "Citra", "Dewi",  "Dian",
                                                "Eka",   "Endah",   "Fajar",   "Fitri", "Gita", "Hadi",  "Hana",  "Indah",
                                                "Joko",  "Kartini", "Lestari", "Made",  "Maya", "Nur",   "Putri", "Rahmat",
                                                "Ratna", "Rini",    "Sari",    "Siti",  "Tono", "Umar",  "Wahyu", "Yanti"};
constexpr std::array<const char*, 32> kLater = {"Abadi",   "Amalia",   "Anggraini", "Asmara",   "Basuki",   "Cahyani",  "Darma",
                                                "Fadilah", "Gunawan",  "Handayani", "Hartono",  "Hidayat",  "Iskandar", "Kurnia",
                                                "Kusuma",  "Laksana",  "Mulyani",   "Nugroho",  "Pertiwi",  "Prasetyo", "Purnama",
                                                "Rahayu",  "Ramadhan", "Santoso",   "Saputra",  "Setiawan", "Sudirman", "Suryani",
                                                "Utami",   "Wibowo",   "Wijaya",    "Wulandari"};

// Somebody who is `age` years old on `day`.
Day BornFor(int age, Day day, Random& random) {
  const Day latest = AddMonths(day, -12 * age);
  return latest - static_cast<Day>(random.Below(kYearDays - 1));
}

Schooling SchoolAt(int age) {
  if (age < 7) return province::v1::SCHOOLING_NONE;
  if (age < 13) return province::v1::SCHOOLING_PRIMARY;
  if (age < 16) return province::v1::SCHOOLING_JUNIOR_SECONDARY;
  return age < 19 ? province::v1::SCHOOLING_SENIOR_SECONDARY : province::v1::SCHOOLING_FINISHED;
}

// What the members of one family are made with.
struct Maker {
  uint64_t village;
  Day day;
  const Elsewhere* elsewhere;  // nullptr: everything is issued at home
  Numbers& numbers;
  Random& random;

  Member Person(int age, Sex sex, Relation relation) {
    Member member;
    member.birth = BornFor(age, day, random);
    member.sex = sex;
    member.relation = relation;
    member.name = static_cast<uint16_t>(random.Below(1 << 16));
    const bool at_home = elsewhere == nullptr || random.Chance(kIssuedAtHome);
    const uint64_t issued = at_home ? village : (*elsewhere)[random.Below(static_cast<uint32_t>(elsewhere->size()))];
    if (!random.Chance(kWithoutNik)) member.nik = numbers.Nik(issued, member.birth, sex == province::v1::SEX_FEMALE, random);
    return member;
  }
  Sex AnySex() { return random.Chance(0.5) ? province::v1::SEX_FEMALE : province::v1::SEX_MALE; }
};

void AddChildren(Maker& maker, Household& family) {
  const int children = maker.random.Between(1, 3);
  for (int i = 0; i < children; ++i) {
    // The first is young enough to be at school until the six and a half years of a simulation are over.
    const int age = maker.random.Between(0, i == 0 ? 11 : 17);
    Member child = maker.Person(age, maker.AnySex(), province::v1::RELATION_CHILD);
    child.schooling = SchoolAt(age);
    if (i > 0 && age >= 13 && maker.random.Chance(0.1)) child.schooling = province::v1::SCHOOLING_NONE;  // left school
    child.disabled = maker.random.Chance(0.01);
    family.members.push_back(child);
  }
}

}  // namespace

std::string NameOf(uint16_t name) {
  return absl::StrCat(kGiven[name % 32], " ", kLater[name / 32 % 32], " ",
                      std::string(1, static_cast<char>('A' + name / 1024 % 26)), ".");
}

uint64_t Numbers::Free(uint64_t stem, Random& random, absl::flat_hash_set<uint64_t>& used) {
  // Serials are given out from 1 upwards where they come from; a few random steps keep them apart across districts.
  for (uint64_t serial = 1 + random.Below(40);; serial = serial % (kSerials - 1) + 1) {
    const uint64_t number = stem * kSerials + serial;
    if (used.insert(number).second) return number;
  }
}

uint64_t Numbers::Nik(uint64_t village, Day birth, bool female, Random& random) {
  const Civil civil = CivilOf(birth);
  const auto date = static_cast<uint64_t>((civil.day + (female ? 40 : 0)) * 10'000 + civil.month * 100 + civil.year % 100);
  return Free(village / 10'000 * kDates + date, random, niks_);
}

uint64_t Numbers::Kk(uint64_t village, Day issued, Random& random) {
  const Civil civil = CivilOf(issued);
  const auto date = static_cast<uint64_t>(civil.day * 10'000 + civil.month * 100 + civil.year % 100);
  return Free(village / 10'000 * kDates + date, random, kks_);
}

Household NewHousehold(uint64_t village, Day day, Day horizon, const Elsewhere& elsewhere, Numbers& numbers, Random& random) {
  Maker maker{village, day, &elsewhere, numbers, random};
  Household family;
  family.village = village;
  const Day issued = day - static_cast<Day>(random.Below(5 * kYearDays)) - 1;
  if (!random.Chance(kWithoutCard)) family.kk = numbers.Kk(village, issued, random);

  // Adults stay below 60 until the end, so that nobody's birthday undoes a graduation.
  const int oldest = std::min(48, kElderlyAge - 2 - (horizon - day) / kYearDays);
  const bool couple = random.Chance(0.85);
  Member head =
      maker.Person(random.Between(24, oldest), couple || random.Chance(0.3) ? province::v1::SEX_MALE : province::v1::SEX_FEMALE,
                   province::v1::RELATION_HEAD);
  head.schooling = random.Chance(0.3) ? province::v1::SCHOOLING_FINISHED : province::v1::SCHOOLING_NONE;
  head.disabled = random.Chance(0.01);
  head.recipient = !couple;
  family.members.push_back(head);
  if (couple) {
    Member wife = maker.Person(random.Between(22, oldest), province::v1::SEX_FEMALE, province::v1::RELATION_SPOUSE);
    wife.schooling = random.Chance(0.3) ? province::v1::SCHOOLING_FINISHED : province::v1::SCHOOLING_NONE;
    wife.pregnant = random.Chance(0.05);
    wife.recipient = true;
    family.members.push_back(wife);
  }
  AddChildren(maker, family);
  if (random.Chance(0.15))
    family.members.push_back(maker.Person(random.Between(52, 75), maker.AnySex(), province::v1::RELATION_PARENT));
  return family;
}

Household Changed(const Household& before, Day day, Numbers& numbers, Random& random) {
  Household after = before;
  Maker maker{before.village, day, nullptr, numbers, random};
  const bool young = AgeOn(after.members[0].birth, day) < 42;
  if (young && random.Chance(0.5)) {
    Member baby = maker.Person(0, maker.AnySex(), province::v1::RELATION_CHILD);
    baby.schooling = province::v1::SCHOOLING_NONE;
    after.members.push_back(baby);
  } else {
    for (Member& member : after.members) {
      if (member.relation == province::v1::RELATION_CHILD) member.schooling = SchoolAt(AgeOn(member.birth, day));
    }
  }
  for (Member& member : after.members) member.pregnant = false;
  return after;
}

Household Moved(const Household& before, uint64_t village, Day day, Numbers& numbers, Random& random) {
  Household after = before;
  after.village = village;
  after.kk = numbers.Kk(village, day - 1, random);
  return after;
}

Household Grown(const Household& before, Day day, Day horizon) {
  Household after = before;
  std::erase_if(after.members, [&](const Member& member) {
    if (member.relation == province::v1::RELATION_HEAD || member.relation == province::v1::RELATION_SPOUSE) return false;
    const bool old = AgeOn(member.birth, horizon) >= kElderlyAge;
    return old || member.disabled || AgeOn(member.birth, day) < kGrownAge;
  });
  for (Member& member : after.members) {
    member.pregnant = false;
    member.disabled = false;
    if (member.relation == province::v1::RELATION_CHILD) member.schooling = province::v1::SCHOOLING_FINISHED;
  }
  return after;
}

}  // namespace berdaya::simulation
