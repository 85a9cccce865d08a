// Small parts for tests that speak to a Bus: a listener that remembers, loops that wait for a condition with a bound.
#ifndef BERDAYA_COMMON_BUS_TESTING_BUS_HELPERS_H_
#define BERDAYA_COMMON_BUS_TESTING_BUS_HELPERS_H_

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/bus/bus.h"

namespace berdaya::bus::testing {

inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Calls `step` until it returns true; false if that took longer than kPatience.
inline bool Until(const std::function<bool()>& step) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (absl::Now() < deadline) {
    if (step()) return true;
  }
  return false;
}

// Starts each partition where `starts` says, else at 0.
class Recorder : public AssignmentListener {
 public:
  absl::StatusOr<std::vector<Start>> OnAssigned(absl::Span<const TopicPartition> partitions) override {
    ++assignments;
    if (!refuse.ok()) return refuse;
    std::vector<Start> out;
    for (const TopicPartition& p : partitions) {
      held.insert(p);
      auto it = starts.find(p);
      out.push_back({p, it == starts.end() ? 0 : it->second});
    }
    return out;
  }
  void OnRevoked(absl::Span<const TopicPartition> partitions, bool was_lost) override {
    ++revocations;
    lost += was_lost ? 1 : 0;
    for (const TopicPartition& p : partitions) held.erase(p);
  }

  std::map<TopicPartition, int64_t> starts;
  absl::Status refuse;
  std::set<TopicPartition> held;
  int assignments = 0;
  int revocations = 0;
  int lost = 0;
};

// A consumer with what it has received, by value.
struct Reader {
  Recorder listener;
  std::unique_ptr<Consumer> consumer;
  std::map<TopicPartition, std::vector<int64_t>> offsets;
  std::map<TopicPartition, std::vector<std::string>> values;
  absl::Status status;

  bool Step(absl::Duration wait = absl::Milliseconds(20), const BatchLimits& limits = {}) {
    auto batch = consumer->Poll(wait, limits);
    status = batch.status();
    if (!batch.ok()) return false;
    for (const Record& r : (*batch)->records()) {
      offsets[*r.from].push_back(r.offset);
      values[*r.from].emplace_back(r.value);
      // Goes on from here if the partition comes back.
      listener.starts[*r.from] = r.offset + 1;
    }
    return true;
  }

  size_t Count() const {
    size_t count = 0;
    for (const auto& [name, list] : values) count += list.size();
    return count;
  }
};

// Sends and waits for all acknowledgements; ordered by token.
inline std::vector<Ack> SendAll(Producer& producer, const std::vector<OutRecord>& records) {
  std::vector<Ack> acks;
  for (size_t i = 0; i < records.size(); ++i) {
    const bool sent = Until([&] {
      absl::Status status = producer.Send(records[i], i);
      if (absl::IsResourceExhausted(status)) {
        producer.Poll(absl::Milliseconds(10), acks).IgnoreError();
        return false;
      }
      if (!status.ok()) acks.push_back({i, status, -1});
      return true;
    });
    if (!sent) break;
  }
  Until([&] {
    const absl::Status status = producer.Poll(absl::Milliseconds(50), acks);
    return producer.InFlight() == 0 || absl::IsAborted(status);
  });
  std::sort(acks.begin(), acks.end(), [](const Ack& a, const Ack& b) { return a.token < b.token; });
  return acks;
}

}  // namespace berdaya::bus::testing

#endif  // BERDAYA_COMMON_BUS_TESTING_BUS_HELPERS_H_
