// What comes back: replies and notices of all provinces, and how far the platform has come with days, endings and mentoring cases.
#ifndef BERDAYA_TOOLS_SIMULATION_INBOX_H_
#define BERDAYA_TOOLS_SIMULATION_INBOX_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tools/simulation/days.h"
#include "tools/simulation/kafka.h"
#include "tools/simulation/workload.h"

namespace berdaya::simulation {

// Counts since the start.
struct Seen {
  int64_t finals = 0;                       // records with a final outcome
  int64_t interims = 0;                     // quarantined or waiting
  int64_t proposals = 0;                    // notices GraduationProposed
  int64_t confirmed = 0;                    // notices GraduationConfirmed
  int64_t ended = 0;                        // facts EnrolmentEnded
  int64_t opened = 0;                       // facts CaseOpened of enterprise mentoring
  int64_t arrivals = 0;                     // records of any kind
  std::array<Day, kFactPartitions> days{};  // opened, by partition of the registry's facts
};

class Inbox {
 public:
  // Reads from the beginning of the topics, on a thread of its own, until destroyed.
  static absl::StatusOr<std::unique_ptr<Inbox>> Open(const std::string& brokers, const std::vector<int>& provinces,
                                                     size_t families);
  ~Inbox();

  // Waits until `enough` holds or the time is over; says whether it held. An error of the reading thread is returned at once.
  absl::StatusOr<bool> Await(const std::function<bool(const Seen&)>& enough, absl::Duration at_most);
  Seen seen();

  // By family, as replied; 0: not registered.
  std::vector<int64_t> FamilyIds();
  // Proposals read since the last call.
  std::vector<Proposal> TakeProposals();

 private:
  Inbox() = default;
  void Read();
  void Take(const Arrived& arrived) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeReplies(int province, std::string_view value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeNotice(const Arrived& arrived) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::unique_ptr<Reader> reader_;
  std::vector<int> province_of_;  // by topic index; 0: facts
  std::thread thread_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  Seen seen_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> family_ids_ ABSL_GUARDED_BY(mutex_);
  std::vector<Proposal> proposals_ ABSL_GUARDED_BY(mutex_);
  std::map<int, std::vector<bool>> final_ ABSL_GUARDED_BY(mutex_);  // by province and offset
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_INBOX_H_
