// Measures the bus against a real broker: produce, then consume, with the nine headers of an event. Not a test.
//
//   bench_bus BOOTSTRAP [RECORDS] [VALUE_BYTES] [PARTITIONS] [QUEUE]
//
// Prints records a second and CPU seconds (of this process) per million records.
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/bus/kafka.h"

namespace berdaya::bus {
namespace {

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

class Stopwatch {
 public:
  void Print(std::string_view what, int64_t records) const {
    const double seconds = absl::ToDoubleSeconds(absl::Now() - began_);
    const double millions = static_cast<double>(records) / 1e6;
    std::cout << absl::StrFormat("%-8s %10.0f records a second, %5.2f CPU seconds a million, %6.2f s\n", std::string(what),
                                 static_cast<double>(records) / seconds, (CpuSeconds() - cpu_) / millions, seconds);
  }

 private:
  const absl::Time began_ = absl::Now();
  const double cpu_ = CpuSeconds();
};

class FromStart : public AssignmentListener {
 public:
  absl::StatusOr<std::vector<Start>> OnAssigned(absl::Span<const TopicPartition> partitions) override {
    std::vector<Start> starts;
    for (const TopicPartition& p : partitions) starts.push_back({p, 0});
    return starts;
  }
  void OnRevoked(absl::Span<const TopicPartition>, bool) override {}
};

// Like a serialised report: half of it repeats, half does not.
std::string ValueOf(int64_t i, size_t bytes) {
  std::string value;
  uint64_t state = static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15;
  while (value.size() < bytes) {
    state ^= state >> 29;
    state *= 0xbf58476d1ce4e5b9;
    value.append(reinterpret_cast<const char*>(&state), 8);
    value.append("Sukamaju");
  }
  value.resize(bytes);
  return value;
}

absl::Status Produce(Bus& bus, const std::string& topic, int64_t records, size_t bytes, int partitions) {
  auto producer = bus.NewProducer();
  if (!producer.ok()) return producer.status();
  std::vector<std::string> values;
  for (int64_t i = 0; i < 1024; ++i) values.push_back(ValueOf(i, bytes));
  std::vector<Ack> acks;
  int64_t acked = 0;
  auto poll = [&](absl::Duration wait) {
    acks.clear();
    absl::Status status = (*producer)->Poll(wait, acks);
    acked += static_cast<int64_t>(acks.size());
    return status;
  };
  Stopwatch watch;
  for (int64_t i = 0; i < records; ++i) {
    OutRecord record;
    record.topic = topic;
    record.partition = static_cast<int32_t>(i % partitions);
    const std::string key = absl::StrCat(32'000'000'000 + i);
    const std::string id = absl::StrCat("registry/1/", i);
    record.key = key;
    record.value = values[i % 1024];
    record.headers = {
        id, "registry", "berdaya.registry.v1.FamilyRegistered", key, "2020-02-21T08:00:00Z", "application/protobuf", "", "1.0",
        1,  i + 1};
    absl::Status status;
    while (absl::IsResourceExhausted(status = (*producer)->Send(record, i))) {
      if (auto polled = poll(absl::Milliseconds(10)); !polled.ok()) return polled;
    }
    if (!status.ok()) return status;
    if (i % 1024 == 0) {
      if (auto polled = poll(absl::ZeroDuration()); !polled.ok()) return polled;
    }
  }
  while (acked < records) {
    if (auto polled = poll(absl::Milliseconds(100)); !polled.ok()) return polled;
  }
  watch.Print("produce", records);
  return absl::OkStatus();
}

absl::Status Consume(Bus& bus, const std::string& topic, int64_t records) {
  FromStart listener;
  auto consumer = bus.Subscribe(absl::StrCat("bench-", absl::ToUnixMicros(absl::Now())), {topic}, &listener);
  if (!consumer.ok()) return consumer.status();
  int64_t seen = 0;
  int64_t batches = 0;
  int64_t sequences = 0;
  // The first record is not counted: it waits for the group.
  std::optional<Stopwatch> watch;
  while (seen < records) {
    auto batch = (*consumer)->Poll(absl::Milliseconds(100), {});
    if (!batch.ok()) return batch.status();
    if ((*batch)->records().empty()) continue;
    if (!watch) watch.emplace();
    ++batches;
    for (const Record& r : (*batch)->records()) sequences += r.headers.sequence > 0 ? 1 : 0;
    seen += static_cast<int64_t>((*batch)->records().size());
  }
  watch->Print("consume", records);
  std::cout << "         " << records / batches << " records a batch, " << sequences << " with a sequence\n";
  return absl::OkStatus();
}

absl::Status Run(const std::string& brokers, int64_t records, size_t bytes, int partitions, int queue) {
  KafkaOptions options;
  options.brokers = brokers;
  options.queue_max_records = queue;
  options.log = [](LogLevel level, std::string_view text) {
    if (level <= LogLevel::kWarning) std::cerr << std::string(text) << "\n";
  };
  auto bus = OpenKafka(options);
  if (!bus.ok()) return bus.status();
  const std::string topic = absl::StrCat("bench.", absl::ToUnixMillis(absl::Now()));
  const TopicSpec spec{topic, partitions, -1, 1 << 20};
  if (auto status = (*bus)->CreateTopics({&spec, 1}); !status.ok()) return status;
  if (auto status = Produce(**bus, topic, records, bytes, partitions); !status.ok()) return status;
  if (auto status = Consume(**bus, topic, records); !status.ok()) return status;
  Stopwatch watch;
  std::vector<TopicPartition> names;
  for (int32_t p = 0; p < partitions; ++p) names.push_back({topic, p});
  auto tails = (*bus)->Tails(names, "registry");
  if (!tails.ok()) return tails.status();
  watch.Print("tails", partitions);
  return absl::OkStatus();
}

}  // namespace
}  // namespace berdaya::bus

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: bench_bus BOOTSTRAP [RECORDS] [VALUE_BYTES] [PARTITIONS] [QUEUE]\n";
    return 2;
  }
  auto number = [&](int i, int64_t otherwise) { return argc > i ? std::atoll(argv[i]) : otherwise; };
  const absl::Status status =
      berdaya::bus::Run(argv[1], number(2, 2'000'000), static_cast<size_t>(number(3, 300)), static_cast<int>(number(4, 6)),
                        static_cast<int>(number(5, berdaya::bus::KafkaOptions().queue_max_records)));
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
