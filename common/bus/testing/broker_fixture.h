// A real broker for tests: one for the whole test process, started by tools/kafka/broker when first asked for and ended with it.
// Where BERDAYA_TEST_BROKER=host:port is set, that one is used and left alone; faults are not possible then.
#ifndef BERDAYA_COMMON_BUS_TESTING_BROKER_FIXTURE_H_
#define BERDAYA_COMMON_BUS_TESTING_BROKER_FIXTURE_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/kafka.h"

namespace berdaya::bus::testing {

class Broker {
 public:
  // The broker of this process. Aborts with the reason if it can't be started: no test of it can mean anything then.
  static Broker& Shared();

  // A broker of one's own, for faults that others must not feel. Its data goes with it.
  static absl::StatusOr<std::unique_ptr<Broker>> Start();
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  const std::string& bootstrap() const { return bootstrap_; }
  // Its folder, with data/ below; empty for a broker that is not ours.
  const std::string& dir() const { return dir_; }
  bool ours() const { return !dir_.empty(); }

  // Options for fast tests: this broker, short bounds, log lines to standard error if BERDAYA_TEST_LOG is set.
  KafkaOptions Options() const;

  // Faults; only where ours(). Up starts it again with the same data and port.
  absl::Status Stop();
  absl::Status Kill();
  absl::Status Up();
  absl::Status Pause();
  absl::Status Resume();

  // The bytes of a partition's log (its first segment), and a cut of it to `bytes` while the broker is stopped: a lost tail. Cut
  // where a batch ends, that is at a size seen after an acknowledgement.
  absl::StatusOr<int64_t> LogBytes(const TopicPartition& partition) const;
  absl::Status CutLog(const TopicPartition& partition, int64_t bytes);

 private:
  Broker(std::string dir, std::string bootstrap) : dir_(std::move(dir)), bootstrap_(std::move(bootstrap)) {}
  absl::StatusOr<std::string> Run(std::string_view command) const;

  const std::string dir_;
  std::string bootstrap_;
};

// A name that no other test and no other run has used, such as "facts.4711-3".
std::string Unique(std::string_view name);

}  // namespace berdaya::bus::testing

#endif  // BERDAYA_COMMON_BUS_TESTING_BROKER_FIXTURE_H_
