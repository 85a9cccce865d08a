// What the dinas of the provinces and the ministry do in a month, as entries of the ledger. Deterministic: the same seed, number of
// families and proposals read give the same entries.
#ifndef BERDAYA_TOOLS_SIMULATION_WORKLOAD_H_
#define BERDAYA_TOOLS_SIMULATION_WORKLOAD_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/simulation/household.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/plan.h"
#include "tools/simulation/random.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {

// A proposal that a dinas has read in a notice.
struct Proposal {
  uint32_t family = 0;
  int64_t case_id = 0;
  friend auto operator<=>(const Proposal&, const Proposal&) = default;
};

class Workload {
 public:
  // Both outlive it.
  static absl::StatusOr<Workload> Make(const Regions& regions, Ledger& ledger, uint64_t seed, int families);

  // Appends the reports of a month: what happened in the month before, decisions on the proposals read, and the faults.
  void AddReports(int month, std::vector<Proposal> read);
  // Appends the ministry's decisions on the nominations of the month; to be called once the replies have named the families.
  void AddDecisions(int month);
  // Appends a first session for every case that a partner took.
  void AddSessions(int month, const std::vector<Proposal>& matched);
  // Appends the milestone of money kept apart for a third of the cases that have had a session.
  void AddMilestones(int month);

  // Families whose proposal has to be there when the month's days are over, if all before them were confirmed.
  std::vector<uint32_t> ProposalsDue(int month) const;
  const std::vector<Life>& lives() const { return lives_; }

 private:
  Workload(const Regions& regions, Ledger& ledger, uint64_t seed, std::vector<Life> lives);

  Record Report(Kind kind, uint32_t family);
  void ReportFamily(uint32_t family, Household household);
  void Register(uint32_t family);
  void Change(uint32_t family);
  void Leave(uint32_t family);
  void Decide(const Proposal& proposal);
  void Emit(Record record);
  void EmitFault(Fault fault, const Record& beside);
  void EmitRepeat(int province);
  uint64_t NeighbourOf(uint64_t village, Random& random) const;

  const Regions* regions_;
  Ledger* ledger_;
  std::vector<Life> lives_;
  std::vector<uint32_t> current_;  // by family: index of its household as last reported
  std::vector<Random> random_;     // by family
  Random faults_;
  Numbers numbers_;
  Elsewhere elsewhere_;
  std::map<int, std::vector<uint32_t>> repeatable_;  // by province: records that may come again
  std::array<double, kFaults> owed_{};               // of each fault; one is due when it reaches 1
  int month_ = 0;
  int64_t ticks_ = 0;  // reports made this month
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_WORKLOAD_H_
