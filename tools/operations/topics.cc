// berdaya-topics: creates the topics of the platform that are missing, and refuses those that exist with another partition count.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/bus/kafka.h"
#include "common/bus/topics.h"
#include "common/region/region_table.h"

namespace berdaya {
namespace {

constexpr char kUsage[] =
    "usage: berdaya-topics --brokers=HOST:PORT[,...] [--regions=data/regions/regions.tsv] [--wait=SECONDS]\n"
    "Creates the topics of every province of the region table, old and new, and of the services.\n"
    "--wait: how long to wait for the broker, 60 by default.\n";

std::vector<int> ProvincesOf(const region::RegionTable& table) {
  std::vector<int> codes;
  for (const region::Region& region : table.all()) {
    if (region.code.level() == region::Level::kProvince) codes.push_back(region.code.ProvinceCode());
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

int Fail(const std::string& why) {
  std::cerr << "berdaya-topics: " << why << "\n";
  return 1;
}

int Main(int argc, char** argv) {
  std::string brokers;
  std::string regions = "data/regions/regions.tsv";
  int wait_s = 60;
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::string> pair = absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    if (pair.size() != 2) {
      std::cerr << kUsage;
      return 2;
    }
    if (pair[0] == "--brokers") {
      brokers = pair[1];
    } else if (pair[0] == "--regions") {
      regions = pair[1];
    } else if (pair[0] != "--wait" || !absl::SimpleAtoi(pair[1], &wait_s)) {
      std::cerr << kUsage;
      return 2;
    }
  }
  if (brokers.empty()) {
    std::cerr << kUsage;
    return 2;
  }
  auto table = region::RegionTable::Load(regions);
  if (!table.ok()) return Fail(std::string(table.status().message()));
  auto bus = bus::OpenKafka({.brokers = brokers, .client_id = "berdaya-topics"});
  if (!bus.ok()) return Fail(std::string(bus.status().message()));
  const std::vector<bus::TopicSpec> topics = bus::AllTopics(ProvincesOf(**table));
  const absl::Time give_up = absl::Now() + absl::Seconds(wait_s);
  while (true) {
    const absl::Status status = (*bus)->CreateTopics(topics);
    if (status.ok()) break;
    if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) return Fail(std::string(status.message()));
    if (absl::Now() > give_up) return Fail("the broker did not answer in time: " + std::string(status.message()));
    absl::SleepFor(absl::Milliseconds(200));
  }
  std::cout << "berdaya-topics: " << topics.size() << " topics are there\n";
  return 0;
}

}  // namespace
}  // namespace berdaya

int main(int argc, char** argv) { return berdaya::Main(argc, argv); }
