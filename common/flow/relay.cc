#include "common/flow/relay.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/flow/service_spec.h"
#include "common/flow/tables.h"
#include "common/flow/test_points.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
constexpr int64_t kMaxReadyBytes = 64 << 20;
constexpr int kSequenceBits = 48;

uint64_t TokenOf(size_t output, int64_t sequence) { return uint64_t{output} << kSequenceBits | static_cast<uint64_t>(sequence); }

std::string FormatTime(int64_t time_ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(time_ms), absl::UTCTimeZone());
}

}  // namespace

Relay::Relay(bus::Bus& bus, store::Database& database, std::string source, int64_t epoch,
             const std::vector<bus::TopicPartition>& outputs)
    : bus_(bus), database_(database), source_(std::move(source)), epoch_(epoch) {
  for (const bus::TopicPartition& output : outputs) OutputOf(output.topic, output.partition);
}

size_t Relay::OutputOf(const std::string& topic, int32_t partition) {
  auto [it, fresh] = index_.try_emplace({topic, partition}, outputs_.size());
  if (fresh) outputs_.emplace_back().to = it->first;
  return it->second;
}

absl::Status Relay::LoadCursors() {
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::vector<CursorRow>> cursors = store::ScanRows<CursorRow>(**reader, {.limit = kAll});
  if (!cursors.ok()) return cursors.status();
  for (const CursorRow& cursor : *cursors) {
    Output& output = outputs_[OutputOf(cursor.topic, cursor.partition)];
    output.acked = cursor.sequence;
    output.next = cursor.sequence + 1;
    output.tail_sequence = cursor.tail_sequence;
    output.tail_offset = cursor.tail_offset;
  }
  return absl::OkStatus();
}

absl::Status Relay::LoadHeads() {
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::vector<HeadRow>> heads = store::ScanRows<HeadRow>(**reader, {.limit = kAll});
  if (!heads.ok()) return heads.status();
  for (const HeadRow& row : *heads) {
    int64_t& head = outputs_[OutputOf(row.topic, row.partition)].head;
    head = std::max(head, row.last_sequence);
  }
  return absl::OkStatus();
}

absl::Status Relay::LookForOthers() {
  absl::Status status = LoadHeads();
  if (status.ok()) Publish();
  return status;
}

absl::Status Relay::Compare() {
  if (absl::Status status = LoadHeads(); !status.ok()) return status;  // names outputs that are no longer declared, too
  if (absl::Status status = LoadCursors(); !status.ok()) return status;
  return ReadTails();
}

absl::Status Relay::Lead(int64_t term) {
  Rest();
  {
    absl::MutexLock lock(&mutex_);
    term_ = term;  // first, so that what is committed from now on is offered or found
  }
  if (absl::Status status = LoadHeads(); !status.ok()) return status;
  if (absl::Status status = LoadCursors(); !status.ok()) return status;
  return Rewind();
}

void Relay::Rest() {
  producer_.reset();
  for (Output& output : outputs_) output.ready.clear();
  ready_bytes_ = 0;
  absl::MutexLock lock(&mutex_);
  term_ = 0;
  offered_.clear();
  cursors_ = {};
  backlog_ = 0;
}

absl::Status Relay::Rewind() {
  producer_.reset();  // first, so that nothing of the old producer can still arrive behind the tail
  if (absl::Status status = ReadTails(); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<bus::Producer>> producer = bus_.NewProducer();
  if (!producer.ok()) return producer.status();
  producer_ = *std::move(producer);
  Publish();
  return absl::OkStatus();
}

absl::Status Relay::ReadTails() {
  std::vector<bus::TopicPartition> partitions;
  for (const Output& output : outputs_) partitions.push_back(output.to);
  if (partitions.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<bus::PartitionEnd>> ends = bus_.Tails(partitions, source_);
  if (!ends.ok()) return ends.status();
  // After the tails: what another instance commits and publishes meanwhile is not more than the database knows of.
  if (absl::Status status = LoadHeads(); !status.ok()) return status;
  for (size_t i = 0; i < ends->size(); ++i) {
    if (absl::Status status = GoOnAfter(outputs_[i], (*ends)[i]); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Relay::FirstKept(const Output& output) const {
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  const store::ScanRange range{.from = {output.to.topic, int64_t{output.to.partition}},
                               .to = {output.to.topic, int64_t{output.to.partition} + 1},
                               .limit = 1};
  absl::StatusOr<std::vector<SegmentRow>> rows = store::ScanRows<SegmentRow>(**reader, range);
  if (!rows.ok()) return rows.status();
  return rows->empty() ? output.head + 1 : rows->front().first_sequence();
}

absl::Status Relay::GoOnAfter(Output& output, const bus::PartitionEnd& end) const {
  if (!end.tail.has_value()) {
    // Nothing of ours is left: never written, expired, or the whole log is gone. An empty log is filled again from the outbox.
    if (end.end_offset == 0) output.acked = 0;
    output.next = output.acked + 1;
    output.tail_sequence = 0;
    output.tail_offset = -1;
    return absl::OkStatus();
  }
  const bus::Tail& tail = *end.tail;
  if (tail.epoch > epoch_ || (tail.epoch == epoch_ && tail.sequence > output.head)) {
    return absl::FailedPreconditionError(absl::StrCat("the database is older than the log: ", output.to.topic, " partition ",
                                                      output.to.partition, " holds sequence ", tail.sequence, " in epoch ",
                                                      tail.epoch, ", the database assigned ", output.head, " in epoch ", epoch_,
                                                      "; restore a newer database (docs/operations.md)"));
  }
  const int64_t sequence = tail.epoch == epoch_ ? tail.sequence : 0;
  // Behind the known tail lies what we have sent since; before it, the log was cut, and what was acknowledged counts no further.
  const bool grown = tail.offset > output.tail_offset;
  const bool same = tail.offset == output.tail_offset && sequence == output.tail_sequence;
  const int64_t acked = output.acked;
  // A broker that lost records and forgot who wrote them takes the next ones behind the hole, and the tail does not show it. Since
  // the known tail there are as many new offsets as sequences, or records are missing; those and what follows them go again.
  const int64_t reached = std::max(output.tail_sequence, acked);
  const int64_t lost = output.tail_offset < 0 ? 0 : (sequence - reached) - (tail.offset - output.tail_offset);
  if (!same) output.acked = grown ? sequence : std::min(acked, sequence);
  if (lost > 0) output.acked = std::clamp<int64_t>(reached - lost, 0, output.acked);
  if (grown && sequence < acked) {
    // A relay that nobody missed has sent old records again. They go once more, as far as they are kept: the log had them before.
    const absl::StatusOr<int64_t> first = FirstKept(output);
    if (!first.ok()) return first.status();
    output.acked = std::max(sequence, std::min(acked, *first - 1));
  }
  output.next = output.acked + 1;
  output.tail_sequence = sequence;
  output.tail_offset = tail.offset;
  return absl::OkStatus();
}

void Relay::Offer(std::vector<std::shared_ptr<const Segment>> segments) {
  absl::MutexLock lock(&mutex_);
  if (term_ == 0) return;
  for (auto& segment : segments) {
    backlog_ += segment->count;
    offered_.push_back(std::move(segment));
  }
}

bool Relay::AwaitOffers(absl::Duration wait) {
  absl::MutexLock lock(&mutex_);
  auto offered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !offered_.empty(); };
  return mutex_.AwaitWithTimeout(absl::Condition(&offered), wait);
}

void Relay::TakeOffers() {
  std::vector<std::shared_ptr<const Segment>> offered;
  {
    absl::MutexLock lock(&mutex_);
    offered.swap(offered_);
  }
  for (auto& segment : offered) {
    Output& output = outputs_[OutputOf(segment->topic, segment->partition)];
    output.head = std::max(output.head, segment->last_sequence);
    const bool contiguous = output.ready.empty() || output.ready.back()->last_sequence + 1 == segment->first_sequence();
    if (!contiguous || ready_bytes_ > kMaxReadyBytes) continue;  // it is in the outbox table
    ready_bytes_ += static_cast<int64_t>(segment->payload.size());
    output.ready.push_back(std::move(segment));
  }
}

absl::Status Relay::Step(absl::Duration wait) {
  if (producer_ == nullptr) {
    if (absl::Status status = Rewind(); !status.ok()) return status;
  }
  TakeOffers();
  absl::Status status = Send();
  if (!status.ok() && !absl::IsAborted(status)) return status;
  // Also after a producer's end: the acknowledgements say why.
  if (absl::Status taken = TakeAcks(producer_->InFlight() > 0 ? wait : absl::ZeroDuration()); !taken.ok()) status = taken;
  Publish();
  if (!absl::IsAborted(status)) return status;
  if (absl::Status rewound = Rewind(); !rewound.ok()) return rewound;
  return absl::UnavailableError(absl::StrCat("going on after the log's tail: ", status.message()));
}

absl::Status Relay::Send() {
  bool full = false;
  for (size_t i = 0; i < outputs_.size() && !full; ++i) {
    if (absl::Status status = SendOutput(i, full); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Relay::SendOutput(size_t index, bool& full) {
  Output& output = outputs_[index];
  while (output.next <= output.head && !full) {
    absl::StatusOr<std::shared_ptr<const Segment>> segment = SegmentAt(output);
    if (!segment.ok()) return segment.status();
    if (absl::Status status = SendSegment(index, **segment, full); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Segment>> Relay::SegmentAt(Output& output) {
  while (!output.ready.empty() && output.ready.front()->last_sequence < output.next) {
    ready_bytes_ -= static_cast<int64_t>(output.ready.front()->payload.size());
    output.ready.pop_front();
  }
  if (!output.ready.empty() && output.ready.front()->first_sequence() <= output.next) return output.ready.front();
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  store::ScanRange range{.from = {output.to.topic, int64_t{output.to.partition}, output.next},
                         .to = {output.to.topic, int64_t{output.to.partition} + 1},
                         .limit = 1};
  absl::StatusOr<std::vector<SegmentRow>> rows = store::ScanRows<SegmentRow>(**reader, range);
  if (!rows.ok()) return rows.status();
  if (rows->empty() || rows->front().first_sequence() > output.next) {
    return absl::DataLossError(absl::StrCat("the outbox no longer holds sequence ", output.next, " of ", output.to.topic,
                                            " partition ", output.to.partition, ", and the log does not hold it either"));
  }
  return std::make_shared<const Segment>(std::move(rows->front()));
}

absl::Status Relay::SendSegment(size_t index, const Segment& segment, bool& full) {
  Output& output = outputs_[index];
  const std::string time = FormatTime(segment.time_ms);
  const std::string id_prefix = absl::StrCat(segment.topic, "-", segment.partition, "-", segment.epoch, "-");
  SegmentReader reader(segment.payload);
  SegmentRecord record;
  absl::Status damaged;
  int64_t sequence = segment.first_sequence();
  for (; reader.Next(record, damaged); ++sequence) {
    if (sequence < output.next) continue;
    if (sequence > segment.last_sequence) break;
    const std::string id = absl::StrCat(id_prefix, sequence);
    bus::OutRecord out{segment.topic, segment.partition, record.key, record.value, {}};
    out.headers.id = id;
    out.headers.source = source_;
    out.headers.type = record.type;
    out.headers.subject = record.key;
    out.headers.time = time;
    out.headers.content_type = "application/protobuf";
    out.headers.spec_version = "1.0";
    out.headers.epoch = segment.epoch;
    out.headers.sequence = sequence;
    Hit(TestPoint::kBeforeProduce);
    absl::Status status = producer_->Send(out, TokenOf(index, sequence));
    if (absl::IsResourceExhausted(status)) {
      full = true;
      return absl::OkStatus();
    }
    if (!status.ok()) return status;
    Hit(TestPoint::kAfterProduce);
    output.next = sequence + 1;
  }
  if (damaged.ok() && sequence != segment.last_sequence + 1) {
    return absl::DataLossError(absl::StrCat("an outbox segment of ", segment.topic, " partition ", segment.partition,
                                            " does not hold the records that it says"));
  }
  return damaged;
}

absl::Status Relay::TakeAcks(absl::Duration wait) {
  std::vector<bus::Ack> acks;
  absl::Status status = producer_->Poll(wait, acks);
  for (const bus::Ack& ack : acks) {
    absl::Status taken = TakeAck(ack);
    if (taken.ok()) continue;
    if (!absl::IsAborted(taken)) return taken;  // the reason, if the producer's end has one
    if (!absl::IsAborted(status)) status = std::move(taken);
  }
  return status;
}

// Aborted: the record and what follows it must be sent again by another producer. Anything else is final.
absl::Status Relay::TakeAck(const bus::Ack& ack) {
  if (!ack.status.ok()) {
    const bool passes = FateOf(ack.status, InputKind::kFact, /*from_decision=*/false) == Fate::kRetry;
    return passes ? absl::AbortedError(ack.status.message()) : ack.status;
  }
  Output& output = outputs_[ack.token >> kSequenceBits];
  const auto sequence = static_cast<int64_t>(ack.token & ((uint64_t{1} << kSequenceBits) - 1));
  if (sequence != output.acked + 1) return absl::AbortedError("an acknowledgement is missing");
  if (output.tail_offset >= 0 && ack.offset != output.tail_offset + 1) {
    return absl::AbortedError(absl::StrCat(output.to.topic, " lost records: offset ", ack.offset, " follows ", output.tail_offset));
  }
  output.acked = sequence;
  output.tail_sequence = sequence;
  output.tail_offset = ack.offset;
  return absl::OkStatus();
}

void Relay::Publish() {
  std::vector<CursorRow> cursors;
  cursors.reserve(outputs_.size());
  int64_t backlog = 0;
  for (const Output& output : outputs_) {
    cursors.push_back({output.to.topic, output.to.partition, output.acked, output.tail_sequence, output.tail_offset});
    backlog += std::max<int64_t>(0, output.head - output.acked);
  }
  absl::MutexLock lock(&mutex_);
  cursors_ = {term_, std::move(cursors)};
  for (const auto& segment : offered_) backlog += segment->count;
  backlog_ = backlog;
}

Cursors Relay::KnownCursors() const {
  absl::MutexLock lock(&mutex_);
  return cursors_;
}

}  // namespace berdaya::flow
