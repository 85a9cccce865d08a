// The path of one event, without threads: a batch of records and commands goes in, one transaction happens, segments for the relay
// come out. Read Try() in engine.cc from top to bottom.
//
// All public calls take the engine's lock; the runner's threads and a single-threaded simulation use it alike.
#ifndef BERDAYA_COMMON_FLOW_ENGINE_H_
#define BERDAYA_COMMON_FLOW_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"
#include "common/flow/guard.h"
#include "common/flow/inputs.h"
#include "common/flow/lease.h"
#include "common/flow/outbox.h"
#include "common/flow/parked.h"
#include "common/flow/relay.h"
#include "common/flow/replies.h"
#include "common/flow/service_spec.h"
#include "common/flow/tables.h"
#include "common/flow/view.h"
#include "common/store/store.h"

namespace berdaya::flow {

// A command that waits for its transaction. `done` is called once, after the commit or with the error, on the engine's thread.
struct Command {
  std::unique_ptr<google::protobuf::Message> request;
  Principal principal;
  std::string request_id;
  absl::Time deadline = absl::InfiniteFuture();  // nobody waits for the answer after it
  std::function<void(absl::StatusOr<std::unique_ptr<google::protobuf::Message>>)> done;
};

// One input on its way through a transaction.
struct Item {
  const bus::Record* record = nullptr;           // nullptr for commands
  const Handler* handler = nullptr;              // nullptr: nobody handles this type
  google::protobuf::Message* message = nullptr;  // on the intake's arena, or the command's request
  absl::Status decoded;
  Origin origin;
  Command* command = nullptr;
  bool is_day = false;
  bool unsequenced = false;  // a record of a facts topic that no service of ours can have written
};

bool IsDayType(std::string_view type);
absl::Status UnsequencedError();

// Records polled together and decoded, with the memory behind them. Made by the polling thread.
struct Intake {
  std::unique_ptr<bus::Batch> batch;
  std::unique_ptr<google::protobuf::Arena> arena;
  std::vector<Item> items;
  int64_t assignment = 0;  // which assignment it was polled under
};

// Who asked for a change of the quarantine, and why; kept in flow_operation.
struct Audit {
  std::string principal;
  std::string reason;
};

// What happened in transactions that were committed, for metrics and tests. Only ever added to, but for `missing`.
struct EngineStats {
  std::atomic<int64_t> transactions{0};
  std::atomic<int64_t> records{0};  // handled, repeats not counted
  std::atomic<int64_t> repeats{0};
  std::atomic<int64_t> early{0};    // dropped, because records before them are missing
  std::atomic<int64_t> missing{0};  // partitions in which records are missing now
  std::atomic<int64_t> ignored{0};  // facts of other services that nobody here handles
  std::atomic<int64_t> rejected{0};
  std::atomic<int64_t> quarantined{0};
  std::atomic<int64_t> waiting{0};
  std::atomic<int64_t> commands{0};
  std::atomic<int64_t> swept{0};
  std::atomic<int64_t> published{0};     // segments
  std::atomic<int64_t> conflicts{0};     // batches run again
  std::atomic<int64_t> read_through{0};  // keys no handler had named
};

class Engine final : public bus::AssignmentListener {
 public:
  using Now = std::function<absl::Time()>;
  using SegmentSink = std::function<void(std::vector<std::shared_ptr<const Segment>>)>;

  // The database is migrated. `sink` gets the segments of every committed transaction, in commit order, under the engine's lock.
  // `patience`: as in lease.h, zero where no other process can have the database.
  Engine(const ServiceSpec& spec, store::Database& database, Now now, SegmentSink sink,
         absl::Duration patience = absl::ZeroDuration(), Lease::Clock clock = &Lease::Steady);

  // Loads the epoch and the parked keys, and takes a row of the guard. Call once before anything else.
  absl::Status Open();
  int64_t epoch() const { return epoch_; }

  // Decodes a polled batch; needs no lock.
  Intake Decode(std::unique_ptr<bus::Batch> batch) const;

  // Handles the intake and the commands in one transaction. On an error nothing has happened and the same call may be made again;
  // Cancelled: the intake belongs to an assignment that is over. Internal may mean that the quarantine is full: then what came
  // before the record that does not fit has been handled, so that operators see all that they have to mend.
  absl::Status Process(Intake& intake, absl::Span<Command> commands);

  // A batch of this assignment is dropped without having been handled: what was polled after it may not be handled either.
  void GiveUp(int64_t assignment);

  // Rows that are due, or days to come, are waiting for the next Process, even an empty one.
  bool SweepPending() const { return sweep_pending_; }

  // Renews our turn to relay, or takes it where it is free. In our turn: writes how far the log is known to hold our records, and
  // erases segments older than `keep`, at most 1,000 a call; true if there are more.
  absl::StatusOr<bool> Maintain(const Cursors& cursors, absl::Duration keep);
  // Writes the cursors for the last time and leaves the turn to others.
  absl::Status Release(const Cursors& cursors);
  // The number of our turn to relay; 0 while it is not ours.
  int64_t term() const { return lease_.term(); }

  // Operators' commands on parked records. Every one is a transaction of its own. They work on any instance, whoever reads the
  // partitions, and while nothing is read, for one after the quarantine was full. NotFound: no such parked record. Discard,
  // FailedPrecondition: a fact that a service has published can only be repaired.
  absl::Status Repair(const bus::TopicPartition& partition, int64_t offset, std::string new_value, const Audit& audit = {});
  absl::Status Discard(const bus::TopicPartition& partition, int64_t offset, const Audit& audit = {});
  // Decides all parked records again, in order; returns how many left the quarantine. Where a day is among them, another instance
  // that reads the days is fenced, and rejoins.
  absl::StatusOr<int64_t> Replay(const Audit& audit = {});

  absl::StatusOr<std::vector<bus::Start>> OnAssigned(absl::Span<const bus::TopicPartition> partitions) override;
  void OnRevoked(absl::Span<const bus::TopicPartition> partitions, bool lost) override;

  std::vector<bus::Start> Progress() const;
  bool HasInputs() const { return has_inputs_; }
  // Partitions are assigned, or there are none for us.
  bool HasJoined() const { return joined_; }
  // Which events an input lacks, a sentence for operators; empty if none. They come again by themselves, as long as the service
  // that publishes them runs: what stands behind them in the log is dropped until then.
  std::string Missing() const;
  // Whether a batch polled under this assignment may still be handled.
  bool AssignedAs(int64_t assignment) const { return assignment == assignment_.load(); }
  const EngineStats& stats() const { return stats_; }
  int64_t parked() const;

 private:
  // A parked record as it is decided again. The row outlives it.
  struct ParkedItem {
    ParkedItem(Engine& engine, const ParkedRow& row);
    ParkedItem(const ParkedItem&) = delete;
    bus::TopicPartition from;
    bus::Record record;
    google::protobuf::Arena arena;
    Item item;
  };

  // `all`: it may change what all instances know (guard.h). If it turns out that it has to be and is not, Try fails and all_wanted_
  // says so.
  absl::Status Try(Intake& intake, absl::Span<Command> commands, bool all) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ReserveNumbers(int64_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MovesDays(const Intake& intake) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckHoldsAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Admit(Intake& intake, std::vector<Item*>& items) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Decide(Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Outcome> DecideMessage(Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DecideCommand(Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> AnswerTo(Item& item, const Command& command)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status OpenDay(Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RepublishDays() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RunSweeps() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Decides on rows of a partition that are due on its day; false if more may be due than this transaction takes.
  absl::StatusOr<bool> SweepDay(int32_t partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // These two do nothing if they fail: FailedPrecondition if a record would be too large, Internal for a defect.
  absl::Status Accept(Item& item, Outcome& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Apply(Outcome& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Reject(Item& item, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static ReportNames NamesOf(const Item& item);
  void Explain(province::v1::ReportOutcome& reply) const;
  absl::Status Park(Item& item, std::vector<uint64_t> keys, bool waiting, const absl::Status& why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReplyTo(const Item& item, province::v1::ReportStatus status, int64_t family_id, std::string_view code,
               std::string_view field) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<uint64_t> KeysOf(const Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DecodeItem(Item& item, google::protobuf::Arena* arena) const;
  absl::Status Start(store::Transaction& transaction, bool all) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Finish(store::Transaction& transaction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<bus::Start>> Take(absl::Span<const bus::TopicPartition> partitions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Shows what others may look at without the engine's lock.
  void ShowState() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Handles the records before `item` alone, and takes all others out of the intake.
  void HandleBefore(const Item& item, Intake& intake) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountStaged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Tend(const Cursors& cursors, absl::Duration keep, bool release, int64_t& left) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  calendar::Day DayOf(const Origin& origin) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs `work` in a transaction over parked rows, keeps what was done and by whom, and commits it. `days`: partitions of the day
  // topic that it may open days of.
  absl::Status InTransaction(OperationRow operation, const Audit& audit, const std::set<bus::TopicPartition>& days,
                             const std::function<absl::Status(store::Transaction&)>& work) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<bus::TopicPartition>> Borrow(store::Transaction& transaction, std::set<bus::TopicPartition> partitions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Keep(store::Transaction& transaction, OperationRow operation, const Audit& audit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<int64_t> ReplayRows(store::Transaction& transaction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Decides one of them again and applies what came out; the status says why it stays.
  absl::Status DecideAgain(Item& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Quarantine(ParkedRow row, const Item& item, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Trim(store::Transaction& transaction, const CursorRow& cursor, int64_t old_ms, int64_t& left)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EraseParked(const ParkedRow& row, absl::Span<const uint64_t> keys) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ServiceSpec& spec_;
  store::Database& database_;
  const Now now_;
  const SegmentSink sink_;
  int64_t epoch_ = 0;

  mutable absl::Mutex mutex_;
  Inputs inputs_ ABSL_GUARDED_BY(mutex_);
  Parked parked_ ABSL_GUARDED_BY(mutex_);
  View view_ ABSL_GUARDED_BY(mutex_);
  Outbox outbox_ ABSL_GUARDED_BY(mutex_);
  Replies replies_ ABSL_GUARDED_BY(mutex_);
  Guard guard_ ABSL_GUARDED_BY(mutex_);
  Lease lease_;
  bool holds_all_ ABSL_GUARDED_BY(mutex_) = false;
  bool all_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t guard_value_ ABSL_GUARDED_BY(mutex_) = 0;    // of the transaction
  int64_t parked_value_ ABSL_GUARDED_BY(mutex_) = -1;  // the one under which parked_ is what the database holds
  int64_t next_command_ ABSL_GUARDED_BY(mutex_) = 1;
  int64_t reserved_commands_ ABSL_GUARDED_BY(mutex_) = 0;  // the last number that is ours
  std::atomic<int64_t> assignment_{0};
  int64_t given_up_ ABSL_GUARDED_BY(mutex_) = -1;
  std::set<int32_t> sweeps_pending_ ABSL_GUARDED_BY(mutex_);  // partitions of the day topic
  std::set<int32_t> sweeps_staged_ ABSL_GUARDED_BY(mutex_);
  int64_t sweep_rows_left_ ABSL_GUARDED_BY(mutex_) = 0;  // of the transaction
  int days_left_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<bool> sweep_pending_{false};
  std::atomic<bool> has_inputs_{false};
  std::atomic<bool> joined_{false};
  mutable absl::Mutex missing_mutex_;
  std::string missing_ ABSL_GUARDED_BY(missing_mutex_);
  std::vector<std::pair<Command*, std::unique_ptr<google::protobuf::Message>>> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<Command*, absl::Status>> refusals_ ABSL_GUARDED_BY(mutex_);
  const Item* unfitting_ ABSL_GUARDED_BY(mutex_) = nullptr;  // found the quarantine full
  EngineStats stats_;
  EngineStats staged_stats_;  // of the transaction at hand
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_ENGINE_H_
