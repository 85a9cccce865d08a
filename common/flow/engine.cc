#include "common/flow/engine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "common/bus/topics.h"
#include "common/flow/numbers.h"
#include "common/flow/stable_hash.h"
#include "common/flow/tables.h"
#include "common/flow/test_points.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

constexpr int kConflictTries = 5;
constexpr int64_t kSweepRows = 8000;   // a transaction: about a quarter of a second
constexpr size_t kMaxNameBytes = 256;  // of what a sender names its reports by
constexpr int kDaysATransaction = 366;
constexpr int64_t kCommandBlock = 256;
constexpr std::atomic<int64_t> EngineStats::*kCounted[] = {
    &EngineStats::records,     &EngineStats::repeats, &EngineStats::early,    &EngineStats::ignored, &EngineStats::rejected,
    &EngineStats::quarantined, &EngineStats::waiting, &EngineStats::commands, &EngineStats::swept,
};

}  // namespace

absl::Status UnsequencedError() {
  return Invalid("unsequenced", "ce_sequence",
                 "a record of this topic has the ce_source of the service that owns it, ce_epoch and ce_sequence");
}

Engine::Engine(const ServiceSpec& spec, store::Database& database, Now now, SegmentSink sink, absl::Duration patience,
               Lease::Clock clock)
    : spec_(spec),
      database_(database),
      now_(std::move(now)),
      sink_(std::move(sink)),
      view_(spec.env),
      outbox_(spec.facts_topic, spec.dead_letters_topic),
      lease_(patience, std::move(clock)) {}

absl::Status Engine::Open() {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::optional<NumberRow>> epoch = store::Get<NumberRow>(**reader, "epoch");
  if (!epoch.ok()) return epoch.status();
  epoch_ = epoch->has_value() ? (*epoch)->value : 0;
  if (absl::Status status = parked_.Load(**reader); !status.ok()) return status;
  reader->reset();
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  if (absl::Status status = guard_.Join(**transaction); !status.ok()) return status;
  return (*transaction)->Commit();
}

Intake Engine::Decode(std::unique_ptr<bus::Batch> batch) const {
  Intake intake;
  intake.assignment = assignment_.load();
  google::protobuf::ArenaOptions options;
  options.start_block_size = 64 << 10;
  options.max_block_size = 1 << 20;
  intake.arena = std::make_unique<google::protobuf::Arena>(options);
  intake.items.reserve(batch->records().size());
  for (const bus::Record& record : batch->records()) {
    Item& item = intake.items.emplace_back();
    item.record = &record;
    item.is_day = record.from->topic == spec_.day_topic && IsDayType(record.headers.type);
    if (!item.is_day) item.handler = spec_.handlers.Find(record.headers.type);
    DecodeItem(item, intake.arena.get());
  }
  intake.batch = std::move(batch);
  return intake;
}

void Engine::DecodeItem(Item& item, google::protobuf::Arena* arena) const {
  if (item.is_day) {
    item.message = google::protobuf::Arena::CreateMessage<calendar::v1::DayOpened>(arena);
  } else if (item.handler != nullptr) {
    item.message = item.handler->create(arena);
  } else {
    return;
  }
  const std::string_view value = item.record->value;
  if (!item.message->ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    item.decoded = Invalid("undecodable", "", "the value is not the protobuf message that ce_type names");
  }
}

absl::Status Engine::Process(Intake& intake, absl::Span<Command> commands) {
  absl::MutexLock lock(&mutex_);
  if (intake.batch != nullptr && intake.assignment != assignment_.load()) {
    return absl::CancelledError("the partitions were assigned anew since this batch was polled");
  }
  if (intake.batch != nullptr && intake.assignment <= given_up_) {
    return absl::CancelledError("a batch before this one was given up");
  }
  const auto numbers = static_cast<int64_t>(commands.size());
  if (absl::Status status = ReserveNumbers(numbers); !status.ok()) return status;
  bool all = MovesDays(intake);
  for (int i = 1;; ++i) {
    absl::Status status = Try(intake, commands, all);
    if (status.ok()) next_command_ += numbers;
    if (status.ok()) return status;
    Forget();
    if (unfitting_ != nullptr) {
      HandleBefore(*std::exchange(unfitting_, nullptr), intake);
      return status;
    }
    if (std::exchange(all_wanted_, false)) {
      all = true;
      continue;
    }
    if (!absl::IsAborted(status)) next_command_ += numbers;  // it may have been committed all the same
    if (!absl::IsAborted(status) || i == kConflictTries) return status;
    ++stats_.conflicts;
  }
}

// Numbers of commands come in blocks, each taken in a transaction of its own: else those of all instances would wait for each
// other.
absl::Status Engine::ReserveNumbers(int64_t count) {
  if (next_command_ + count - 1 <= reserved_commands_) return absl::OkStatus();
  const int64_t block = std::max(count, kCommandBlock);
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  absl::StatusOr<int64_t> last = AddToNumber(**transaction, "command", block);
  if (!last.ok()) return last.status();
  if (absl::Status status = (*transaction)->Commit(); !status.ok()) return status;
  next_command_ = *last - block + 1;
  reserved_commands_ = *last;
  return absl::OkStatus();
}

// Whether it will, as far as can be seen before.
bool Engine::MovesDays(const Intake& intake) const {
  if (inputs_.LastDayOf({spec_.day_topic, 0}) > inputs_.DayOf({spec_.day_topic, 0})) return true;
  return std::any_of(intake.items.begin(), intake.items.end(), [](const Item& item) { return item.is_day; });
}

absl::Status Engine::CheckHoldsAll() {
  if (holds_all_) return absl::OkStatus();
  all_wanted_ = true;
  return absl::AbortedError("it changes what all instances know");
}

void Engine::HandleBefore(const Item& item, Intake& intake) {
  const auto first = intake.items.begin() + (&item - intake.items.data());
  intake.items.erase(first, intake.items.end());
  // If it fails the reason to stop stays the same, and the next start does it again.
  if (!intake.items.empty() && !Try(intake, {}, /*all=*/true).ok()) Forget();
}

// The path of one event. What happens to a batch, in order.
absl::Status Engine::Try(Intake& intake, absl::Span<Command> commands, bool all) {
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  if (absl::Status status = Start(**transaction, all); !status.ok()) return status;

  std::vector<Item*> items;
  items.reserve(intake.items.size() + commands.size());
  std::vector<Item> command_items(commands.size());
  for (size_t i = 0; i < commands.size(); ++i) command_items[i].command = &commands[i];
  if (absl::Status status = Admit(intake, items); !status.ok()) return status;
  for (size_t i = 0; i < commands.size(); ++i) {
    Item& item = command_items[i];
    item.message = commands[i].request.get();
    item.handler = spec_.handlers.Find(item.message->GetDescriptor()->full_name());
    item.origin = {.kind = InputKind::kCommand, .position = Position::OfCommand(next_command_ + static_cast<int64_t>(i))};
    item.origin.principal = &commands[i].principal;
    item.origin.request_id = commands[i].request_id;
    items.push_back(&item);
  }

  KeySet keys(view_);
  for (Item* item : items) {
    if (item->command != nullptr) keys.Want<CommandRow>({item->command->principal.name, item->command->request_id});
    if (item->handler != nullptr && item->decoded.ok()) item->handler->prefetch(*item->message, item->origin, keys);
  }
  if (absl::Status status = view_.Load(); !status.ok()) return status;

  for (Item* item : items) {
    if (absl::Status status = Decide(*item); !status.ok()) return status;
  }
  Hit(TestPoint::kAfterDecide);
  if (absl::Status status = RunSweeps(); !status.ok()) return status;
  return Finish(**transaction);
}

absl::Status Engine::Start(store::Transaction& transaction, bool all) {
  absl::StatusOr<int64_t> guard = guard_.Lock(transaction, all);
  if (!guard.ok()) return guard.status();
  holds_all_ = all;
  guard_value_ = *guard;
  const int64_t before = all ? *guard - 1 : *guard;
  if (before != parked_value_) {  // another instance has changed the quarantine, or a day
    if (absl::Status status = parked_.Load(transaction); !status.ok()) return status;
    parked_value_ = before;
  }
  const int partitions = spec_.republish_days ? 1 : bus::kFactPartitions;
  absl::StatusOr<std::vector<calendar::Day>> days = Inputs::ReadDays(spec_.day_topic, partitions, transaction);
  if (!days.ok()) return days.status();
  if (spec_.republish_days) days->assign(bus::kFactPartitions, days->front());
  view_.Begin(&transaction, *std::move(days));
  sweeps_staged_ = sweeps_pending_;
  sweep_rows_left_ = kSweepRows;
  days_left_ = kDaysATransaction;
  return absl::OkStatus();
}

absl::Status Engine::Admit(Intake& intake, std::vector<Item*>& items) {
  for (Item& item : intake.items) {
    absl::StatusOr<Inputs::Admission> admission = inputs_.Admit(*item.record);
    if (!admission.ok()) return admission.status();
    if (*admission == Inputs::Admission::kRepeat) {
      ++staged_stats_.repeats;
      continue;
    }
    if (*admission == Inputs::Admission::kEarly) {
      ++staged_stats_.early;
      continue;
    }
    item.origin = inputs_.OriginOf(*item.record);
    if (*admission == Inputs::Admission::kUnsequenced) {
      item.unsequenced = true;
      item.decoded = UnsequencedError();
    } else if (item.handler == nullptr && !item.is_day && item.origin.kind != InputKind::kReport) {
      ++staged_stats_.ignored;  // a fact that this service has no use for
      continue;
    }
    items.push_back(&item);
  }
  return absl::OkStatus();
}

absl::Status Engine::Decide(Item& item) {
  ++staged_stats_.records;
  item.origin.day = DayOf(item.origin);
  if (item.command != nullptr) return DecideCommand(item);
  std::vector<uint64_t> keys;
  if (!parked_.empty()) {
    keys = KeysOf(item);
    if (parked_.Blocks(keys)) {
      return Park(item, std::move(keys), /*waiting=*/true, absl::FailedPreconditionError("waits behind a quarantined record"));
    }
  }
  absl::Status failed = item.decoded;
  if (failed.ok() && item.is_day) {
    failed = OpenDay(item);
    if (failed.ok()) return RepublishDays();
  } else if (failed.ok()) {
    absl::StatusOr<Outcome> outcome = DecideMessage(item);
    if (!view_.status().ok()) return view_.status();  // what was decided on a failed read does not count
    failed = outcome.ok() ? Accept(item, *outcome) : outcome.status();
    if (failed.ok()) return failed;
  }
  switch (FateOf(failed, item.origin.kind, /*from_decision=*/true)) {
    case Fate::kReject:
      return Reject(item, failed);
    case Fate::kQuarantine:
      return Park(item, keys.empty() ? KeysOf(item) : std::move(keys), /*waiting=*/false, failed);
    default:
      return failed;
  }
}

absl::StatusOr<Outcome> Engine::DecideMessage(Item& item) {
  if (item.handler == nullptr) {
    return Invalid("unknown_type", "ce_type", "no report of this type is known; docs/events.md lists them");
  }
  return item.handler->decide(*item.message, item.origin, view_);
}

absl::Status Engine::Apply(Outcome& outcome) {
  for (const Outgoing& record : outcome.outgoing()) {
    if (record.value.size() > Outbox::kMaxValueBytes) {
      return absl::FailedPreconditionError(absl::StrCat("its ", std::string(record.type), " would be larger than a record may be"));
    }
  }
  outcome.ApplyTo(view_);
  for (const Outgoing& record : outcome.outgoing()) outbox_.Add(record);
  for (auto& [province, answer] : outcome.late_answers()) {
    Explain(answer);
    replies_.Add(province, std::move(answer));
  }
  return absl::OkStatus();
}

absl::Status Engine::Accept(Item& item, Outcome& outcome) {
  const bool report = item.origin.kind == InputKind::kReport;
  if (report && !outcome.answers_report()) {
    return absl::InternalError(absl::StrCat("the decision on a ", item.handler->type, " gave its sender no answer"));
  }
  if (absl::Status status = Apply(outcome); !status.ok()) return status;
  if (report && outcome.status() != province::v1::REPORT_STATUS_UNSPECIFIED) {
    ReplyTo(item, outcome.status(), outcome.family_id(), {}, {});
  }
  return absl::OkStatus();
}

absl::Status Engine::Reject(Item& item, const absl::Status& why) {
  ++staged_stats_.rejected;
  const std::string code = ReasonOf(why).empty() ? "invalid" : ReasonOf(why);
  ReplyTo(item, province::v1::REPORT_STATUS_REJECTED, 0, code, FieldOf(why));
  if (!spec_.on_rejected) return absl::OkStatus();
  Outcome outcome = Outcome::Done();
  spec_.on_rejected(item.origin, NamesOf(item), code, outcome);
  const absl::Status status = Apply(outcome);
  return status.ok() ? status : absl::InternalError(status.message());
}

ReportNames Engine::NamesOf(const Item& item) {
  if (item.message == nullptr || !item.decoded.ok() || item.handler->names == nullptr) return {};
  ReportNames names = item.handler->names(*item.message);
  if (names.report_id.size() > kMaxNameBytes) names.report_id.clear();
  if (names.local_family_ref.size() > kMaxNameBytes) names.local_family_ref.clear();
  return names;
}

void Engine::Explain(province::v1::ReportOutcome& reply) const {
  if (!spec_.sentence_of || reply.code().empty()) return;
  const Sentence sentence = spec_.sentence_of(reply.code());
  reply.set_message_id(std::string(sentence.id));
  reply.set_message_en(std::string(sentence.en));
}

void Engine::ReplyTo(const Item& item, province::v1::ReportStatus status, int64_t family_id, std::string_view code,
                     std::string_view field) {
  province::v1::ReportOutcome reply;
  reply.set_partition(item.origin.partition);
  reply.set_offset(item.origin.offset);
  reply.set_ce_id(Utf8OrEmpty(item.origin.ce_id, kMaxNameBytes));
  ReportNames names = NamesOf(item);
  reply.set_report_id(std::move(names.report_id));
  reply.set_local_family_ref(std::move(names.local_family_ref));
  reply.set_family_id(family_id);
  reply.set_status(status);
  reply.set_code(std::string(code));
  reply.set_field(std::string(field));
  Explain(reply);
  replies_.Add(item.origin.province, std::move(reply));
}

absl::Status Engine::Finish(store::Transaction& transaction) {
  if (!view_.status().ok()) return view_.status();  // a change whose row could not be read is not in the view
  replies_.FlushTo(outbox_);
  if (absl::Status status = view_.Flush(); !status.ok()) return status;
  if (absl::Status status = inputs_.Write(transaction); !status.ok()) return status;
  absl::StatusOr<std::vector<std::shared_ptr<const Segment>>> segments = std::vector<std::shared_ptr<const Segment>>();
  if (!outbox_.empty()) segments = outbox_.Write(transaction, epoch_, now_());
  if (!segments.ok()) return segments.status();
  Hit(TestPoint::kBeforeCommit);
  if (absl::Status status = transaction.Commit(); !status.ok()) return status;
  Hit(TestPoint::kAfterCommit);

  inputs_.Commit();
  parked_.Commit();
  parked_value_ = guard_value_;
  CountStaged();
  sweeps_pending_ = std::move(sweeps_staged_);
  ShowState();
  ++stats_.transactions;
  stats_.published += static_cast<int64_t>(segments->size());
  stats_.read_through = view_.read_through();
  if (!segments->empty()) sink_(*std::move(segments));
  for (auto& [command, answer] : answers_) command->done(std::move(answer));
  for (auto& [command, refusal] : refusals_) command->done(refusal);
  Forget();
  return absl::OkStatus();
}

void Engine::CountStaged() {
  for (auto count : kCounted) stats_.*count += staged_stats_.*count;
}

void Engine::Forget() {
  for (auto count : kCounted) staged_stats_.*count = 0;
  view_.Clear();
  outbox_.Clear();
  replies_.Clear();
  answers_.clear();
  refusals_.clear();
  inputs_.Rollback();
  parked_.Rollback();
}

void Engine::GiveUp(int64_t assignment) {
  absl::MutexLock lock(&mutex_);
  given_up_ = std::max(given_up_, assignment);
}

void Engine::ShowState() {
  sweep_pending_ = !sweeps_pending_.empty();
  has_inputs_ = inputs_.any();
  Inputs::Missing missing = inputs_.FindMissing();
  stats_.missing = missing.partitions;
  absl::MutexLock lock(&missing_mutex_);
  missing_ = std::move(missing.first);
}

std::string Engine::Missing() const {
  absl::MutexLock lock(&missing_mutex_);
  return missing_;
}

absl::StatusOr<std::vector<bus::Start>> Engine::OnAssigned(absl::Span<const bus::TopicPartition> partitions) {
  absl::MutexLock lock(&mutex_);
  ++assignment_;
  absl::StatusOr<std::vector<bus::Start>> starts = Take(partitions);
  if (!starts.ok()) {
    inputs_.Drop(partitions);
    ShowState();
    return starts;
  }
  joined_ = true;
  Hit(TestPoint::kOnAssignment);
  for (const bus::TopicPartition& partition : partitions) {
    if (partition.topic == spec_.day_topic) sweeps_pending_.insert(partition.partition);
  }
  ShowState();
  return starts;
}

absl::StatusOr<std::vector<bus::Start>> Engine::Take(absl::Span<const bus::TopicPartition> partitions) {
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  absl::StatusOr<std::vector<bus::Start>> starts = inputs_.Take(**transaction, partitions);
  if (!starts.ok()) return starts;
  if (absl::Status status = (*transaction)->Commit(); !status.ok()) return status;
  return starts;
}

void Engine::OnRevoked(absl::Span<const bus::TopicPartition> partitions, bool) {
  absl::MutexLock lock(&mutex_);
  ++assignment_;
  joined_ = false;
  inputs_.Drop(partitions);
  for (const bus::TopicPartition& partition : partitions) {
    if (partition.topic == spec_.day_topic) sweeps_pending_.erase(partition.partition);
  }
  ShowState();
  Hit(TestPoint::kOnRevocation);
}

std::vector<bus::Start> Engine::Progress() const {
  absl::MutexLock lock(&mutex_);
  return inputs_.Progress();
}

}  // namespace berdaya::flow
