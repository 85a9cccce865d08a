// The lives of all families, decided beforehand from the seed: when each is registered, changes, asks to leave or has outgrown PKH.
#ifndef BERDAYA_TOOLS_SIMULATION_PLAN_H_
#define BERDAYA_TOOLS_SIMULATION_PLAN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/simulation/days.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {

// Months count from July 2014.
inline constexpr int kMonths = 78;
inline constexpr int kNever = 255;
inline constexpr int kLimitMonths = 72;

constexpr Day FirstOf(int month) { return AddMonths(DayOf(2014, 7, 1), month); }

struct Life {
  uint8_t province = 0;      // code
  uint8_t registered = 0;    // month
  uint8_t changed = kNever;  // month of a report in between
  uint8_t leaves = kNever;   // month of the request, or of the report with nobody eligible
  bool moves = false;        // the report in between is from another village of the district
  bool pkh = false;          // nominated for it
  bool refused = false;      // by the ministry
  bool sembako = false;
  bool self_reliant = false;  // asks to leave; otherwise it outgrows PKH
  uint64_t village = 0;

  bool enrolled() const { return pkh && !refused; }
  // The month in which six years are over, for those still in PKH then.
  int limit() const {
    const int month = registered + kLimitMonths;
    return enrolled() && leaves == kNever && month < kMonths ? month : kNever;
  }
};

// Families are numbered province by province. Every province gets at least one; InvalidArgument if there are fewer families than
// provinces.
absl::StatusOr<std::vector<Life>> PlanLives(const Regions& regions, uint64_t seed, int families);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_PLAN_H_
