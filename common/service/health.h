// Whether the process is alive (its loops make progress) and ready (it does its work within bounds).
//
// Components register at start and are asked at every probe, from other threads. One object a process.
#ifndef BERDAYA_COMMON_SERVICE_HEALTH_H_
#define BERDAYA_COMMON_SERVICE_HEALTH_H_

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace berdaya::service {

// A loop's sign of life. Beat is cheap: once a turn of the loop, from any thread.
class Heartbeat {
 public:
  Heartbeat(std::string name, absl::Duration bound) : name_(std::move(name)), bound_(bound) { Beat(); }
  void Beat() { last_.store(std::chrono::steady_clock::now().time_since_epoch(), std::memory_order_relaxed); }
  // OK, or DeadlineExceeded if the last beat is longer ago than the bound.
  absl::Status Check() const;
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
  const absl::Duration bound_;
  std::atomic<std::chrono::steady_clock::duration> last_;
};

// Something that is not as it should be.
struct Finding {
  std::string check;
  absl::Status status;
};

class Health {
 public:
  // The loop `name` must beat at least every `bound`. The reference lives as long as Health.
  Heartbeat& AddHeartbeat(std::string name, absl::Duration bound);

  // `check` says why the service is not ready, or OK. It must be quick, callable from any thread, and outlive Health.
  void AddReadiness(std::string name, std::function<absl::Status()> check);

  // From now on not ready, for good. The first failure counts.
  void Fail(absl::Status status);

  // The loops that do not make progress; empty: alive.
  std::vector<Finding> NotAlive() const;

  // What keeps the service from being ready; empty: ready. What is not alive is not ready either.
  std::vector<Finding> NotReady() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Heartbeat> heartbeats_;
  std::deque<std::pair<std::string, std::function<absl::Status()>>> checks_;
  absl::Status failure_;
};

// {"ok":false,"reasons":[{"check":"lag","status":{..}}]}
std::string JsonOf(const std::vector<Finding>& findings);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_HEALTH_H_
