// The simulation's own way to Kafka, on librdkafka directly: it shares no code with the services that it checks.
#ifndef BERDAYA_TOOLS_SIMULATION_KAFKA_H_
#define BERDAYA_TOOLS_SIMULATION_KAFKA_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace berdaya::simulation {

std::string ReportsTopic(int province);
std::string RepliesTopic(int province);
std::string NoticesTopic(int province);
inline constexpr char kDaysTopic[] = "calendar.days.v1";
inline constexpr char kRegistryFacts[] = "registry.facts.v1";
inline constexpr char kMentoringFacts[] = "enterprise-mentoring.facts.v1";
inline constexpr int kFactPartitions = 6;

// An idempotent producer. One thread.
class Producer {
 public:
  // `on_delivered(tag, offset)` is called from Poll, Send and Flush, offset -1 for a record that the broker never took.
  using OnDelivered = std::function<void(uint64_t tag, int64_t offset)>;
  static absl::StatusOr<std::unique_ptr<Producer>> Connect(const std::string& brokers, OnDelivered on_delivered);
  ~Producer();

  struct Event {
    std::string_view topic;
    std::string_view key;
    std::string_view id;      // ce_id
    std::string_view source;  // ce_source
    std::string_view type;    // ce_type
    std::string_view value;
  };
  // Into partition 0; waits where the queue is full.
  absl::Status Send(const Event& event, uint64_t tag);
  void Poll() { rd_kafka_poll(client_, 0); }
  // Waits until every record sent has been delivered or given up.
  absl::Status Flush(int timeout_ms);

 private:
  Producer() = default;
  static void Delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* self);

  rd_kafka_t* client_ = nullptr;
  std::map<std::string, rd_kafka_topic_t*, std::less<>> topics_;
  OnDelivered on_delivered_;
};

// A record as read. Views live until the next call.
struct Arrived {
  int topic = 0;  // index into the topics asked for
  int32_t partition = 0;
  int64_t offset = 0;
  std::string_view type;
  std::string_view value;
};

struct Source {
  std::string topic;
  int32_t partitions = 1;
};

// Offsets by topic index and partition.
using Ends = std::map<std::pair<int, int32_t>, int64_t>;

// Where each partition ends now. Asks over a connection of its own: behind a fetch that waits for records a question takes half a
// second.
absl::StatusOr<Ends> EndsOf(const std::string& brokers, const std::vector<Source>& sources);

// Reads partitions from their beginning, without a group, and drops what a publisher sent again: as any consumer of the platform
// has to, by ce_source, ce_epoch and ce_sequence. One thread.
class Reader {
 public:
  static absl::StatusOr<std::unique_ptr<Reader>> Connect(const std::string& brokers, const std::vector<Source>& sources);
  ~Reader();

  // Waits up to `wait_ms` for the first record; calls `visit` for all that are there, up to `most`. Returns how many came, repeats
  // included. A jump of a sequence is DataLoss.
  absl::StatusOr<int> Poll(int wait_ms, int most, const std::function<void(const Arrived&)>& visit);

  // Reads up to `ends`; DeadlineExceeded after `timeout_ms` without progress.
  absl::Status ReadTo(const Ends& ends, int timeout_ms, const std::function<void(const Arrived&)>& visit);

 private:
  Reader() = default;
  bool Fresh(const rd_kafka_message_t& message, Arrived& arrived, absl::Status& status);

  rd_kafka_t* client_ = nullptr;
  std::vector<Source> sources_;
  std::map<std::string, int, std::less<>> index_;
  std::map<const void*, int> by_handle_;
  struct Mark {
    int64_t epoch = -1;
    int64_t sequence = 0;
  };
  std::map<std::tuple<int, int32_t, std::string>, Mark, std::less<>> marks_;
  Ends next_;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_KAFKA_H_
