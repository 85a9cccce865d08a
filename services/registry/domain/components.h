// Who in a family counts for PKH on a day, by component, before the caps.
//
// The ages are data (data/programmes/pkh_components.textproto) with their legal source; this file holds only the way to count.
#ifndef BERDAYA_SERVICES_REGISTRY_DOMAIN_COMPONENTS_H_
#define BERDAYA_SERVICES_REGISTRY_DOMAIN_COMPONENTS_H_

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/rules.pb.h"
#include "berdaya/type/v1/programme.pb.h"
#include "common/calendar/day.h"

namespace berdaya::registry {

// Eligible members by component, each 0 to 40. Eight small numbers in one table cell.
struct Components {
  enum Kind {
    kPregnant,
    kEarlyChildhood,
    kPrimary,
    kJuniorSecondary,
    kSeniorSecondary,
    kElderly,
    kSevereDisability,
    kOutOfSchool,
    kKinds
  };
  std::array<uint8_t, kKinds> count{};

  bool NobodyEligible() const { return *this == Components{}; }

  int64_t ToCell() const {
    int64_t cell = 0;
    for (int k = 0; k < kKinds; ++k) cell |= int64_t{count[k] & 0x7f} << (7 * k);
    return cell;
  }
  static Components FromCell(int64_t cell) {
    Components components;
    for (int k = 0; k < kKinds; ++k) components.count[k] = cell >> (7 * k) & 0x7f;
    return components;
  }
  void ToProto(type::v1::Components& out) const;
  friend bool operator==(const Components&, const Components&) = default;
};

// What counts of a member.
struct MemberStanding {
  calendar::Day birth_date;
  province::v1::Schooling schooling = province::v1::SCHOOLING_UNSPECIFIED;
  bool pregnant = false;
  bool severe_disability = false;
};

// The components of these members on a day.
Components CountComponents(absl::Span<const MemberStanding> members, calendar::Day day, const v1::ComponentRules& rules);

// The first day after `day` on which a birthday changes the components; none if none will.
calendar::Day NextChange(absl::Span<const MemberStanding> members, calendar::Day day, const v1::ComponentRules& rules);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_DOMAIN_COMPONENTS_H_
