// What the checker saw and found, for the table, the closing line and programs.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_RESULT_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_RESULT_H_

#include <array>
#include <cstdint>
#include <map>

#include "tools/simulation/checker/findings.h"
#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

// One row of the table, as the platform answered it.
struct ProvinceRow {
  int64_t reported = 0;
  int64_t registered = 0;
  int64_t changed = 0;
  int64_t unchanged = 0;
  int64_t rejected = 0;
  int64_t quarantined = 0;
  int64_t pkh = 0;
  int64_t sembako = 0;
  int64_t natural = 0;
  int64_t self_reliant = 0;
  int64_t time_limit = 0;
  int64_t mentored = 0;  // taken by a partner, with or without a session yet
  int64_t waiting = 0;

  ProvinceRow& operator+=(const ProvinceRow& other) {
    reported += other.reported;
    registered += other.registered;
    changed += other.changed;
    unchanged += other.unchanged;
    rejected += other.rejected;
    quarantined += other.quarantined;
    pkh += other.pkh;
    sembako += other.sembako;
    natural += other.natural;
    self_reliant += other.self_reliant;
    time_limit += other.time_limit;
    mentored += other.mentored;
    waiting += other.waiting;
    return *this;
  }
  int64_t graduated() const { return natural + self_reliant + time_limit; }
};

struct Result {
  std::map<int, ProvinceRow> provinces;
  std::array<int64_t, kFaults> injected{};
  std::array<int64_t, kFaults> answered{};         // as that fault has to be answered
  std::vector<std::pair<std::string, int>> taken;  // by partner, in the ledger's order
  Findings findings;

  ProvinceRow Sum() const {
    ProvinceRow sum;
    for (const auto& [code, row] : provinces) sum += row;
    return sum;
  }
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_RESULT_H_
