// The threads of the path: one polls and decodes, one runs transactions, one relays. Commands enter from any thread.
//
// Start returns at once; a broker that is not there yet is waited for. A fault that must not be retried (data lost, database older
// than the log, a defect) closes the consumer, turns status() into that fault and calls on_stopped: nothing is handled after it.
#ifndef BERDAYA_COMMON_FLOW_RUNNER_H_
#define BERDAYA_COMMON_FLOW_RUNNER_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/flow/engine.h"
#include "common/flow/relay.h"
#include "common/flow/service_spec.h"

namespace berdaya::flow {

struct RunnerOptions {
  std::string group;  // consumer group
  bus::BatchLimits limits;
  absl::Duration transaction_goal = absl::Milliseconds(250);  // batches shrink when a transaction takes longer
  absl::Duration max_poll_interval = absl::Minutes(5);        // of the consumer; retries end at half of it
  // How long the instance whose turn it is to relay may be silent before another takes it (lease.h). Zero where no other process
  // can have the database.
  absl::Duration lease_patience = absl::ZeroDuration();
  absl::Duration maintain_every = absl::Seconds(5);  // of the outbox; where there is a lease at least four times in its patience
  absl::Duration keep_outbox = absl::Hours(24);
  int64_t max_queued_commands = 10000;
  absl::Duration unready_after = absl::Seconds(5);  // of transactions that fail, one after the other
  std::function<void(absl::Status)> on_stopped = [](absl::Status) {};
  std::function<void(std::string_view warning)> warn = [](std::string_view) {};
  std::function<void()> beat = [] {};  // the transaction thread came by; at least every two and a half minutes while it lives
};

class Runner {
 public:
  // All arguments outlive the runner.
  Runner(const ServiceSpec& spec, bus::Bus& bus, store::Database& database, RunnerOptions options);
  ~Runner();

  absl::Status Start();

  // Finishes the transaction at hand, leaves the group, gives the relay until `deadline` to empty the outbox if it is our turn,
  // answers waiting commands with Unavailable. May be called twice.
  void Stop(absl::Time deadline);

  // Refuses the commands that wait, and all later ones, with Unavailable: before Stop, so that nobody waits for their answers.
  void CloseCommands();

  // Takes a command; it waits until the log has been compared with the database. Its `done` is called exactly once. Commands beyond
  // the queue's limit are answered ResourceExhausted at once, those whose deadline passes before they are decided DeadlineExceeded.
  void Submit(Command command);

  // What operators' commands on parked records go to. Unavailable until the log has been compared with the database.
  absl::StatusOr<Engine*> ForOperators();

  // OK while the path is alive.
  absl::Status status() const;
  // OK when partitions are assigned, or none are left for this instance, transactions succeed, no event is missing, and at most
  // `max_lag` records wait in the log or the outbox.
  absl::Status Ready(int64_t max_lag) const;
  const Engine& engine() const { return engine_; }
  int64_t lag() const { return lag_.load(); }
  int64_t backlog() const { return relay_ ? relay_->backlog() : 0; }

 private:
  void PollLoop();
  absl::Status PollUntilFault();
  void TransactionLoop();
  bool Maintain();  // true: there is more to erase
  void NoteProgress(const absl::Status& status);
  void WarnOfMissing();
  std::vector<Command> TakeExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ProcessWithRetries(Intake& intake, std::vector<Command>& commands);
  void RelayLoop();
  absl::Status RecoverRelay();
  absl::Status RelayStep(int64_t& term, absl::Time& looked);
  void PauseRelay(absl::Duration pause);
  void Fault(absl::Status status);
  bool Waits(absl::Duration pause);  // false when stopping
  void AdaptLimits(const Intake& intake, absl::Duration took);
  void RefuseCommands(std::vector<Command>& commands, const absl::Status& why);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !intakes_.empty() || (MayCommand() && !commands_.empty()) || sweep_;
  }
  // Until the log was seen the database may be older than it.
  bool MayCommand() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return recovered_; }
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || intakes_.size() < 2; }

  const ServiceSpec& spec_;
  bus::Bus& bus_;
  store::Database& database_;
  const RunnerOptions options_;
  Engine engine_;
  std::unique_ptr<Relay> relay_;

  mutable absl::Mutex mutex_;
  std::deque<Intake> intakes_ ABSL_GUARDED_BY(mutex_);
  std::deque<Command> commands_ ABSL_GUARDED_BY(mutex_);
  bool sweep_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool commands_closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time failing_since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();  // transactions
  absl::Status failing_ ABSL_GUARDED_BY(mutex_);
  bool missing_warned_ = false;  // of the transaction thread
  bool transactions_done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time relay_deadline_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool assigned_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> recovered_{false};
  std::atomic<bool> rejoin_{false};
  std::atomic<int64_t> lag_{-1};
  std::atomic<int64_t> max_records_;
  std::vector<std::thread> threads_;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_RUNNER_H_
