#include "common/bus/testing/broker_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/bus/text.h"

namespace berdaya::bus::testing {
namespace {

// Runs the broker's script and returns what it prints.
absl::StatusOr<std::string> RunScript(std::string_view command, const std::string& dir) {
  const std::string line =
      absl::StrCat("BERDAYA_BROKER_OWNER=", getpid(), " BERDAYA_BROKER_JAVA=${BERDAYA_BROKER_JAVA:--XX:TieredStopAtLevel=1} '",
                   BERDAYA_BROKER_SCRIPT, "' ", Text(command), " '", dir, "'");
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return absl::InternalError("popen failed");
  std::string out;
  char buffer[256];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) out.append(buffer, n);
  const int status = pclose(pipe);
  if (status != 0) return absl::InternalError(absl::StrCat("broker ", Text(command), " failed (its reason is above)"));
  return out;
}

constexpr char kFirstSegment[] = "00000000000000000000";

std::string PartitionFolder(const std::string& dir, const TopicPartition& partition) {
  return absl::StrCat(dir, "/data/", partition.topic, "-", partition.partition, "/");
}

std::string BootstrapOf(absl::string_view printed) {
  absl::ConsumePrefix(&printed, "bootstrap=");
  return std::string(absl::StripAsciiWhitespace(printed));
}

}  // namespace

Broker& Broker::Shared() {
  static const std::unique_ptr<Broker> kShared = [] {
    if (const char* external = getenv("BERDAYA_TEST_BROKER")) return std::unique_ptr<Broker>(new Broker("", external));
    auto broker = Start();
    if (!broker.ok()) {
      std::cerr << "test broker: " << broker.status() << std::endl;
      abort();
    }
    return *std::move(broker);
  }();
  return *kShared;
}

absl::StatusOr<std::unique_ptr<Broker>> Broker::Start() {
  std::string dir = (std::filesystem::temp_directory_path() / "berdaya-broker.XXXXXX").string();
  if (mkdtemp(dir.data()) == nullptr) return absl::InternalError(absl::StrCat("cannot make a folder like ", dir));
  std::unique_ptr<Broker> broker(new Broker(dir, ""));
  auto printed = broker->Run("start");
  if (!printed.ok()) return printed.status();
  broker->bootstrap_ = BootstrapOf(*printed);
  return broker;
}

Broker::~Broker() {
  if (!ours()) return;
  Kill().IgnoreError();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

KafkaOptions Broker::Options() const {
  KafkaOptions options;
  options.brokers = bootstrap_;
  options.client_id = "test";
  options.linger_ms = 1;
  options.session_timeout_ms = 6000;
  options.heartbeat_interval_ms = 200;
  if (getenv("BERDAYA_TEST_LOG") != nullptr) {
    options.log = [](LogLevel level, std::string_view text) {
      std::cerr << absl::StrCat(absl::FormatTime("%H:%M:%E3S", absl::Now(), absl::UTCTimeZone()), " [", static_cast<int>(level),
                                "] ", Text(text), "\n");
    };
  }
  return options;
}

absl::StatusOr<std::string> Broker::Run(std::string_view command) const {
  if (!ours()) return absl::FailedPreconditionError("BERDAYA_TEST_BROKER is not ours to start or stop");
  return RunScript(command, dir_);
}

absl::Status Broker::Stop() { return Run("stop").status(); }
absl::Status Broker::Kill() { return Run("kill").status(); }
absl::Status Broker::Up() { return Run("start").status(); }
absl::Status Broker::Pause() { return Run("pause").status(); }
absl::Status Broker::Resume() { return Run("resume").status(); }

absl::StatusOr<int64_t> Broker::LogBytes(const TopicPartition& partition) const {
  std::error_code error;
  const auto size = std::filesystem::file_size(absl::StrCat(PartitionFolder(dir_, partition), kFirstSegment, ".log"), error);
  if (error) return absl::NotFoundError(absl::StrCat("log of ", partition.topic, ": ", error.message()));
  return static_cast<int64_t>(size);
}

absl::Status Broker::CutLog(const TopicPartition& partition, int64_t bytes) {
  const std::string folder = PartitionFolder(dir_, partition);
  std::error_code error;
  std::filesystem::resize_file(absl::StrCat(folder, kFirstSegment, ".log"), bytes, error);
  if (error) return absl::NotFoundError(absl::StrCat("log of ", partition.topic, ": ", error.message()));
  // Without these the broker looks at the log itself, as after a power loss.
  std::filesystem::remove(absl::StrCat(folder, kFirstSegment, ".index"), error);
  std::filesystem::remove(absl::StrCat(folder, kFirstSegment, ".timeindex"), error);
  std::filesystem::remove(absl::StrCat(dir_, "/data/.kafka_cleanshutdown"), error);
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".snapshot") std::filesystem::remove(file.path(), error);
  }
  return absl::OkStatus();
}

std::string Unique(std::string_view name) {
  static std::atomic<int> counter = 0;
  return absl::StrCat(Text(name), ".", absl::ToUnixMillis(absl::Now()) % 1'000'000'000, "-", getpid(), "-", ++counter);
}

}  // namespace berdaya::bus::testing
