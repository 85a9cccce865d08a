// What the checker finds: differences, counted by what they mean and told in words, up to a limit.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_FINDINGS_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_FINDINGS_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace berdaya::simulation {

class Findings {
 public:
  static constexpr size_t kTold = 20;

  // A record without exactly one final outcome, or with another one than it has to have.
  void LostRecord(std::string what) {
    ++records_;
    Tell(std::move(what));
  }
  // A family whose state in some service differs; counted once, however many services and fields.
  void LostFamily(uint32_t family, std::string what) {
    if (families_.insert(family).second) Tell(std::move(what));
  }
  // A figure that is not what a recount gives.
  void LostFigure(std::string what) {
    ++figures_;
    Tell(std::move(what));
  }
  // So many effects more than the ledger has.
  void Duplicated(int64_t effects, std::string what) {
    duplicated_ += effects;
    Tell(std::move(what));
  }
  // Something else that may not be, such as a fault that was not rejected as often as it was published.
  void Wrong(std::string what) {
    ++wrong_;
    Tell(std::move(what));
  }

  int64_t lost() const { return records_ + static_cast<int64_t>(families_.size()) + figures_; }
  int64_t duplicated() const { return duplicated_; }
  bool clean() const { return lost() == 0 && duplicated_ == 0 && wrong_ == 0; }
  int64_t all() const { return told_in_all_; }
  // The first of them, in words.
  const std::vector<std::string>& told() const { return told_; }

 private:
  void Tell(std::string what) {
    if (++told_in_all_ <= static_cast<int64_t>(kTold)) told_.push_back(std::move(what));
  }

  int64_t records_ = 0;
  int64_t figures_ = 0;
  int64_t duplicated_ = 0;
  int64_t wrong_ = 0;
  int64_t told_in_all_ = 0;
  std::set<uint32_t> families_;
  std::vector<std::string> told_;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_FINDINGS_H_
