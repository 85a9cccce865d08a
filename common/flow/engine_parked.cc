// The quarantine: parking what cannot be decided, and what operators do about it.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "berdaya/type/v1/dead_letter.pb.h"
#include "common/flow/engine.h"
#include "common/flow/numbers.h"
#include "common/flow/stable_hash.h"
#include "common/flow/test_points.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

std::string CodeOf(const absl::Status& why) { return ReasonOf(why).empty() ? "undecided" : ReasonOf(why); }

// Partitions of the day topic of which a day is parked.
absl::StatusOr<std::set<bus::TopicPartition>> PartitionsOfParkedDays(store::Database& database, const std::string& day_topic) {
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::vector<ParkedRow>> rows = store::ScanRows<ParkedRow>(**reader, {.from = {day_topic}, .limit = kAll});
  if (!rows.ok()) return rows.status();
  std::set<bus::TopicPartition> partitions;
  for (const ParkedRow& row : *rows) {
    if (row.topic == day_topic && IsDayType(row.type)) partitions.insert({row.topic, row.partition});
  }
  return partitions;
}

using Place = std::pair<bus::TopicPartition, int64_t>;  // of a record in its log
using KeysByPlace = std::map<Place, std::vector<uint64_t>>;

template <class Row>
Place PlaceOf(const Row& row) {
  return {{row.topic, row.partition}, row.offset};
}

absl::StatusOr<KeysByPlace> ReadKeys(store::Transaction& transaction) {
  absl::StatusOr<std::vector<ParkedKeyRow>> rows = store::ScanRows<ParkedKeyRow>(transaction, {.limit = kAll});
  if (!rows.ok()) return rows.status();
  KeysByPlace keys;
  for (const ParkedKeyRow& row : *rows) keys[PlaceOf(row)].push_back(static_cast<uint64_t>(row.hash));
  return keys;
}

}  // namespace

std::vector<uint64_t> Engine::KeysOf(const Item& item) {
  std::vector<uint64_t> keys;
  if (!item.record->key.empty()) keys.push_back(StableHash().Text(item.record->from->topic).Text(item.record->key).Value());
  if (item.handler != nullptr && item.decoded.ok()) {
    KeySet named(view_);
    named.Track(&keys);
    item.handler->prefetch(*item.message, item.origin, named);
  }
  return keys;
}

absl::Status Engine::Park(Item& item, std::vector<uint64_t> keys, bool waiting, const absl::Status& why) {
  if (!waiting && parked_.quarantined() >= Parked::kMaxQuarantined) {
    unfitting_ = &item;
    return absl::InternalError(absl::StrCat(
        Parked::kMaxQuarantined, " records are quarantined already; repair or discard them, then start again. The next is at ",
        item.record->from->topic, " offset ", item.record->offset, ": ", why.message()));
  }
  if (absl::Status status = CheckHoldsAll(); !status.ok()) return status;
  ++(waiting ? staged_stats_.waiting : staged_stats_.quarantined);
  const bus::Record& record = *item.record;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const int64_t number = parked_.Stage(keys, waiting);
  for (uint64_t key : keys) {
    view_.Put<ParkedKeyRow>({static_cast<int64_t>(key), record.from->topic, record.from->partition, record.offset});
  }
  ParkedRow row;
  row.topic = record.from->topic;
  row.partition = record.from->partition;
  row.offset = record.offset;
  row.waiting = waiting;
  row.code = waiting ? "waiting" : CodeOf(why);
  row.field = FieldOf(why);
  row.reason = std::string(why.message());
  row.ce_id = std::string(record.headers.id);
  row.type = std::string(record.headers.type);
  row.key = std::string(record.key);
  row.value = std::string(record.value);
  row.unsequenced = item.unsequenced;
  row.timestamp_ms = record.timestamp_ms;
  row.number = number;
  if (item.origin.kind == InputKind::kReport) {
    ReplyTo(item, waiting ? province::v1::REPORT_STATUS_WAITING : province::v1::REPORT_STATUS_QUARANTINED, 0, row.code, row.field);
  }
  type::v1::DeadLetter letter;
  letter.set_topic(row.topic);
  letter.set_partition(row.partition);
  letter.set_offset(row.offset);
  letter.set_event_type(Utf8OrEmpty(row.type, 256));
  letter.set_code(row.code);
  letter.set_field(row.field);
  outbox_.AddDeadLetter(letter.GetDescriptor()->full_name(), letter.SerializeAsString());
  view_.Put<ParkedRow>(std::move(row));
  return view_.status();
}

int64_t Engine::parked() const {
  absl::MutexLock lock(&mutex_);
  return parked_.quarantined() + parked_.waiting();
}

// Makes this process the owner of those partitions that it does not read. Only for the transaction at hand: whoever reads them
// takes them again.
absl::StatusOr<std::vector<bus::TopicPartition>> Engine::Borrow(store::Transaction& transaction,
                                                                std::set<bus::TopicPartition> partitions) {
  std::erase_if(partitions, [&](const bus::TopicPartition& p) ABSL_NO_THREAD_SAFETY_ANALYSIS { return inputs_.Owns(p); });
  std::vector<bus::TopicPartition> borrowed(partitions.begin(), partitions.end());
  absl::Status status = inputs_.Take(transaction, borrowed).status();
  if (status.ok()) return borrowed;
  inputs_.Drop(borrowed);
  return status;
}

absl::Status Engine::InTransaction(OperationRow operation, const Audit& audit, const std::set<bus::TopicPartition>& days,
                                   const std::function<absl::Status(store::Transaction&)>& work) {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  absl::Status status = Start(**transaction, /*all=*/true);
  if (!status.ok()) return status;
  absl::StatusOr<std::vector<bus::TopicPartition>> borrowed = Borrow(**transaction, days);
  if (!borrowed.ok()) return borrowed.status();
  status = work(**transaction);
  if (status.ok()) status = Keep(**transaction, std::move(operation), audit);
  if (status.ok()) status = Finish(**transaction);
  Forget();
  transaction->reset();
  inputs_.Drop(*borrowed);
  for (const bus::TopicPartition& partition : *borrowed) sweeps_pending_.erase(partition.partition);
  ShowState();
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  return reader.ok() ? parked_.Load(**reader) : reader.status();
}

absl::Status Engine::Keep(store::Transaction& transaction, OperationRow operation, const Audit& audit) {
  absl::StatusOr<int64_t> number = AddToNumber(transaction, "operation", 1);
  if (!number.ok()) return number.status();
  operation.number = *number;
  operation.principal = audit.principal;
  operation.reason = audit.reason;
  operation.at_ms = absl::ToUnixMillis(now_());
  view_.Insert<OperationRow>(std::move(operation));
  return absl::OkStatus();
}

absl::Status Engine::Repair(const bus::TopicPartition& partition, int64_t offset, std::string new_value, const Audit& audit) {
  return InTransaction({0, "repair", partition.topic, partition.partition, offset}, audit, {},
                       [&](store::Transaction&) ABSL_NO_THREAD_SAFETY_ANALYSIS {
                         const ParkedRow* found = view_.Find<ParkedRow>({partition.topic, partition.partition, offset});
                         if (found == nullptr)
                           return view_.status().ok() ? absl::NotFoundError("no such parked record") : view_.status();
                         ParkedRow row = *found;
                         row.value = std::move(new_value);
                         row.repaired = true;
                         // It may name other keys now. The old ones stay: what waits for them waits until it is decided.
                         const ParkedItem parked(*this, row);
                         for (uint64_t key : KeysOf(parked.item))
                           view_.Put<ParkedKeyRow>({static_cast<int64_t>(key), row.topic, row.partition, offset});
                         view_.Put<ParkedRow>(std::move(row));
                         return view_.status();
                       });
}

absl::Status Engine::Discard(const bus::TopicPartition& partition, int64_t offset, const Audit& audit) {
  return InTransaction(
      {0, "discard", partition.topic, partition.partition, offset}, audit, {},
      [&](store::Transaction& transaction) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        const ParkedRow* found = view_.Find<ParkedRow>({partition.topic, partition.partition, offset});
        if (found == nullptr) return view_.status().ok() ? absl::NotFoundError("no such parked record") : view_.status();
        const ParkedRow row = *found;
        ParkedItem parked(*this, row);
        if (parked.item.origin.kind == InputKind::kFact && !row.unsequenced) {
          return Refused("fact_undiscardable", "place",
                         "later facts build on this one: repair it; only what a service has not published can be discarded");
        }
        absl::StatusOr<KeysByPlace> keys = ReadKeys(transaction);
        if (!keys.ok()) return keys.status();
        EraseParked(row, (*keys)[{partition, offset}]);
        if (parked.item.origin.kind != InputKind::kReport) return view_.status();
        return Reject(parked.item, Invalid("discarded", "", "an operator discarded the record after it could not be repaired"));
      });
}

absl::StatusOr<int64_t> Engine::Replay(const Audit& audit) {
  absl::StatusOr<std::set<bus::TopicPartition>> days = PartitionsOfParkedDays(database_, spec_.day_topic);
  if (!days.ok()) return days.status();
  int64_t left = 0;
  absl::Status status =
      InTransaction({0, "replay"}, audit, *days, [&](store::Transaction& transaction) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        absl::StatusOr<int64_t> replayed = ReplayRows(transaction);
        if (replayed.ok()) left = *replayed;
        return replayed.status();
      });
  if (!status.ok()) return status;
  return left;
}

// Decides every parked record again, in the order in which they were parked. One that still waits for a key of an earlier one
// stays, and so does one that cannot be decided, whatever the reason.
absl::StatusOr<int64_t> Engine::ReplayRows(store::Transaction& transaction) {
  absl::StatusOr<std::vector<ParkedRow>> rows = store::ScanRows<ParkedRow>(transaction, {.limit = kAll});
  if (!rows.ok()) return rows.status();
  absl::StatusOr<KeysByPlace> keys_by_place = ReadKeys(transaction);
  if (!keys_by_place.ok()) return keys_by_place.status();
  std::stable_sort(rows->begin(), rows->end(), [](const ParkedRow& a, const ParkedRow& b) { return a.number < b.number; });
  absl::flat_hash_set<uint64_t> still_parked;
  int64_t left = 0;
  for (const ParkedRow& row : *rows) {
    std::vector<uint64_t>& keys = (*keys_by_place)[PlaceOf(row)];
    std::optional<ParkedItem> parked;
    const bool is_day = row.topic == spec_.day_topic && IsDayType(row.type);
    if (!is_day || inputs_.Owns({row.topic, row.partition})) {  // else parked by another process since that was looked up
      parked.emplace(*this, row);
      const std::vector<uint64_t> named = KeysOf(parked->item);
      keys.insert(keys.end(), named.begin(), named.end());
    }
    const bool blocked = std::any_of(keys.begin(), keys.end(), [&](uint64_t key) { return still_parked.contains(key); });
    if (parked.has_value() && !blocked) {
      const absl::Status why = DecideAgain(parked->item);
      if (!view_.status().ok()) return view_.status();
      Hit(TestPoint::kInReplay);
      if (why.ok()) {
        EraseParked(row, keys);
        ++left;
        continue;
      }
      Quarantine(row, parked->item, why);
    }
    still_parked.insert(keys.begin(), keys.end());
  }
  return left;
}

Engine::ParkedItem::ParkedItem(Engine& engine, const ParkedRow& row) : from{row.topic, row.partition} {
  record = {.from = &from, .offset = row.offset, .timestamp_ms = row.timestamp_ms, .key = row.key, .value = row.value};
  record.headers.id = row.ce_id;
  record.headers.type = row.type;
  item.record = &record;
  item.is_day = row.topic == engine.spec_.day_topic && IsDayType(record.headers.type);
  if (!item.is_day) item.handler = engine.spec_.handlers.Find(row.type);
  engine.DecodeItem(item, &arena);
  if (row.unsequenced && !row.repaired) item.decoded = UnsequencedError();
  item.origin = engine.inputs_.OriginOf(record);
  item.origin.day = engine.DayOf(item.origin);
}

// It cannot be decided, or not any better than before: operators have to see why, and its sender if it only waited so far.
void Engine::Quarantine(ParkedRow row, const Item& item, const absl::Status& why) {
  const bool waited = std::exchange(row.waiting, false);
  row.code = CodeOf(why);
  row.field = FieldOf(why);
  row.reason = std::string(why.message());
  if (waited && item.origin.kind == InputKind::kReport) {
    ReplyTo(item, province::v1::REPORT_STATUS_QUARANTINED, 0, row.code, row.field);
  }
  view_.Put<ParkedRow>(std::move(row));
}

absl::Status Engine::DecideAgain(Item& item) {
  absl::Status failed = item.decoded;
  if (failed.ok() && item.is_day) return OpenDay(item);
  if (failed.ok()) {
    absl::StatusOr<Outcome> outcome = DecideMessage(item);
    if (!view_.status().ok()) return view_.status();
    failed = outcome.ok() ? Accept(item, *outcome) : outcome.status();
  }
  if (!failed.ok() && FateOf(failed, item.origin.kind, /*from_decision=*/true) == Fate::kReject) return Reject(item, failed);
  return failed;
}

void Engine::EraseParked(const ParkedRow& row, absl::Span<const uint64_t> keys) {
  view_.Erase<ParkedRow>({row.topic, row.partition, row.offset});
  for (uint64_t key : keys) view_.Erase<ParkedKeyRow>({static_cast<int64_t>(key), row.topic, row.partition, row.offset});
}

}  // namespace berdaya::flow
