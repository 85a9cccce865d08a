// Plays the years: publishes, waits for the answers, enrols, opens days, reads notices, month after month.
#ifndef BERDAYA_TOOLS_SIMULATION_DRIVER_H_
#define BERDAYA_TOOLS_SIMULATION_DRIVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/simulation/inbox.h"
#include "tools/simulation/kafka.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/ministry.h"
#include "tools/simulation/regions.h"
#include "tools/simulation/workload.h"

namespace berdaya::simulation {

struct DriverOptions {
  Endpoints endpoints;
  uint64_t seed = 1;
  int families = 100'000;
  int months = kMonths;                           // fewer for a short run
  absl::Duration patience = absl::Seconds(60);    // without any sign of life before what is awaited counts as lost
  std::function<void(const std::string&)> say;    // progress, a line
  std::function<void(const std::string&)> trace;  // each phase of each month, a line; may be empty
};

class Driver {
 public:
  // All arguments outlive it.
  Driver(const Regions& regions, const enterprise_mentoring::v1::PartnerFile& partners, const DriverOptions& options,
         Ledger& ledger)
      : regions_(regions), partners_(partners), options_(options), ledger_(ledger) {}

  // OK if the workload came to its end. What was done is in the ledger in any case.
  absl::Status Run();

 private:
  absl::Status Connect();
  absl::Status CheckThatNothingIsThere();
  absl::Status Month(int month);
  absl::Status Report(int month);
  absl::Status Enrol(int month);
  absl::Status OpenDays(Day last);
  absl::Status CloseMonth(int month);
  absl::Status Mentor(int month);
  absl::Status Publish(uint32_t begin, uint32_t end);
  absl::Status AwaitReplies();
  absl::Status AwaitConfirmed();
  // Waits for `enough`, telling how it goes; DeadlineExceeded when nothing at all has come for the patience.
  absl::Status Await(const std::string& what, const std::function<bool(const Seen&)>& enough);
  void Tell();
  void Trace(int month, const char* phase);

  const Regions& regions_;
  const enterprise_mentoring::v1::PartnerFile& partners_;
  const DriverOptions& options_;
  Ledger& ledger_;
  std::unique_ptr<Workload> workload_;
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Ministry> ministry_;
  Day opened_ = 0;
  int64_t delivered_ = 0;
  int64_t failed_ = 0;
  int64_t registered_ = 0;
  int64_t decided_ = 0;        // reports of decisions published so far
  int64_t proposals_due_ = 0;  // so far
  absl::Time began_;
  absl::Time told_;
  int64_t told_messages_ = 0;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_DRIVER_H_
