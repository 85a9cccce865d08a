// The people around the platform: they publish, read replies, notices and facts, and act on what they have read.
#ifndef BERDAYA_TESTS_SIMULATION_OFFICIALS_H_
#define BERDAYA_TESTS_SIMULATION_OFFICIALS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "berdaya/province/v1/replies.pb.h"
#include "tests/simulation/platform.h"
#include "tests/simulation/scenario.h"

namespace berdaya::simulation {

using FamilyName = std::pair<int, std::string>;  // province, local_family_ref

class Officials {
 public:
  explicit Officials(Platform& platform) : platform_(platform) {}

  // Does what is intended; false if something has to be read first that is not there yet.
  bool Do(const Intent& intent);
  // Reads what has come since.
  void Read();

  // By province and offset, everything that was replied; repeats of a relay do not count.
  const std::map<std::pair<int, int64_t>, std::vector<province::v1::ReportStatus>>& replies() const { return replies_; }
  // Records that a province may publish but that must change nothing, by province and offset.
  const std::set<std::pair<int, int64_t>>& must_be_rejected() const { return must_be_rejected_; }

 private:
  template <class F>
  void ReadTopic(const bus::TopicPartition& from, F take);
  void ReadNotice(int province, const bus::StoredRecord& record);
  void Publish(const Intent& intent);
  void OpenDay(calendar::Day day);
  bool Enrol(const Intent& intent);
  void Decide(const Intent& intent);
  void Confirm(const Intent& intent);
  void Register(const Intent& intent);
  void Mentor(const Intent& intent);
  bool Intrude(const Intent& intent);
  template <class M>
  void Ask(Service service, const std::string& id, M message, bool insists = true);

  Platform& platform_;
  struct ReadSoFar {
    size_t records = 0;
    std::map<std::string, int64_t> sequence;  // by source
  };
  std::map<bus::TopicPartition, ReadSoFar> read_;
  std::map<std::pair<int, int64_t>, std::vector<province::v1::ReportStatus>> replies_;
  std::set<std::pair<int, int64_t>> must_be_rejected_;
  std::map<FamilyName, int64_t> family_ids_;
  std::set<FamilyName> nominated_;
  struct Proposal {
    int64_t case_id = 0;
    uint64_t regency = 0;
  };
  std::map<FamilyName, Proposal> proposals_;  // open, as far as read
  std::map<int64_t, int64_t> matched_;        // family_id to the case that a partner has taken
  std::map<int32_t, int64_t> archived_;       // by partition: last sequence of the other publisher
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_OFFICIALS_H_
