#include "common/flow/runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/flow/test_points.h"

namespace berdaya::flow {
namespace {

constexpr absl::Duration kPollWait = absl::Milliseconds(100);
constexpr absl::Duration kLookEvery = absl::Milliseconds(50);
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr int64_t kLeastRecords = 64;
constexpr int64_t kCommandsATransaction = 2000;

bool MayPass(const absl::Status& status) { return FateOf(status, InputKind::kFact, /*from_decision=*/false) == Fate::kRetry; }

absl::Status StoppingError() { return absl::UnavailableError("the service is stopping or has stopped handling; try again later"); }
absl::Status ExpiredError() {
  return absl::DeadlineExceededError("the deadline passed before the command was decided; nothing happened");
}

absl::Duration MaintainEvery(const RunnerOptions& options) {
  if (options.lease_patience == absl::ZeroDuration()) return options.maintain_every;
  return std::min(options.maintain_every, options.lease_patience / 4);
}

absl::Duration Longer(absl::Duration pause) { return std::min(pause * 2, kLongestPause); }

}  // namespace

Runner::Runner(const ServiceSpec& spec, bus::Bus& bus, store::Database& database, RunnerOptions options)
    : spec_(spec),
      bus_(bus),
      database_(database),
      options_(std::move(options)),
      engine_(
          spec, database, &absl::Now,
          [this](std::vector<std::shared_ptr<const Segment>> segments) { relay_->Offer(std::move(segments)); },
          options_.lease_patience),
      max_records_(options_.limits.max_records) {}

Runner::~Runner() { Stop(absl::Now()); }

absl::Status Runner::Start() {
  if (absl::Status status = engine_.Open(); !status.ok()) return status;
  relay_ = std::make_unique<Relay>(bus_, database_, spec_.source(), engine_.epoch(), spec_.outputs);
  threads_.emplace_back([this] { TransactionLoop(); });
  threads_.emplace_back([this] { RelayLoop(); });
  threads_.emplace_back([this] { PollLoop(); });
  return absl::OkStatus();
}

void Runner::Stop(absl::Time deadline) {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    relay_deadline_ = deadline;
  }
  if (threads_.empty()) return;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  const absl::Status released = engine_.Release(relay_->KnownCursors());
  if (!released.ok()) options_.warn(absl::StrCat("the turn to relay was not given back: ", released.message()));
}

void Runner::CloseCommands() {
  std::deque<Command> waiting;
  {
    absl::MutexLock lock(&mutex_);
    commands_closed_ = true;
    waiting.swap(commands_);
  }
  for (Command& command : waiting) command.done(StoppingError());
}

absl::StatusOr<Engine*> Runner::ForOperators() {
  if (!recovered_) return absl::UnavailableError("the log has not been compared with the database yet; try again later");
  return &engine_;
}

void Runner::Submit(Command command) {
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (!status_.ok() || stopping_ || commands_closed_) {
      refusal = StoppingError();
    } else if (static_cast<int64_t>(commands_.size()) >= options_.max_queued_commands) {
      refusal = absl::ResourceExhaustedError("too many commands are waiting; try again later");
    } else {
      commands_.push_back(std::move(command));
      return;
    }
  }
  command.done(refusal);
}

absl::Status Runner::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

absl::Status Runner::Ready(int64_t max_lag) const {
  absl::MutexLock lock(&mutex_);
  if (!status_.ok()) return status_;
  if (!recovered_) return absl::UnavailableError("the broker has not been reached yet");
  if (!assigned_) return absl::UnavailableError("no partitions are assigned yet");
  if (absl::Now() - failing_since_ > options_.unready_after) {
    return absl::UnavailableError(absl::StrCat("transactions fail, the last one with: ", failing_.message()));
  }
  if (std::string missing = engine_.Missing(); !missing.empty()) return absl::DataLossError(missing);
  if (lag_ < 0) return absl::UnavailableError("how many records wait in the log is not known yet");
  if (lag_ > max_lag) return absl::UnavailableError(absl::StrCat("behind: ", lag_.load(), " records wait in the log"));
  if (backlog() > max_lag) return absl::UnavailableError(absl::StrCat("behind: ", backlog(), " records wait in the outbox"));
  return absl::OkStatus();
}

void Runner::Fault(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    if (!status_.ok() || stopping_) return;
    status_ = status;
  }
  options_.on_stopped(std::move(status));
}

bool Runner::Waits(absl::Duration pause) {
  absl::MutexLock lock(&mutex_);
  auto stop = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !status_.ok(); };
  return !mutex_.AwaitWithTimeout(absl::Condition(&stop), pause);
}

// --- Polling ---

void Runner::PollLoop() {
  absl::Duration pause = kFirstPause;
  while (!recovered_) {
    if (!Waits(kFirstPause)) return;
  }
  while (true) {
    const absl::Time began = absl::Now();
    absl::Status status = PollUntilFault();
    {
      absl::MutexLock lock(&mutex_);
      assigned_ = false;
      if (stopping_ || !status_.ok()) return;
    }
    if (!status.ok() && !MayPass(status) && !absl::IsCancelled(status)) return Fault(std::move(status));
    if (absl::Now() - began > absl::Minutes(1)) pause = kFirstPause;
    options_.warn(absl::StrCat("consumer closed, joining again: ", status.message()));
    if (!Waits(pause)) return;
    pause = Longer(pause);
  }
}

absl::Status Runner::PollUntilFault() {
  absl::StatusOr<std::unique_ptr<bus::Consumer>> consumer = bus_.Subscribe(options_.group, spec_.inputs, &engine_);
  if (!consumer.ok()) return consumer.status();
  rejoin_ = false;
  absl::Time reported = absl::Now();
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      auto room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return HasRoom(); };
      mutex_.AwaitWithTimeout(absl::Condition(&room), kPollWait);
      if (stopping_ || !status_.ok()) return absl::OkStatus();
      if (!HasRoom()) {
        if (rejoin_) return absl::UnavailableError("the database did not answer for too long");
        continue;
      }
    }
    bus::BatchLimits limits = options_.limits;
    limits.max_records = max_records_;
    absl::StatusOr<std::unique_ptr<bus::Batch>> batch = (*consumer)->Poll(kPollWait, limits);
    if (!batch.ok()) return batch.status();
    if (rejoin_) return absl::UnavailableError("a batch was given up");
    lag_ = (*consumer)->Lag();
    if (absl::Now() - reported > absl::Seconds(1)) {
      reported = absl::Now();
      (*consumer)->ReportProgress(engine_.Progress());
    }
    Intake intake;
    if (!(*batch)->records().empty()) {
      Hit(TestPoint::kAfterPoll);
      intake = engine_.Decode(*std::move(batch));
    }
    absl::MutexLock lock(&mutex_);
    assigned_ = engine_.HasJoined();
    sweep_ = sweep_ || engine_.SweepPending();
    if (intake.batch != nullptr) intakes_.push_back(std::move(intake));
  }
}

// --- Transactions ---

void Runner::TransactionLoop() {
  const absl::Duration maintain_every = MaintainEvery(options_);
  absl::Time maintained = absl::Now();
  while (true) {
    Intake intake;
    std::vector<Command> commands;
    std::vector<Command> expired;
    bool work = false;
    bool stop = false;
    {
      absl::MutexLock lock(&mutex_);
      auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return HasWork(); };
      mutex_.AwaitWithTimeout(absl::Condition(&has_work), std::min(maintain_every, absl::Milliseconds(500)));
      stop = stopping_ || !status_.ok();
      expired = TakeExpired();
      work = !stop && HasWork();
      if (work && !intakes_.empty()) {
        intake = std::move(intakes_.front());
        intakes_.pop_front();
      }
      while (!commands_.empty() && (stop || MayCommand()) &&
             (stop || static_cast<int64_t>(commands.size()) < kCommandsATransaction)) {
        commands.push_back(std::move(commands_.front()));
        commands_.pop_front();
      }
      sweep_ = false;
    }
    options_.beat();
    RefuseCommands(expired, ExpiredError());
    if (stop) {
      RefuseCommands(commands, StoppingError());
      absl::MutexLock lock(&mutex_);
      intakes_.clear();
      transactions_done_ = true;
      if (stopping_) return;
      continue;
    }
    if (work) {
      const absl::Time began = absl::Now();
      absl::Status status = ProcessWithRetries(intake, commands);
      if (status.ok()) AdaptLimits(intake, absl::Now() - began);
      if (!status.ok()) {
        RefuseCommands(commands, absl::UnavailableError("the command was not carried out; try again with the same request_id"));
        if (!absl::IsCancelled(status) && !MayPass(status)) Fault(std::move(status));
      } else if (engine_.SweepPending()) {
        absl::MutexLock lock(&mutex_);
        sweep_ = true;
      }
    }
    if (recovered_ && absl::Now() - maintained >= maintain_every && !Maintain()) maintained = absl::Now();
  }
}

bool Runner::Maintain() {
  const absl::StatusOr<bool> more = engine_.Maintain(relay_->KnownCursors(), options_.keep_outbox);
  NoteProgress(more.status());
  absl::Status status = more.status();
  if (status.ok()) status = database_.Maintain();
  if (!status.ok()) options_.warn(absl::StrCat("maintenance: ", status.message()));
  if (!status.ok() && !MayPass(status)) Fault(std::move(status));
  return more.ok() && *more;
}

void Runner::NoteProgress(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  failing_since_ = status.ok() ? absl::InfiniteFuture() : std::min(failing_since_, absl::Now());
  failing_ = status;
}

void Runner::WarnOfMissing() {
  const std::string missing = engine_.Missing();
  if (!missing.empty() && !missing_warned_) options_.warn(missing);
  missing_warned_ = !missing.empty();
}

std::vector<Command> Runner::TakeExpired() {
  const absl::Time now = absl::Now();
  std::vector<Command> expired;
  const auto late = [now](const Command& command) { return command.deadline <= now; };
  if (std::none_of(commands_.begin(), commands_.end(), late)) return expired;
  for (Command& command : std::exchange(commands_, {})) {
    if (late(command)) {
      expired.push_back(std::move(command));
    } else {
      commands_.push_back(std::move(command));
    }
  }
  return expired;
}

absl::Status Runner::ProcessWithRetries(Intake& intake, std::vector<Command>& commands) {
  absl::Duration pause = kFirstPause;
  const absl::Time give_up = absl::Now() + options_.max_poll_interval / 2;
  while (true) {
    std::vector<Command> expired;
    {
      absl::MutexLock lock(&mutex_);  // those that came since wait behind this transaction
      expired = TakeExpired();
    }
    RefuseCommands(expired, ExpiredError());
    std::erase_if(commands, [now = absl::Now()](Command& command) {
      if (command.deadline > now) return false;
      command.done(ExpiredError());
      return true;
    });
    absl::Status status = engine_.Process(intake, absl::MakeSpan(commands));
    if (absl::IsCancelled(status) && intake.batch != nullptr) {
      rejoin_ = engine_.AssignedAs(intake.assignment);  // fenced within the assignment: the group does not know yet
      intake = Intake();                                // the records come again; the commands still stand
      continue;
    }
    NoteProgress(status);
    if (status.ok()) WarnOfMissing();
    if (status.ok() || !MayPass(status)) return status;
    bool closed = false;
    {
      absl::MutexLock lock(&mutex_);
      closed = commands_closed_;
    }
    if (closed) {
      RefuseCommands(commands, StoppingError());
      commands.clear();
    }
    if (absl::Now() > give_up) {
      if (intake.batch != nullptr) engine_.GiveUp(intake.assignment);
      rejoin_ = true;
      return status;
    }
    options_.warn(absl::StrCat("transaction failed, trying again: ", status.message()));
    options_.beat();
    if (!Waits(pause)) return status;
    pause = Longer(pause);
  }
}

void Runner::AdaptLimits(const Intake& intake, absl::Duration took) {
  const auto records = static_cast<int64_t>(intake.items.size());
  if (records < kLeastRecords) return;
  const double fitting = static_cast<double>(records) * absl::FDivDuration(options_.transaction_goal, took);
  max_records_ = std::clamp(static_cast<int64_t>(fitting), kLeastRecords, options_.limits.max_records);
}

void Runner::RefuseCommands(std::vector<Command>& commands, const absl::Status& why) {
  for (Command& command : commands) command.done(why);
}

// --- Relay ---

absl::Status Runner::RecoverRelay() {
  absl::Duration pause = kFirstPause;
  while (true) {
    absl::Status status = bus_.CheckTopics(spec_.topics);
    if (status.ok()) status = relay_->Compare();
    if (status.ok() || (!MayPass(status) && !absl::IsNotFound(status))) return status;
    options_.warn(absl::StrCat("waiting for the broker: ", status.message()));
    if (!Waits(pause)) return absl::CancelledError("stopping");
    pause = Longer(pause);
  }
}

// A stop cuts the pause short, once: then the relay tries until its deadline.
void Runner::PauseRelay(absl::Duration pause) {
  absl::MutexLock lock(&mutex_);
  const bool stopping = stopping_;
  auto changed = [this, stopping]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ != stopping; };
  const absl::Time over = absl::Now() + pause;
  mutex_.AwaitWithDeadline(absl::Condition(&changed), stopping ? std::min(over, relay_deadline_) : over);
}

void Runner::RelayLoop() {
  absl::Status status = RecoverRelay();
  if (!status.ok()) {
    if (!absl::IsCancelled(status)) Fault(std::move(status));
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    recovered_ = true;
  }
  Maintain();  // it may be our turn
  int64_t term = 0;
  absl::Time looked = absl::InfinitePast();
  absl::Time maintained = absl::Now();
  absl::Duration pause = kFirstPause;
  while (true) {
    bool renew = false;
    {
      absl::MutexLock lock(&mutex_);
      if (!status_.ok() && stopping_) return;
      if (stopping_ && (absl::Now() >= relay_deadline_ || (transactions_done_ && relay_->backlog() == 0))) return;
      renew = transactions_done_ && absl::Now() - maintained >= MaintainEvery(options_);  // else the transaction thread does
    }
    if (renew) {
      Maintain();
      maintained = absl::Now();
    }
    status = RelayStep(term, looked);
    if (status.ok()) {
      pause = kFirstPause;
      continue;
    }
    if (!MayPass(status)) return Fault(std::move(status));
    options_.warn(absl::StrCat("relay: ", status.message()));
    PauseRelay(pause);
    pause = Longer(pause);
  }
}

// A step, if it is our turn. `term`: of the turn that the relay has begun; `looked`: when for what others have committed.
absl::Status Runner::RelayStep(int64_t& term, absl::Time& looked) {
  const int64_t ours = engine_.term();
  if (ours == 0) {
    if (std::exchange(term, 0) != 0) relay_->Rest();
    PauseRelay(kPollWait);
    return absl::OkStatus();
  }
  if (ours != term) {
    term = 0;
    if (absl::Status status = relay_->Lead(ours); !status.ok()) return status;
    term = ours;
  }
  const bool shared = options_.lease_patience > absl::ZeroDuration();
  if (shared && absl::Now() - looked >= kLookEvery) {
    if (absl::Status status = relay_->LookForOthers(); !status.ok()) return status;
    looked = absl::Now();
  }
  absl::Status status = relay_->Step(absl::Milliseconds(20));
  if (status.ok() && relay_->backlog() == 0) relay_->AwaitOffers(shared ? kLookEvery : kPollWait);
  return status;
}

}  // namespace berdaya::flow
