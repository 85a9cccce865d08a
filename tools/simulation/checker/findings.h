// What the checker finds: differences, counted by what they mean and told in words, up to a limit. Every finding is in one of the
// two counters, so that "lost=0 duplicated=0" says that everything was compared and nothing differs.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_FINDINGS_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_FINDINGS_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace berdaya::simulation {

class Findings {
 public:
  static constexpr size_t kTold = 20;

  // Things that the books have and the platform has not, or has otherwise, or that could not be compared: a record without its
  // final outcome, a figure that is not what a recount gives, a place that nobody got, a service that does not answer.
  void Lost(std::string what, int64_t things = 1) {
    lost_ += things;
    Tell(std::move(what));
  }
  // A family whose state in some service differs or could not be read; counted once, however many services and fields.
  void LostFamily(uint32_t family, std::string what) {
    if (families_.insert(family).second) Tell(std::move(what));
  }
  // What was asked for could not be read.
  void Unread(const absl::Status& status) {
    if (!status.ok()) Lost(std::string(status.message()));
  }
  // So many effects more than the ledger has.
  void Duplicated(int64_t effects, std::string what) {
    duplicated_ += effects;
    Tell(std::move(what));
  }

  int64_t lost() const { return lost_ + static_cast<int64_t>(families_.size()); }
  int64_t duplicated() const { return duplicated_; }
  bool clean() const { return lost() == 0 && duplicated_ == 0; }
  int64_t all() const { return told_in_all_; }
  // The first of them, in words.
  const std::vector<std::string>& told() const { return told_; }

 private:
  void Tell(std::string what) {
    if (++told_in_all_ <= static_cast<int64_t>(kTold)) told_.push_back(std::move(what));
  }

  int64_t lost_ = 0;
  int64_t duplicated_ = 0;
  int64_t told_in_all_ = 0;
  std::set<uint32_t> families_;
  std::vector<std::string> told_;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_FINDINGS_H_
