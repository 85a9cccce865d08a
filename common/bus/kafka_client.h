// What every librdkafka instance of this room shares: settings, error codes as Status, callbacks that outlive their owner, and an
// end that cannot hang. Private to common/bus.
#ifndef BERDAYA_COMMON_BUS_KAFKA_CLIENT_H_
#define BERDAYA_COMMON_BUS_KAFKA_CLIENT_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/bus.h"
#include "common/bus/kafka.h"

namespace berdaya::bus {

using Settings = std::vector<std::pair<std::string, std::string>>;

// The status of an error code; `what` says what was being done, such as "topic x partition 3".
absl::Status StatusOf(rd_kafka_resp_err_t error, std::string_view what);

// The broker did not answer: absent, away or too slow.
bool NoAnswer(rd_kafka_resp_err_t error);
// What callers are told then.
absl::Status SilentBroker(const KafkaOptions& options);

// Runs `work` on a thread of its own and waits for it. False if it took longer than the bound: then it still runs, with whatever it
// holds.
bool RunBounded(int bound_ms, std::function<void()> work);

// Where librdkafka's callbacks arrive. Lives as long as the instance, even if its owner has gone.
class Hooks {
 public:
  explicit Hooks(std::function<void(LogLevel, std::string_view)> log) : log_(std::move(log)) {}
  virtual ~Hooks() = default;
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;

  // Registers the callbacks beyond log and error.
  virtual void Register(rd_kafka_conf_t*) {}

  void Log(LogLevel level, std::string_view message) const {
    if (log_ && !quiet_) log_(level, message);
  }

  // No more log: what it writes to may be gone.
  void Quiet() { quiet_ = true; }

  // Set on the polling thread.
  bool unreachable = false;  // no broker answers since the last answer
  absl::Status fatal;        // Aborted once the instance is beyond use

 private:
  const std::function<void(LogLevel, std::string_view)> log_;
  std::atomic<bool> quiet_ = false;
};

// One librdkafka instance. Whoever drops the last reference takes it down, within close_timeout_ms.
class Client {
 public:
  static absl::StatusOr<std::shared_ptr<Client>> New(rd_kafka_type_t type, const KafkaOptions& options, const Settings& settings,
                                                     std::unique_ptr<Hooks> hooks);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* get() const { return rk_; }
  const Hooks& hooks() const { return *hooks_; }

  // Leaves the group, on another thread. If that hangs, the instance is leaked.
  void CloseConsumer();

 private:
  Client(rd_kafka_t* rk, std::unique_ptr<Hooks> hooks, int close_timeout_ms)
      : rk_(rk), hooks_(std::move(hooks)), close_timeout_ms_(close_timeout_ms) {}

  rd_kafka_t* const rk_;
  std::shared_ptr<Hooks> hooks_;
  const int close_timeout_ms_;
  bool stuck_ = false;
};

// Partition lists as librdkafka wants them.
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;
PartitionList NewList(size_t size);

// Parts of the bus, each in its own file.
absl::StatusOr<std::unique_ptr<Consumer>> NewKafkaConsumer(const KafkaOptions& options, const std::string& group,
                                                           const std::vector<std::string>& topics, AssignmentListener* listener);
absl::StatusOr<std::unique_ptr<Producer>> NewKafkaProducer(const KafkaOptions& options);
absl::StatusOr<std::vector<PartitionEnd>> KafkaTails(const KafkaOptions& options, absl::Span<const TopicPartition> partitions,
                                                     std::string_view source);
absl::Status KafkaCreateTopics(const KafkaOptions& options, absl::Span<const TopicSpec> topics);
absl::Status KafkaCheckTopics(const KafkaOptions& options, absl::Span<const TopicSpec> topics);

// The attributes of a record received; views into `message`. Returns the bytes of all its headers.
int64_t ParseHeaders(const rd_kafka_message_t* message, EventHeaders& headers);

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_KAFKA_CLIENT_H_
