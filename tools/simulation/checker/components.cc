#include "tools/simulation/checker/components.h"

namespace berdaya::simulation {
namespace {

enum { kPregnant, kEarlyChildhood, kPrimary, kJunior, kSenior, kElderly, kDisability, kOutOfSchool, kNothing };

constexpr int kElderlyAge = 60;
constexpr int kSchoolAge = 6;
constexpr int kLastSchoolAge = 21;
constexpr int kLastEarlyAge = 6;
constexpr int kAges[] = {kSchoolAge, kLastEarlyAge + 1, kLastSchoolAge + 1, kElderlyAge};

int ComponentOf(const Member& member, Day day) {
  const int age = AgeOn(member.birth, day);
  if (age >= kElderlyAge) return kElderly;
  if (age < 0 || age > kLastSchoolAge) return kNothing;
  if (age >= kSchoolAge) {
    if (member.schooling == province::v1::SCHOOLING_PRIMARY) return kPrimary;
    if (member.schooling == province::v1::SCHOOLING_JUNIOR_SECONDARY) return kJunior;
    if (member.schooling == province::v1::SCHOOLING_SENIOR_SECONDARY) return kSenior;
  }
  if (age <= kLastEarlyAge) return kEarlyChildhood;
  return member.schooling == province::v1::SCHOOLING_FINISHED ? kNothing : kOutOfSchool;
}

// The day on which somebody is `age` for the first time.
Day BirthdayOf(Day birth, int age) {
  const Day day = AddMonths(birth, 12 * age);
  return AgeOn(birth, day) < age ? day + 1 : day;
}

}  // namespace

Components CountOn(const Household& household, Day day) {
  Components count{};
  for (const Member& member : household.members) {
    const int component = ComponentOf(member, day);
    if (component != kNothing) ++count[component];
    if (member.pregnant) ++count[kPregnant];
    if (member.disabled) ++count[kDisability];
  }
  return count;
}

Day NextBirthday(const Household& household, Day day) {
  Day next = 0;
  for (const Member& member : household.members) {
    for (int age : kAges) {
      const Day birthday = BirthdayOf(member.birth, age);
      if (birthday > day && (next == 0 || birthday < next)) next = birthday;
    }
  }
  return next;
}

Components FromProto(const type::v1::Components& c) {
  return {c.pregnant(),         c.early_childhood(), c.primary_school(),    c.junior_secondary(),
          c.senior_secondary(), c.elderly(),         c.severe_disability(), c.out_of_school()};
}

}  // namespace berdaya::simulation
