// The quarantine: parking what cannot be decided, and what operators do about it.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/type/v1/dead_letter.pb.h"
#include "common/flow/engine.h"
#include "common/flow/stable_hash.h"
#include "common/flow/test_points.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

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
    return absl::InternalError(absl::StrCat(Parked::kMaxQuarantined,
                                            " records are quarantined already; repair or discard them, then start again. The next is at ",
                                            item.record->from->topic, " offset ", item.record->offset, ": ", why.message()));
  }
  ++(waiting ? stats_.waiting : stats_.quarantined);
  const bus::Record& record = *item.record;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  parked_.Stage(keys, waiting);
  for (uint64_t key : keys) {
    view_.Put<ParkedKeyRow>({static_cast<int64_t>(key), record.from->topic, record.from->partition, record.offset});
  }
  ParkedRow row;
  row.topic = record.from->topic;
  row.partition = record.from->partition;
  row.offset = record.offset;
  row.waiting = waiting;
  row.code = waiting ? "waiting" : ReasonOf(why).empty() ? "undecided" : ReasonOf(why);
  row.field = FieldOf(why);
  row.reason = std::string(why.message());
  row.ce_id = std::string(record.headers.id);
  row.type = std::string(record.headers.type);
  row.key = std::string(record.key);
  row.value = std::string(record.value);
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

absl::Status Engine::InTransaction(OperationRow operation, const Audit& audit,
                                   const std::function<absl::Status(store::Transaction&)>& work) {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  Start(**transaction);
  absl::Status status = work(**transaction);
  if (status.ok()) status = Keep(**transaction, std::move(operation), audit);
  if (status.ok()) status = Finish(**transaction);
  Forget();
  transaction->reset();
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  return reader.ok() ? parked_.Load(**reader) : reader.status();
}

absl::Status Engine::Keep(store::Transaction& transaction, OperationRow operation, const Audit& audit) {
  const NumberRow next{"operation", 1};
  const store::Write write{&next};
  absl::Status status =
      transaction.AddAndGet(store::SpecOf<NumberRow>(), {&write, 1}, [&](size_t, store::CellSource& cells, int64_t) {
        NumberRow row;
        store::ReadRow(cells, row);
        operation.number = row.value;
      });
  if (!status.ok()) return status;
  operation.principal = audit.principal;
  operation.reason = audit.reason;
  operation.at_ms = absl::ToUnixMillis(now_());
  view_.Insert<OperationRow>(std::move(operation));
  return absl::OkStatus();
}

absl::Status Engine::Repair(const bus::TopicPartition& partition, int64_t offset, std::string new_value, const Audit& audit) {
  return InTransaction({0, "repair", partition.topic, partition.partition, offset}, audit, [&](store::Transaction&) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const ParkedRow* found = view_.Find<ParkedRow>({partition.topic, partition.partition, offset});
    if (found == nullptr) return view_.status().ok() ? absl::NotFoundError("no such parked record") : view_.status();
    ParkedRow row = *found;
    row.value = std::move(new_value);
    row.repaired = true;
    view_.Put<ParkedRow>(std::move(row));
    return view_.status();
  });
}

absl::Status Engine::Discard(const bus::TopicPartition& partition, int64_t offset, const Audit& audit) {
  return InTransaction({0, "discard", partition.topic, partition.partition, offset}, audit, [&](store::Transaction& transaction) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const ParkedRow* found = view_.Find<ParkedRow>({partition.topic, partition.partition, offset});
    if (found == nullptr) return view_.status().ok() ? absl::NotFoundError("no such parked record") : view_.status();
    if (!inputs_.Owns(partition)) return absl::UnavailableError("this process does not read that partition now");
    const ParkedRow row = *found;
    absl::StatusOr<std::vector<ParkedKeyRow>> keys = store::ScanRows<ParkedKeyRow>(transaction, {.limit = kAll});
    if (!keys.ok()) return keys.status();
    EraseParked(row, *keys);
    bus::Record record{.from = &partition, .offset = offset};
    record.headers.id = row.ce_id;
    Item item{.record = &record};
    item.origin = inputs_.OriginOf(record);
    if (item.origin.kind == InputKind::kReport) {
      Reject(item, Invalid("discarded", "", "an operator discarded the record after it could not be repaired"));
    }
    return view_.status();
  });
}

absl::StatusOr<int64_t> Engine::Replay(const Audit& audit) {
  int64_t left = 0;
  absl::Status status = InTransaction({0, "replay"}, audit, [&](store::Transaction& transaction) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    absl::StatusOr<int64_t> replayed = ReplayRows(transaction);
    if (replayed.ok()) left = *replayed;
    return replayed.status();
  });
  if (!status.ok()) return status;
  return left;
}

// Decides every parked record again, by topic, partition and offset. One that still waits for a key of an earlier one stays.
absl::StatusOr<int64_t> Engine::ReplayRows(store::Transaction& transaction) {
  absl::StatusOr<std::vector<ParkedRow>> rows = store::ScanRows<ParkedRow>(transaction, {.limit = kAll});
  if (!rows.ok()) return rows.status();
  absl::StatusOr<std::vector<ParkedKeyRow>> keys = store::ScanRows<ParkedKeyRow>(transaction, {.limit = kAll});
  if (!keys.ok()) return keys.status();
  google::protobuf::Arena arena;
  std::vector<uint64_t> still_parked;
  int64_t left = 0;
  for (const ParkedRow& row : *rows) {
    const bus::TopicPartition from{row.topic, row.partition};
    if (!inputs_.Owns(from)) continue;
    bus::Record record{.from = &from, .offset = row.offset, .key = row.key, .value = row.value};
    record.headers.id = row.ce_id;
    record.headers.type = row.type;
    Item item{.record = &record, .handler = spec_.handlers.Find(row.type)};
    DecodeItem(item, &arena);
    item.origin = inputs_.OriginOf(record);
    item.origin.day = DayOf(item.origin);
    const std::vector<uint64_t> named = KeysOf(item);
    bool blocked = false;
    for (uint64_t key : named) blocked = blocked || std::find(still_parked.begin(), still_parked.end(), key) != still_parked.end();
    absl::StatusOr<Outcome> outcome = blocked          ? absl::FailedPreconditionError("waits behind a quarantined record")
                                      : item.decoded.ok() ? DecideMessage(item)
                                                          : absl::StatusOr<Outcome>(item.decoded);
    if (!view_.status().ok()) return view_.status();
    Hit(TestPoint::kInReplay);
    if (!outcome.ok() && FateOf(outcome.status(), item.origin.kind, true) == Fate::kQuarantine) {
      still_parked.insert(still_parked.end(), named.begin(), named.end());
      continue;
    }
    if (outcome.ok()) {
      Accept(item, *outcome);
    } else if (FateOf(outcome.status(), item.origin.kind, true) == Fate::kReject) {
      Reject(item, outcome.status());
    } else {
      return outcome.status();
    }
    EraseParked(row, *keys);
    ++left;
  }
  return left;
}

void Engine::EraseParked(const ParkedRow& row, absl::Span<const ParkedKeyRow> keys) {
  view_.Erase<ParkedRow>({row.topic, row.partition, row.offset});
  for (const ParkedKeyRow& key : keys) {
    if (key.topic == row.topic && key.partition == row.partition && key.offset == row.offset) {
      view_.Erase<ParkedKeyRow>(store::KeyOfRow(key));
    }
  }
}

}  // namespace berdaya::flow
