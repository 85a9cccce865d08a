#include "common/flow/inputs.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/bus/topics.h"
#include "common/flow/stable_hash.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

// Generations tell topics apart inside a Position; part of every id made from a record, so never change one.
int GenerationOf(std::string_view topic) {
  if (bus::ProvinceOfTopic(topic) != 0) return 1;
  if (topic == bus::kCalendarDays) return 2;
  if (topic == bus::kRegistryFacts) return 3;
  if (topic == bus::kGraduationFacts) return 4;
  if (topic == bus::kMentoringFacts) return 5;
  if (topic == bus::kReportingFacts) return 6;
  return 15;
}

// Written by a relay, and by the one that the topic belongs to.
bool IsCounted(const bus::Record& record) {
  const bus::EventHeaders& headers = record.headers;
  const std::string_view publisher = bus::PublisherOf(record.from->topic);
  const bool its_own = publisher.empty() ? !headers.source.empty() : headers.source == publisher;
  return headers.sequence >= 1 && headers.epoch >= 0 && its_own;
}

std::string Place(const bus::Record& record) {
  return absl::StrCat(record.from->topic, " partition ", record.from->partition, " offset ", record.offset);
}

absl::Status AnotherRecord(const bus::Record& record) {
  return absl::DataLossError(
      absl::StrCat("the log was cut and written again: another record than the one handled is at ", Place(record)));
}

}  // namespace

uint64_t HashOfRecord(const bus::Record& record) {
  return StableHash().Text(record.headers.id).Text(record.headers.type).Text(record.key).Text(record.value).Value();
}

absl::StatusOr<std::vector<bus::Start>> Inputs::Take(store::Transaction& transaction,
                                                     absl::Span<const bus::TopicPartition> partitions) {
  std::vector<bus::Start> starts;
  for (const bus::TopicPartition& partition : partitions) {
    Input input;
    input.kind = KindOf(partition);
    input.committed.row.topic = partition.topic;
    input.committed.row.partition = partition.partition;
    const store::KeyOf<InputRow> key{partition.topic, partition.partition};
    const void* keys[] = {&key};
    absl::Status status = transaction.Read(store::SpecOf<InputRow>(), keys, [&](size_t, store::CellSource& cells, int64_t version) {
      store::ReadRow(cells, input.committed.row);
      input.version = version;
    });
    if (!status.ok()) return status;
    const store::Write write{&input.committed.row, input.version};
    absl::StatusOr<int64_t> conflicts = transaction.Put(store::SpecOf<InputRow>(), {&write, 1});
    if (!conflicts.ok()) return conflicts.status();
    if (*conflicts > 0) return absl::AbortedError(absl::StrCat("another process takes ", partition.topic, " right now"));
    ++input.version;

    store::ScanRange marks{.from = {partition.topic, int64_t{partition.partition}},
                           .to = {partition.topic, int64_t{partition.partition} + 1}};
    status = transaction.Scan(store::SpecOf<MarkRow>(), marks, [&](size_t, store::CellSource& cells, int64_t version) {
      Mark& mark = input.committed.marks.emplace_back();
      store::ReadRow(cells, mark.row);
      mark.version = version;
    });
    if (!status.ok()) return status;
    input.staged = input.committed;
    starts.push_back({partition, std::max<int64_t>(0, input.committed.row.next_offset - 1)});
    inputs_[partition] = std::move(input);
  }
  return starts;
}

void Inputs::Drop(absl::Span<const bus::TopicPartition> partitions) {
  for (const bus::TopicPartition& partition : partitions) inputs_.erase(partition);
}

absl::StatusOr<Inputs::Admission> Inputs::Admit(const bus::Record& record) {
  auto it = inputs_.find(*record.from);
  if (it == inputs_.end()) return absl::CancelledError(absl::StrCat("not ours any more: ", Place(record)));
  Input& input = it->second;
  InputRow& row = input.staged.row;
  const auto hash = static_cast<int64_t>(HashOfRecord(record));
  const bool counted = input.kind.sequenced() && IsCounted(record);
  const bool read_before = record.offset < row.next_offset;
  if (read_before && !counted) {
    if (record.offset == row.next_offset - 1 && hash != row.last_hash) return AnotherRecord(record);
    return Admission::kRepeat;
  }
  if (!read_before) {
    row.next_offset = record.offset + 1;
    row.last_hash = hash;
  }
  input.dirty = true;
  if (!input.kind.sequenced()) return Admission::kHandle;
  return counted ? CheckMark(input, record, hash, read_before) : Admission::kUnsequenced;
}

absl::StatusOr<Inputs::Admission> Inputs::CheckMark(Input& input, const bus::Record& record, int64_t hash, bool read_before) {
  const bus::EventHeaders& headers = record.headers;
  Mark* mark = nullptr;
  for (Mark& candidate : input.staged.marks) {
    if (candidate.row.source == headers.source) mark = &candidate;
  }
  if (mark == nullptr) {
    mark = &input.staged.marks.emplace_back();
    mark->row = {record.from->topic, record.from->partition, std::string(headers.source), headers.epoch, 0};
  }
  MarkRow& row = mark->row;
  const std::pair at(headers.epoch, headers.sequence);
  if (at == std::pair(row.epoch, row.sequence) && hash != row.hash) return AnotherRecord(record);
  if (at <= std::pair(row.epoch, row.sequence)) return Admission::kRepeat;
  const int64_t expected = headers.epoch > row.epoch ? 1 : row.sequence + 1;
  // What stands at a place that was read before is never handled: ids made from that place may be in use.
  if (headers.sequence != expected || read_before) {
    mark->early = std::max(mark->early, at);
    return Admission::kEarly;
  }
  std::tie(row.epoch, row.sequence) = at;
  row.hash = hash;
  mark->dirty = true;
  return Admission::kHandle;
}

Inputs::Missing Inputs::FindMissing() const {
  Missing missing;
  for (const auto& [partition, input] : inputs_) {
    for (const Mark& mark : input.committed.marks) {
      const MarkRow& row = mark.row;
      if (mark.early <= std::pair(row.epoch, row.sequence)) continue;
      if (missing.partitions++ > 0) break;
      const int64_t expected = mark.early.first > row.epoch ? 1 : row.sequence + 1;
      missing.first =
          absl::StrCat("events are missing in ", partition.topic, " partition ", partition.partition, ": expected sequence ",
                       expected, " of ", row.source, " in epoch ", mark.early.first, ", the log goes on with ", mark.early.second,
                       "; what comes after them waits until they are there");
      break;
    }
  }
  return missing;
}

Inputs::Kind Inputs::KindOf(const bus::TopicPartition& partition) {
  const int province = bus::ProvinceOfTopic(partition.topic);
  const bool counted = province == 0 && partition.topic != bus::kCalendarDays;
  return {.kind = province != 0 ? InputKind::kReport
                  : counted     ? InputKind::kFact
                                : InputKind::kDay,
          .province = province,
          .slot = province != 0 ? province : partition.partition,
          .generation = GenerationOf(partition.topic)};
}

Origin Inputs::OriginOf(const bus::Record& record) const {
  auto it = inputs_.find(*record.from);
  const Kind kind = it == inputs_.end() ? KindOf(*record.from) : it->second.kind;
  Origin origin;
  origin.kind = kind.kind;
  origin.province = kind.province;
  origin.partition = record.from->partition;
  origin.offset = record.offset;
  origin.timestamp_ms = record.timestamp_ms;
  origin.position = Position::OfRecord(kind.slot, kind.generation, record.offset);
  origin.ce_id = record.headers.id;
  return origin;
}

void Inputs::SetDay(const bus::TopicPartition& partition, calendar::Day day) {
  Input& input = inputs_.at(partition);
  input.staged.row.day = day;
  input.dirty = true;
}

void Inputs::SetLastDay(const bus::TopicPartition& partition, calendar::Day day) {
  Input& input = inputs_.at(partition);
  input.staged.row.last_day = day;
  input.dirty = true;
}

calendar::Day Inputs::DayOf(const bus::TopicPartition& partition) const {
  auto it = inputs_.find(partition);
  return it == inputs_.end() ? calendar::Day{} : it->second.staged.row.day;
}

calendar::Day Inputs::LastDayOf(const bus::TopicPartition& partition) const {
  auto it = inputs_.find(partition);
  return it == inputs_.end() ? calendar::Day{} : it->second.staged.row.last_day;
}

absl::StatusOr<std::vector<calendar::Day>> Inputs::ReadDays(const std::string& topic, int partitions, store::Reader& reader) {
  std::vector<calendar::Day> days(partitions);
  const store::ScanRange all{.from = {topic, int64_t{0}}, .to = {topic, int64_t{partitions}}};
  absl::Status status = reader.Scan(store::SpecOf<InputRow>(), all, [&](size_t, store::CellSource& cells, int64_t) {
    InputRow row;
    store::ReadRow(cells, row);
    days[row.partition] = row.day;
  });
  if (!status.ok()) return status;
  return days;
}

absl::Status Inputs::Write(store::Transaction& transaction) {
  std::vector<store::Write> rows;
  std::vector<store::Write> marks;
  for (auto& [partition, input] : inputs_) {  // sorted by topic and partition
    if (!input.dirty) continue;
    rows.push_back({&input.staged.row, input.version});
    for (const Mark& mark : input.staged.marks) {
      if (mark.dirty) marks.push_back({&mark.row, mark.version});
    }
  }
  for (auto [spec, writes] : {std::pair(&store::SpecOf<InputRow>(), &rows), std::pair(&store::SpecOf<MarkRow>(), &marks)}) {
    if (writes->empty()) continue;
    absl::StatusOr<int64_t> conflicts = transaction.Put(*spec, *writes);
    if (!conflicts.ok()) return conflicts.status();
    if (*conflicts > 0) return absl::CancelledError("a partition belongs to another process now");
  }
  return absl::OkStatus();
}

void Inputs::Commit() {
  for (auto& [partition, input] : inputs_) {
    if (!input.dirty) continue;
    input.dirty = false;
    ++input.version;
    for (Mark& mark : input.staged.marks) {
      if (mark.dirty) ++mark.version;
      mark.dirty = false;
    }
    input.committed = input.staged;
  }
}

void Inputs::Rollback() {
  for (auto& [partition, input] : inputs_) {
    if (input.dirty) input.staged = input.committed;
    input.dirty = false;
  }
}

std::vector<bus::Start> Inputs::Progress() const {
  std::vector<bus::Start> progress;
  progress.reserve(inputs_.size());
  for (const auto& [partition, input] : inputs_) progress.push_back({partition, input.committed.row.next_offset});
  return progress;
}

}  // namespace berdaya::flow
