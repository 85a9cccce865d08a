// berdaya-load: publishes synthetic families as provinces would, for tools/bench. With --rate it also reads the replies and tells
// how long they took.
#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berdaya/province/v1/replies.pb.h"
#include "common/bus/kafka.h"
#include "common/bus/topics.h"
#include "common/region/region_table.h"
#include "tools/benchmark/generator.h"

namespace berdaya {
namespace {

constexpr char kUsage[] =
    "usage: berdaya-load --brokers=HOST:PORT --families=N [--from=0] [--total=from+N] [--seed=1] [--rate=R]\n"
    "                    [--regions=data/regions/regions.tsv]\n"
    "Publishes the families from --from on, of --total that are spread over all villages. --rate: so many a second, awaits the "
    "reply\n"
    "to each, and prints load: p50_ms=... p99_ms=...\n";
constexpr absl::Duration kPatience = absl::Seconds(60);

struct Options {
  std::string brokers;
  std::string regions;
  int64_t families = 0;
  int64_t from = 0;
  int64_t total = 0;
  uint64_t seed = 1;
  int64_t rate = 0;
};

// Reads replies from where they end when it starts.
class Replies : public bus::AssignmentListener {
 public:
  Replies(bus::Bus& bus, const std::vector<std::string>& topics) : bus_(bus), topics_(topics) {}

  absl::Status Start() {
    auto consumer = bus_.Subscribe(absl::StrCat("load-", absl::ToUnixMillis(absl::Now())), topics_, this);
    if (!consumer.ok()) return consumer.status();
    consumer_ = *std::move(consumer);
    for (const absl::Time give_up = absl::Now() + kPatience; !assigned_;) {
      if (absl::Now() > give_up) return absl::UnavailableError("the replies were not assigned");
      if (auto batch = consumer_->Poll(absl::Milliseconds(20), {}); !batch.ok()) return batch.status();
    }
    return absl::OkStatus();
  }

  // Calls `on_outcome` with province and offset of every report that was answered since.
  template <class F>
  absl::Status Poll(F on_outcome) {
    auto batch = consumer_->Poll(absl::Milliseconds(1), {});
    if (!batch.ok()) return batch.status();
    for (const bus::Record& record : (*batch)->records()) {
      province::v1::OutcomesReported outcomes;
      if (!outcomes.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) continue;
      for (const auto& outcome : outcomes.outcomes()) on_outcome(outcomes.province(), outcome.offset());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<bus::Start>> OnAssigned(absl::Span<const bus::TopicPartition> partitions) override {
    auto ends = bus_.Tails(partitions, "nobody");
    if (!ends.ok()) return ends.status();
    std::vector<bus::Start> starts;
    for (size_t i = 0; i < partitions.size(); ++i) starts.push_back({partitions[i], (*ends)[i].end_offset});
    assigned_ = true;
    return starts;
  }
  void OnRevoked(absl::Span<const bus::TopicPartition>, bool) override {}

 private:
  bus::Bus& bus_;
  const std::vector<std::string> topics_;
  std::unique_ptr<bus::Consumer> consumer_;
  bool assigned_ = false;
};

class Load {
 public:
  Load(bus::Bus& bus, const region::RegionTable& regions, const Options& options)
      : bus_(bus), options_(options), generator_(regions, options.seed, options.total) {
    for (const region::Region& region : regions.all()) {
      if (region.code.level() == region::Level::kProvince) provinces_.insert(region.code.ProvinceCode());
    }
  }

  absl::Status Run() {
    auto producer = bus_.NewProducer();
    if (!producer.ok()) return producer.status();
    producer_ = *std::move(producer);
    for (int64_t n = 0; n < options_.from; ++n) generator_.Family(n);
    return options_.rate > 0 ? RunPaced() : RunFast();
  }

 private:
  absl::Status RunFast() {
    for (int64_t n = 0; n < options_.families; ++n) {
      if (absl::Status status = Send(n); !status.ok()) return status;
    }
    while (acked_ < options_.families) {
      if (absl::Status status = TakeAcks(absl::Seconds(1)); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status RunPaced() {
    std::vector<std::string> topics;
    for (int province : provinces_) topics.push_back(bus::RepliesTopic(province));
    Replies replies(bus_, topics);
    if (absl::Status status = replies.Start(); !status.ok()) return status;
    sent_at_.resize(options_.families);
    const absl::Time began = absl::Now();
    absl::Time moved = began;
    for (int64_t n = 0; answered_at_.size() < sent_at_.size();) {
      for (const double due = absl::ToDoubleSeconds(absl::Now() - began) * options_.rate; n < options_.families && n <= due; ++n) {
        sent_at_[n] = absl::Now();
        if (absl::Status status = Send(n); !status.ok()) return status;
      }
      if (absl::Status status = TakeAcks(absl::ZeroDuration()); !status.ok()) return status;
      const absl::Status status = replies.Poll([&](int province, int64_t offset) {
        moved = absl::Now();
        answered_at_.try_emplace({province, offset}, moved);
      });
      if (!status.ok()) return status;
      if (absl::Now() - moved > kPatience) return absl::DeadlineExceededError("the replies do not come");
    }
    Tell();
    return absl::OkStatus();
  }

  void Tell() const {
    std::vector<double> ms;
    for (const auto& [place, n] : place_) ms.push_back(absl::ToDoubleMilliseconds(answered_at_.at(place) - sent_at_[n]));
    std::sort(ms.begin(), ms.end());
    std::cout << "load: p50_ms=" << ms[ms.size() / 2] << " p99_ms=" << ms[ms.size() * 99 / 100] << std::endl;
  }

  absl::Status Send(int64_t n) {
    const province::v1::FamilyReported report = generator_.Family(options_.from + n);
    const auto province = static_cast<int>(report.village() / 100'000'000);
    const std::string value = report.SerializeAsString();
    const std::string topic = bus::ReportsTopic(province);
    bus::OutRecord record{topic, 0, report.local_family_ref(), value, {}};
    record.headers.id = report.info().report_id();
    record.headers.source = "load";
    record.headers.type = "berdaya.province.v1.FamilyReported";
    record.headers.content_type = "application/protobuf";
    record.headers.spec_version = "1.0";
    if (options_.rate > 0) province_.push_back(province);
    absl::Status status = producer_->Send(record, n);
    while (absl::IsResourceExhausted(status)) {
      if (absl::Status taken = TakeAcks(absl::Milliseconds(100)); !taken.ok()) return taken;
      status = producer_->Send(record, n);
    }
    return status;
  }

  absl::Status TakeAcks(absl::Duration wait) {
    acks_.clear();
    if (absl::Status status = producer_->Poll(wait, acks_); !status.ok()) return status;
    for (const bus::Ack& ack : acks_) {
      if (!ack.status.ok()) return ack.status;
      if (options_.rate > 0) place_[{province_[ack.token], ack.offset}] = static_cast<int64_t>(ack.token);
    }
    acked_ += static_cast<int64_t>(acks_.size());
    return absl::OkStatus();
  }

  using Place = std::pair<int, int64_t>;  // province and offset

  bus::Bus& bus_;
  const Options options_;
  Generator generator_;
  std::set<int> provinces_;
  std::unique_ptr<bus::Producer> producer_;
  std::vector<bus::Ack> acks_;
  int64_t acked_ = 0;
  std::vector<absl::Time> sent_at_;  // by family
  std::vector<int> province_;        // by family
  std::map<Place, int64_t> place_;   // to family
  std::map<Place, absl::Time> answered_at_;
};

bool Parse(int argc, char** argv, Options& options) {
  std::map<std::string, std::string> given = {
      {"--from", "0"},   {"--seed", "1"},   {"--rate", "0"}, {"--total", "0"}, {"--regions", "data/regions/regions.tsv"},
      {"--brokers", ""}, {"--families", ""}};
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::string> pair = absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    if (pair.size() != 2 || !given.contains(pair[0])) return false;
    given[pair[0]] = pair[1];
  }
  options.brokers = given["--brokers"];
  options.regions = given["--regions"];
  const bool numbers = absl::SimpleAtoi(given["--families"], &options.families) &&
                       absl::SimpleAtoi(given["--from"], &options.from) && absl::SimpleAtoi(given["--total"], &options.total) &&
                       absl::SimpleAtoi(given["--seed"], &options.seed) && absl::SimpleAtoi(given["--rate"], &options.rate);
  options.total = std::max(options.total, options.from + options.families);
  return numbers && !options.brokers.empty() && options.families > 0 && options.from >= 0 && options.rate >= 0;
}

int Fail(const absl::Status& status) {
  std::cerr << "berdaya-load: " << status << "\n";
  return 1;
}

int Main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, options)) {
    std::cerr << kUsage;
    return 2;
  }
  auto regions = region::RegionTable::Load(options.regions);
  if (!regions.ok()) return Fail(regions.status());
  auto bus = bus::OpenKafka({.brokers = options.brokers, .client_id = "berdaya-load", .linger_ms = options.rate > 0 ? 1 : 50});
  if (!bus.ok()) return Fail(bus.status());
  Load load(**bus, **regions, options);
  const absl::Status status = load.Run();
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace berdaya

int main(int argc, char** argv) { return berdaya::Main(argc, argv); }
