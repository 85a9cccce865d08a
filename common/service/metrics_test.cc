#include "common/service/metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Metrics, ShowsEveryKindAsText) {
  Metrics metrics;
  metrics.Counter("berdaya_x_records_total", "Records", {{"topic", "a"}}).Increment(3);
  metrics.Gauge("berdaya_x_lag", "Lag").Set(7);
  metrics.Histogram("berdaya_x_seconds", "Latency", {0.1, 1}).Observe(0.5);
  metrics.GaugeFrom("berdaya_x_asked", "Asked", [] { return 42.0; });
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# HELP berdaya_x_records_total Records\n# TYPE berdaya_x_records_total counter\n"
                              "berdaya_x_records_total{topic=\"a\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("berdaya_x_lag 7\n"));
  EXPECT_THAT(text, HasSubstr("berdaya_x_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("berdaya_x_asked 42\n"));
  EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total "));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

TEST(Metrics, GivesTheSameObjectAgain) {
  Metrics metrics;
  prometheus::Counter& a = metrics.Counter("berdaya_x_total", "X", {{"k", "1"}});
  EXPECT_EQ(&a, &metrics.Counter("berdaya_x_total", "X", {{"k", "1"}}));
  EXPECT_NE(&a, &metrics.Counter("berdaya_x_total", "X", {{"k", "2"}}));
}

TEST(Metrics, ListsNamesForAGoldenFile) {
  Metrics metrics;
  metrics.Gauge("berdaya_b", "B", {{"k", "1"}});
  metrics.Gauge("berdaya_b", "B", {{"k", "2"}});
  metrics.Counter("berdaya_a_total", "A");
  metrics.Histogram("berdaya_c_seconds", "C", LatencyBuckets());
  EXPECT_THAT(metrics.ListNames(), ElementsAre("berdaya_a_total counter", "berdaya_b gauge", "berdaya_c_seconds histogram"));
}

TEST(Metrics, WrongUseEndsTheProcess) {
  Metrics metrics;
  metrics.Gauge("berdaya_x", "X");
  EXPECT_DEATH(metrics.Gauge("berdaya_x", "Y"), "two help texts");
  EXPECT_DEATH(metrics.Histogram("berdaya_x", "X", {1}), "two kinds");
  EXPECT_DEATH(metrics.GaugeFrom("berdaya_x", "X", [] { return 0.0; }), "registered twice");
  EXPECT_DEATH(metrics.Counter("berdaya_y", "Y"), "end in _total");
  EXPECT_DEATH(metrics.Gauge("lag", "L"), "berdaya_");
}

}  // namespace
}  // namespace berdaya::service
