#include "services/registry/domain/components.h"

#include <algorithm>
#include <optional>

namespace berdaya::registry {
namespace {

using calendar::Day;

// The component of the school that a member attends, or none.
std::optional<Components::Kind> BySchool(province::v1::Schooling schooling) {
  switch (schooling) {
    case province::v1::SCHOOLING_PRIMARY:
      return Components::kPrimary;
    case province::v1::SCHOOLING_JUNIOR_SECONDARY:
      return Components::kJuniorSecondary;
    case province::v1::SCHOOLING_SENIOR_SECONDARY:
      return Components::kSeniorSecondary;
    default:
      return std::nullopt;
  }
}

// The component of a member by school and age, or none; pregnancy and disability count beside it. A small child that counts for no
// school counts as early childhood, whatever is said of its schooling.
std::optional<Components::Kind> ByAge(const MemberStanding& member, Day day, const v1::ComponentRules& rules) {
  const int age = AgeOn(member.birth_date, day);
  if (age < 0) return std::nullopt;
  if (age >= rules.elderly_first_age()) return Components::kElderly;
  const bool school_age = age >= rules.schooling_first_age() && age <= rules.schooling_last_age();
  const std::optional<Components::Kind> school = school_age ? BySchool(member.schooling) : std::nullopt;
  if (school.has_value()) return school;
  if (age <= rules.early_childhood_last_age()) return Components::kEarlyChildhood;
  if (!school_age || member.schooling == province::v1::SCHOOLING_FINISHED) return std::nullopt;
  return Components::kOutOfSchool;
}

}  // namespace

void Components::ToProto(type::v1::Components& out) const {
  out.set_pregnant(count[kPregnant]);
  out.set_early_childhood(count[kEarlyChildhood]);
  out.set_primary_school(count[kPrimary]);
  out.set_junior_secondary(count[kJuniorSecondary]);
  out.set_senior_secondary(count[kSeniorSecondary]);
  out.set_elderly(count[kElderly]);
  out.set_severe_disability(count[kSevereDisability]);
  out.set_out_of_school(count[kOutOfSchool]);
}

Components CountComponents(absl::Span<const MemberStanding> members, Day day, const v1::ComponentRules& rules) {
  Components components;
  for (const MemberStanding& member : members) {
    if (member.pregnant) ++components.count[Components::kPregnant];
    if (member.severe_disability) ++components.count[Components::kSevereDisability];
    if (const auto kind = ByAge(member, day, rules)) ++components.count[*kind];
  }
  return components;
}

Day NextChange(absl::Span<const MemberStanding> members, Day day, const v1::ComponentRules& rules) {
  Day next;
  for (const MemberStanding& member : members) {
    // 0: a birth may be reported before the registry's day has come to it.
    for (int age : {0, rules.early_childhood_last_age() + 1, rules.schooling_first_age(), rules.schooling_last_age() + 1,
                    rules.elderly_first_age()}) {
      // The birthday by AgeOn: 29 February is reached on 1 March of a common year.
      Day birthday = member.birth_date.AddYears(age);
      if (AgeOn(member.birth_date, birthday) < age) birthday = birthday + 1;
      if (birthday <= day || (!next.empty() && birthday >= next)) continue;
      if (ByAge(member, birthday - 1, rules) != ByAge(member, birthday, rules)) next = birthday;
    }
  }
  return next;
}

}  // namespace berdaya::registry
