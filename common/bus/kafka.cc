#include "common/bus/kafka.h"

#include "common/bus/kafka_client.h"

namespace berdaya::bus {
namespace {

class KafkaBus : public Bus {
 public:
  explicit KafkaBus(const KafkaOptions& options) : options_(options) {}

  absl::StatusOr<std::unique_ptr<Consumer>> Subscribe(const std::string& group, const std::vector<std::string>& topics,
                                                      AssignmentListener* listener) override {
    return NewKafkaConsumer(options_, group, topics, listener);
  }
  absl::StatusOr<std::unique_ptr<Producer>> NewProducer() override { return NewKafkaProducer(options_); }
  absl::StatusOr<std::vector<PartitionEnd>> Tails(absl::Span<const TopicPartition> partitions, std::string_view source) override {
    return KafkaTails(options_, partitions, source);
  }
  absl::Status CreateTopics(absl::Span<const TopicSpec> topics) override { return KafkaCreateTopics(options_, topics); }
  absl::Status CheckTopics(absl::Span<const TopicSpec> topics) override { return KafkaCheckTopics(options_, topics); }

 private:
  const KafkaOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Bus>> OpenKafka(const KafkaOptions& options) {
  if (options.brokers.empty()) return absl::InvalidArgumentError("brokers: empty; give host:port");
  // Finds a wrong property now, not when the first consumer is made. An instance connects only when it is used.
  auto probe = Client::New(RD_KAFKA_PRODUCER, options, {}, std::make_unique<Hooks>(options.log));
  if (!probe.ok()) return probe.status();
  return std::make_unique<KafkaBus>(options);
}

}  // namespace berdaya::bus
