// The figures that a process shows at /metrics, in the text format of Prometheus.
//
//   prometheus::Counter& records = metrics.Counter("berdaya_flow_records_total", "Records handled", {{"topic", topic}});
//   records.Increment(batch.size());
//
// Register at start, keep the reference, which lives as long as Metrics. Asking again for the same name and labels gives the same
// object. A name has one kind and one help text: anything else is a programming error and ends the process, as does a name that is
// not berdaya_[a-z0-9_]+ or a counter not ending in _total. Label values come from small closed sets, never from data. Any thread.
#ifndef BERDAYA_COMMON_SERVICE_METRICS_H_
#define BERDAYA_COMMON_SERVICE_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"

namespace berdaya::service {

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();

  prometheus::Counter& Counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `buckets`: upper bounds, rising; the same for every use of a name.
  prometheus::Histogram& Histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                                   const Labels& labels = {});

  // A gauge whose value is asked for at each exposition. `read` must be quick, callable from any thread, and outlive Metrics.
  void GaugeFrom(const std::string& name, const std::string& help, std::function<double()> read);

  // Every figure as text, with the process's own (CPU seconds, memory, start).
  std::string Text() const;

  // "berdaya_flow_records_total counter", sorted: what a golden file of names is compared with.
  std::vector<std::string> ListNames() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Bounds for latencies in seconds, 0.5 ms to 30 s.
std::vector<double> LatencyBuckets();

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_METRICS_H_
