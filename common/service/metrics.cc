#include "common/service/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace berdaya::service {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Single(std::string name, std::string help, MetricType type, double value) {
  MetricFamily family{std::move(name), std::move(help), type, {}};
  prometheus::ClientMetric metric;
  if (type == MetricType::Counter) metric.counter.value = value;
  if (type == MetricType::Gauge) metric.gauge.value = value;
  family.metric.push_back(metric);
  return family;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentBytes() {
  double pages_all = 0;
  double pages_resident = 0;
  std::ifstream("/proc/self/statm") >> pages_all >> pages_resident;
  return pages_resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

const char* NameOf(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
    default:
      return "other";
  }
}

[[noreturn]] void ProgrammingError(const std::string& name, const char* what) {
  std::fprintf(stderr, "metric %s: %s\n", name.c_str(), what);
  std::abort();
}

void CheckName(const std::string& name, MetricType type) {
  const bool good = absl::StartsWith(name, "berdaya_") && std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good) ProgrammingError(name, "a name is berdaya_[a-z0-9_]+");
  if ((type == MetricType::Counter) != absl::EndsWith(name, "_total"))
    ProgrammingError(name, "counters, and only they, end in _total");
}

}  // namespace

struct Metrics::State {
  struct Asked {
    std::string name;
    std::string help;
    std::function<double()> read;
  };

  // Ends the process if the name has another kind or help already.
  void Claim(const std::string& name, const std::string& help, MetricType type) {
    CheckName(name, type);
    const auto [known, is_new] = known_names.emplace(name, std::make_pair(help, type));
    if (known->second.first != help) ProgrammingError(name, "registered with two help texts");
    if (known->second.second != type) ProgrammingError(name, "registered with two kinds");
  }

  mutable std::mutex mutex;
  std::map<std::string, std::pair<std::string, MetricType>> known_names;
  std::vector<Asked> asked;
  prometheus::Registry registry;
  double start_seconds = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(state_->mutex);
  state_->Claim(name, help, MetricType::Counter);
  return prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(state_->mutex);
  state_->Claim(name, help, MetricType::Gauge);
  return prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                                          const Labels& labels) {
  std::lock_guard lock(state_->mutex);
  state_->Claim(name, help, MetricType::Histogram);
  return prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry).Add(labels, buckets);
}

void Metrics::GaugeFrom(const std::string& name, const std::string& help, std::function<double()> read) {
  std::lock_guard lock(state_->mutex);
  if (state_->known_names.contains(name)) ProgrammingError(name, "registered twice");
  state_->Claim(name, help, MetricType::Gauge);
  state_->asked.push_back({name, help, std::move(read)});
}

std::string Metrics::Text() const {
  std::vector<MetricFamily> families = state_->registry.Collect();
  std::unique_lock lock(state_->mutex);
  const std::vector<State::Asked> asked = state_->asked;
  lock.unlock();
  for (const State::Asked& a : asked) families.push_back(Single(a.name, a.help, MetricType::Gauge, a.read()));
  families.push_back(Single("process_cpu_seconds_total", "User and system CPU time, seconds", MetricType::Counter, CpuSeconds()));
  families.push_back(Single("process_resident_memory_bytes", "Resident memory, bytes", MetricType::Gauge, ResidentBytes()));
  families.push_back(
      Single("process_start_time_seconds", "Start, seconds since 1970 UTC", MetricType::Gauge, state_->start_seconds));
  return prometheus::TextSerializer().Serialize(families);
}

std::vector<std::string> Metrics::ListNames() const {
  std::lock_guard lock(state_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, known] : state_->known_names) names.push_back(absl::StrCat(name, " ", NameOf(known.second)));
  return names;
}

std::vector<double> LatencyBuckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

}  // namespace berdaya::service
