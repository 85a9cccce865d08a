// The four services as their programs wire them, on a small table of regions.
#ifndef BERDAYA_TESTS_SIMULATION_SERVICES_H_
#define BERDAYA_TESTS_SIMULATION_SERVICES_H_

#include <array>
#include <cstdint>
#include <vector>

#include "common/flow/service_spec.h"
#include "common/store/store.h"

namespace berdaya::simulation {

enum Service { kRegistry, kGraduation, kMentoring, kReporting };
inline constexpr int kServices = 4;
inline constexpr std::array<const char*, kServices> kServiceNames = {"registry", "graduation", "mentoring", "reporting"};

inline constexpr std::array<int, 3> kProvinces = {33, 34, 73};
// Villages of a province; the first two in one district, the third in another of the regency, the fourth in another regency.
std::vector<uint64_t> VillagesOf(int province);
inline uint64_t RegencyOf(uint64_t village) { return village / 1'000'000 * 1'000'000; }

flow::ServiceSpec Wire(Service service);

// The service's own tables and the path's.
store::Schema SchemaOf(Service service);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_SERVICES_H_
