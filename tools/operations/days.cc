// berdaya-days: the day scheduler. Opens each national day (Asia/Jakarta) when it begins, and at start the day that it is.
//
// A day may be opened any number of times, by any number of schedulers: the registry opens what is missing in order and drops the rest.
#include <csignal>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "common/bus/kafka.h"
#include "common/bus/topics.h"
#include "common/calendar/day.h"
#include "common/calendar/day_proto.h"

namespace berdaya {
namespace {

constexpr char kUsage[] =
    "usage: berdaya-days --brokers=HOST:PORT[,...] [--once] [--beat=FILE]\n"
    "Publishes DayOpened on calendar.days.v1 at every midnight of Asia/Jakarta. --once: today's day, then ends.\n"
    "--beat: writes the day to FILE every five seconds while it is the one that is open; a health check looks at the file's age.\n";
constexpr absl::Duration kPause = absl::Seconds(5);

volatile std::sig_atomic_t stopping = 0;

absl::Status Open(bus::Bus& bus, calendar::Day day) {
  absl::StatusOr<std::unique_ptr<bus::Producer>> producer = bus.NewProducer();
  if (!producer.ok()) return producer.status();
  calendar::v1::DayOpened opened;
  calendar::ToProto(day, *opened.mutable_day());
  const std::string value = opened.SerializeAsString();
  const std::string id = absl::StrCat("day-", day.Format());
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
  bus::OutRecord record;
  record.topic = bus::kCalendarDays;
  record.value = value;
  record.headers.id = id;
  record.headers.source = "berdaya/days";
  record.headers.type = calendar::v1::DayOpened::descriptor()->full_name();
  record.headers.time = time;
  record.headers.content_type = "application/protobuf";
  record.headers.spec_version = "1.0";
  if (absl::Status status = (*producer)->Send(record, 0); !status.ok()) return status;
  std::vector<bus::Ack> acks;
  for (const absl::Time give_up = absl::Now() + absl::Seconds(30); acks.empty() && absl::Now() < give_up;) {
    if (absl::Status status = (*producer)->Poll(absl::Milliseconds(200), acks); !status.ok()) return status;
  }
  return acks.empty() ? absl::UnavailableError("the broker did not acknowledge the day") : acks[0].status;
}

void Beat(const std::string& file, calendar::Day day) {
  if (!file.empty() && !(std::ofstream(file) << day << "\n").flush()) std::cerr << "berdaya-days: cannot write " << file << std::endl;
}

int Main(int argc, char** argv) {
  std::string brokers;
  std::string beat;
  bool once = false;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--brokers=")) {
      brokers = std::string(argument);
    } else if (absl::ConsumePrefix(&argument, "--beat=")) {
      beat = std::string(argument);
    } else if (argument == "--once") {
      once = true;
    } else {
      brokers.clear();
      break;
    }
  }
  if (brokers.empty()) {
    std::cerr << kUsage;
    return 2;
  }
  auto bus = bus::OpenKafka({.brokers = brokers, .client_id = "berdaya-days"});
  if (!bus.ok()) {
    std::cerr << "berdaya-days: " << bus.status().message() << "\n";
    return 1;
  }
  std::signal(SIGTERM, [](int) { stopping = 1; });
  std::signal(SIGINT, [](int) { stopping = 1; });
  calendar::Day opened;
  while (stopping == 0) {
    const calendar::Day today = calendar::JakartaDay(absl::Now());
    if (today != opened) {
      const absl::Status status = Open(**bus, today);
      if (status.ok()) {
        opened = today;
        std::cout << "berdaya-days: " << today << " is open" << std::endl;
        if (once) return 0;
      } else {
        std::cerr << "berdaya-days: trying again: " << status.message() << std::endl;
      }
    }
    if (today == opened) Beat(beat, today);
    for (const absl::Time next = absl::Now() + kPause; stopping == 0 && absl::Now() < next;) absl::SleepFor(absl::Milliseconds(200));
  }
  return 0;
}

}  // namespace
}  // namespace berdaya

int main(int argc, char** argv) { return berdaya::Main(argc, argv); }
