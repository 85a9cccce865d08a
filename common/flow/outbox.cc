#include "common/flow/outbox.h"

#include <utility>

#include "common/bus/topics.h"

namespace berdaya::flow {
namespace {

void AppendLength(std::string& out, size_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

bool TakeText(std::string_view& rest, std::string_view& text) {
  size_t length = 0;
  for (int shift = 0;; shift += 7) {
    if (rest.empty() || shift > 28) return false;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    length |= size_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
  }
  if (length > rest.size()) return false;
  text = rest.substr(0, length);
  rest.remove_prefix(length);
  return true;
}

}  // namespace

bool SegmentReader::Next(SegmentRecord& record, absl::Status& status) {
  if (rest_.empty()) return false;
  if (TakeText(rest_, record.key) && TakeText(rest_, record.type) && TakeText(rest_, record.value)) return true;
  status = absl::DataLossError("an outbox segment is damaged");
  return false;
}

Outbox::Outbox(std::string facts_topic, std::string dead_letters_topic)
    : facts_topic_(std::move(facts_topic)), dead_letters_topic_(std::move(dead_letters_topic)), facts_(bus::kFactPartitions) {}

Segment& Outbox::SegmentOf(const std::string& topic, int32_t partition) {
  auto [it, fresh] = segments_.try_emplace(bus::TopicPartition{topic, partition});
  if (fresh) {
    it->second.topic = topic;
    it->second.partition = partition;
  }
  return it->second;
}

void Outbox::Append(Segment& segment, std::string_view key, std::string_view type, std::string_view value) {
  for (std::string_view text : {key, type, value}) {
    AppendLength(segment.payload, text.size());
    segment.payload.append(text);
  }
  ++segment.count;
}

void Outbox::Add(const Outgoing& record) {
  if (record.to == Outgoing::To::kFacts) {
    const int32_t partition = bus::PartitionOf(record.key, bus::kFactPartitions);
    Segment*& segment = facts_[partition];
    if (segment == nullptr) segment = &SegmentOf(facts_topic_, partition);
    Append(*segment, record.key, record.type, record.value);
    return;
  }
  const bool notice = record.to == Outgoing::To::kNotices;
  Append(SegmentOf(notice ? bus::NoticesTopic(record.province) : bus::RepliesTopic(record.province), 0), record.key, record.type,
         record.value);
}

void Outbox::AddToAllFacts(std::string_view type, std::string_view value) {
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) Append(SegmentOf(facts_topic_, p), {}, type, value);
}

void Outbox::AddDeadLetter(std::string_view type, std::string_view value) {
  Append(SegmentOf(dead_letters_topic_, 0), {}, type, value);
}

absl::StatusOr<std::vector<std::shared_ptr<const Segment>>> Outbox::Write(store::Transaction& transaction, int64_t epoch,
                                                                          absl::Time now) {
  std::vector<HeadRow> heads;
  std::vector<std::shared_ptr<Segment>> segments;
  for (auto& [to, segment] : segments_) {  // sorted, so that writers lock heads in one order
    heads.push_back({to.topic, to.partition, segment.count});
    segments.push_back(std::make_shared<Segment>(std::move(segment)));
  }
  Clear();
  std::vector<store::Write> writes;
  writes.reserve(heads.size());
  for (const HeadRow& head : heads) writes.push_back({&head});
  absl::Status status = transaction.AddAndGet(store::SpecOf<HeadRow>(), writes, [&](size_t i, store::CellSource& cells, int64_t) {
    HeadRow head;
    store::ReadRow(cells, head);
    segments[i]->last_sequence = head.last_sequence;
    segments[i]->epoch = epoch;
    segments[i]->time_ms = absl::ToUnixMillis(now);
  });
  if (!status.ok()) return status;
  writes.clear();
  for (const auto& segment : segments) writes.push_back({segment.get()});
  absl::StatusOr<int64_t> conflicts = transaction.Put(store::SpecOf<SegmentRow>(), writes);
  if (!conflicts.ok()) return conflicts.status();
  if (*conflicts > 0) return absl::InternalError("an outbox segment of this sequence exists already");
  return std::vector<std::shared_ptr<const Segment>>(segments.begin(), segments.end());
}

void Outbox::Clear() {
  segments_.clear();
  facts_.assign(facts_.size(), nullptr);
}

}  // namespace berdaya::flow
