#include "common/service/health.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/service/json_text.h"

namespace berdaya::service {

absl::Status Heartbeat::Check() const {
  const auto age = std::chrono::steady_clock::now().time_since_epoch() - last_.load(std::memory_order_relaxed);
  if (absl::FromChrono(age) <= bound_) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("no progress for ", absl::ToInt64Seconds(absl::FromChrono(age)), " s; at most ",
                                                  absl::FormatDuration(bound_), " is allowed"));
}

Heartbeat& Health::AddHeartbeat(std::string name, absl::Duration bound) {
  std::lock_guard lock(mutex_);
  return heartbeats_.emplace_back(std::move(name), bound);
}

void Health::AddReadiness(std::string name, std::function<absl::Status()> check) {
  std::lock_guard lock(mutex_);
  checks_.emplace_back(std::move(name), std::move(check));
}

void Health::Fail(absl::Status status) {
  std::lock_guard lock(mutex_);
  if (failure_.ok()) failure_ = std::move(status);
}

std::vector<Finding> Health::NotAlive() const {
  std::vector<Finding> found;
  std::lock_guard lock(mutex_);
  for (const Heartbeat& heartbeat : heartbeats_) {
    absl::Status status = heartbeat.Check();
    if (!status.ok()) found.push_back({heartbeat.name(), std::move(status)});
  }
  return found;
}

std::vector<Finding> Health::NotReady() const {
  std::vector<Finding> found = NotAlive();
  std::unique_lock lock(mutex_);
  if (!failure_.ok()) found.push_back({"failure", failure_});
  // Checks run without the lock: they may look at components that are just calling Fail. They are never removed, and a deque keeps
  // the places of its elements when it grows.
  std::vector<const std::pair<std::string, std::function<absl::Status()>>*> checks;
  for (const auto& check : checks_) checks.push_back(&check);
  lock.unlock();
  for (const auto* check : checks) {
    absl::Status status = check->second();
    if (!status.ok()) found.push_back({check->first, std::move(status)});
  }
  return found;
}

std::string JsonOf(const std::vector<Finding>& findings) {
  std::string json = findings.empty() ? "{\"ok\":true,\"reasons\":[" : "{\"ok\":false,\"reasons\":[";
  for (size_t i = 0; i < findings.size(); ++i) {
    absl::StrAppend(&json, i == 0 ? "" : ",", "{\"check\":", JsonQuote(findings[i].check),
                    ",\"status\":", JsonOf(findings[i].status), "}");
  }
  return json + "]}\n";
}

}  // namespace berdaya::service
