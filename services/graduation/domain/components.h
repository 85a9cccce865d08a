// A family's eligible members by PKH component, as the registry last counted them, before the caps.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_COMPONENTS_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_COMPONENTS_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "berdaya/type/v1/programme.pb.h"

namespace berdaya::graduation {

// Eight small numbers in one table cell. Specific personal data: never logged.
struct Components {
  static constexpr int kKinds = 8;
  static constexpr std::string_view kNames[kKinds] = {"pregnant",          "early_childhood",  "primary_school",
                                                      "junior_secondary",  "senior_secondary", "elderly",
                                                      "severe_disability", "out_of_school"};
  std::array<uint8_t, kKinds> count{};  // each 0 to 127

  static Components From(const type::v1::Components& c) {
    const auto small = [](int32_t n) { return static_cast<uint8_t>(std::clamp(n, 0, 127)); };
    return {{small(c.pregnant()), small(c.early_childhood()), small(c.primary_school()), small(c.junior_secondary()),
             small(c.senior_secondary()), small(c.elderly()), small(c.severe_disability()), small(c.out_of_school())}};
  }

  bool NobodyEligible() const { return *this == Components{}; }
  int Total() const {
    int total = 0;
    for (const uint8_t n : count) total += n;
    return total;
  }

  int64_t ToCell() const {
    int64_t cell = 0;
    for (int k = 0; k < kKinds; ++k) cell |= int64_t{count[k] & 0x7f} << (7 * k);
    return cell;
  }
  static Components FromCell(int64_t cell) {
    Components components;
    for (int k = 0; k < kKinds; ++k) components.count[k] = static_cast<uint8_t>(cell >> (7 * k) & 0x7f);
    return components;
  }
  friend bool operator==(const Components&, const Components&) = default;
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_COMPONENTS_H_
