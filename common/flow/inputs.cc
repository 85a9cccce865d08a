#include "common/flow/inputs.h"

#include <limits>
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

std::string Place(const bus::Record& record) {
  return absl::StrCat(record.from->topic, " partition ", record.from->partition, " offset ", record.offset);
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
    input.province = bus::ProvinceOfTopic(partition.topic);
    input.slot = input.province != 0 ? input.province : partition.partition;
    input.generation = GenerationOf(partition.topic);
    input.sequenced = input.province == 0 && partition.topic != bus::kCalendarDays;
    input.committed.row.topic = partition.topic;
    input.committed.row.partition = partition.partition;
    const store::KeyOf<InputRow> key{partition.topic, partition.partition};
    const void* keys[] = {&key};
    absl::Status status =
        transaction.Read(store::SpecOf<InputRow>(), keys, [&](size_t, store::CellSource& cells, int64_t version) {
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
  if (record.offset < row.next_offset) {
    const bool last_handled = record.offset == row.next_offset - 1;
    if (last_handled && static_cast<int64_t>(HashOfRecord(record)) != row.last_hash) {
      return absl::DataLossError(absl::StrCat("the log was cut and written again: another record than the one handled is at ",
                                              Place(record), "; restore the log or begin a new epoch"));
    }
    return Admission::kRepeat;
  }
  row.next_offset = record.offset + 1;
  row.last_hash = static_cast<int64_t>(HashOfRecord(record));
  input.dirty = true;
  return input.sequenced ? CheckMark(input, record) : Admission::kHandle;
}

absl::StatusOr<Inputs::Admission> Inputs::CheckMark(Input& input, const bus::Record& record) {
  const bus::EventHeaders& headers = record.headers;
  if (headers.sequence < 1 || headers.epoch < 0 || headers.source.empty()) return Admission::kUnsequenced;
  Mark* mark = nullptr;
  for (Mark& candidate : input.staged.marks) {
    if (candidate.row.source == headers.source) mark = &candidate;
  }
  if (mark == nullptr) {
    mark = &input.staged.marks.emplace_back();
    mark->row = {record.from->topic, record.from->partition, std::string(headers.source), headers.epoch, 0};
  }
  MarkRow& row = mark->row;
  if (headers.epoch < row.epoch || (headers.epoch == row.epoch && headers.sequence <= row.sequence)) return Admission::kRepeat;
  const int64_t expected = headers.epoch > row.epoch ? 1 : row.sequence + 1;
  if (headers.sequence != expected) {
    return absl::DataLossError(absl::StrCat("events are missing before ", Place(record), ": expected sequence ", expected, " of ",
                                            std::string(headers.source), " in epoch ", headers.epoch, ", got ", headers.sequence));
  }
  row.epoch = headers.epoch;
  row.sequence = headers.sequence;
  mark->dirty = true;
  return Admission::kHandle;
}

Origin Inputs::OriginOf(const bus::Record& record) const {
  const Input& input = inputs_.at(*record.from);
  Origin origin;
  origin.kind = input.province != 0 ? InputKind::kReport : input.sequenced ? InputKind::kFact : InputKind::kDay;
  origin.province = input.province;
  origin.partition = record.from->partition;
  origin.offset = record.offset;
  origin.timestamp_ms = record.timestamp_ms;
  origin.position = Position::OfRecord(input.slot, input.generation, record.offset);
  origin.ce_id = record.headers.id;
  return origin;
}

void Inputs::SetDay(const bus::TopicPartition& partition, calendar::Day day) {
  Input& input = inputs_.at(partition);
  input.staged.row.day = day;
  input.dirty = true;
}

std::vector<calendar::Day> Inputs::DaysOf(const std::string& topic) const {
  std::vector<calendar::Day> days;
  for (const auto& [partition, input] : inputs_) {
    if (partition.topic != topic) continue;
    if (partition.partition >= static_cast<int32_t>(days.size())) days.resize(partition.partition + 1);
    days[partition.partition] = input.staged.row.day;
  }
  return days;
}

absl::StatusOr<std::vector<calendar::Day>> Inputs::AllDaysOf(const std::string& topic, store::Transaction& transaction) const {
  std::vector<calendar::Day> days = DaysOf(topic);
  const store::ScanRange all{.from = {topic, int64_t{0}}, .to = {topic, std::numeric_limits<int64_t>::max()}};
  absl::Status status = transaction.Scan(store::SpecOf<InputRow>(), all, [&](size_t, store::CellSource& cells, int64_t) {
    InputRow row;
    store::ReadRow(cells, row);
    if (Owns({row.topic, row.partition})) return;
    if (row.partition >= static_cast<int32_t>(days.size())) days.resize(row.partition + 1);
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
