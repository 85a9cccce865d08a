// The bus on a real Kafka, through librdkafka and within the rules of docs/kafka-client.md.
//
// Opening does not connect: a broker that is absent shows as Unavailable from the calls that need it, each after its bound, and the
// caller tries again. A Consumer may be destroyed before the batches it gave out.
#ifndef BERDAYA_COMMON_BUS_KAFKA_H_
#define BERDAYA_COMMON_BUS_KAFKA_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/bus/bus.h"

namespace berdaya::bus {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

struct KafkaOptions {
  // host:port, more of them behind commas.
  std::string brokers;
  std::string client_id = "berdaya";
  // More librdkafka settings, such as those of TLS; they win over ours. One that librdkafka does not know is an error of OpenKafka.
  std::map<std::string, std::string> properties;

  // How long a record may wait for others of its batch.
  int linger_ms = 5;
  // What a producer may hold before Send says ResourceExhausted. Short on purpose: what fits the processor's cache costs half
  // (docs/kafka-client.md).
  int queue_max_records = 4'000;
  int queue_max_kib = 64 * 1024;
  // The largest record a producer takes; a topic may allow less.
  int64_t max_record_bytes = 8 << 20;

  // A consumer that is silent for this long loses its partitions.
  int session_timeout_ms = 10'000;
  // Also how soon a member hears of a rebalance; at most a third of the above.
  int heartbeat_interval_ms = 2'000;
  int max_poll_interval_ms = 300'000;

  // Bound for questions to the broker: topics, tails without progress.
  int request_timeout_ms = 10'000;
  // Bound for leaving a group and for taking an instance down; past it the instance is leaked.
  int close_timeout_ms = 5'000;

  // librdkafka's log and ours. Called from several threads at once. Never carries keys or values of records.
  std::function<void(LogLevel, std::string_view)> log;
  // A partition of a provincial topic went on at `got` where `expected` should have come: its publisher used transactions, or
  // retention took the records. Called on the polling thread. Our own topics never do this: there it is DataLoss.
  std::function<void(const TopicPartition& partition, int64_t expected, int64_t got)> on_gap;
};

// InvalidArgument if an option or property is not acceptable; the message names it.
absl::StatusOr<std::unique_ptr<Bus>> OpenKafka(const KafkaOptions& options);

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_KAFKA_H_
