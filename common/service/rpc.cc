#include "common/service/rpc.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <shared_mutex>

#include "absl/strings/str_cat.h"
#include "common/service/grpc_status.h"
#include "common/service/log.h"
#include "common/service/metrics.h"

namespace berdaya::service {
namespace {

constexpr size_t kCodes = 17;  // absl::StatusCode 0 to 16

bool IsOurFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown || code == absl::StatusCode::kDataLoss;
}

}  // namespace

// The counters of each method, looked up once.
struct RpcGate::Figures {
  struct Method {
    prometheus::Histogram* seconds;
    std::array<std::atomic<prometheus::Counter*>, kCodes> calls{};  // a code's counter appears with its first call
  };

  Method& Of(const char* method) {
    {
      std::shared_lock lock(mutex);
      const auto found = methods.find(method);
      if (found != methods.end()) return found->second;
    }
    std::unique_lock lock(mutex);
    Method& entry = methods[method];
    entry.seconds =
        &metrics.Histogram("berdaya_rpc_seconds", "Time to answer a call, seconds", LatencyBuckets(), {{"method", method}});
    return entry;
  }

  void Count(const char* method, absl::StatusCode code, absl::Duration took) {
    Method& entry = Of(method);
    entry.seconds->Observe(absl::ToDoubleSeconds(took));
    const size_t index = std::min(static_cast<size_t>(code), kCodes - 1);
    prometheus::Counter* counter = entry.calls[index].load();
    if (counter == nullptr) {
      const std::string name = absl::StatusCodeToString(static_cast<absl::StatusCode>(index));
      counter = &metrics.Counter("berdaya_rpc_calls_total", "Calls answered", {{"method", method}, {"code", name}});
      entry.calls[index].store(counter);
    }
    counter->Increment();
  }

  Metrics& metrics;
  std::shared_mutex mutex;
  std::map<std::string, Method, std::less<>> methods;
};

RpcGate::RpcGate(const CallerSource& callers, Metrics& metrics, absl::Duration default_bound)
    : callers_(callers), default_bound_(default_bound), figures_(new Figures{metrics, {}, {}}) {}

RpcGate::~RpcGate() = default;

absl::StatusOr<Call> RpcGate::Admit(const grpc::ServerContextBase& context) const {
  if (context.IsCancelled()) return absl::CancelledError("the caller does not wait for the answer");
  const absl::Time now = absl::Now();
  const absl::Time asked = absl::FromChrono(context.deadline());
  if (asked <= now) return absl::DeadlineExceededError("the deadline had passed when the call arrived");
  absl::StatusOr<Caller> caller = callers_.Identify(context);
  if (!caller.ok()) return caller.status();
  const bool has_deadline = context.deadline() != std::chrono::system_clock::time_point::max();
  return Call{*std::move(caller), has_deadline ? asked : now + default_bound_, has_deadline};
}

grpc::Status RpcGate::Close(const char* method, absl::Time start, const absl::Status& status) const {
  figures_->Count(method, status.code(), absl::Now() - start);
  if (IsOurFault(status.code())) {
    static LogLimit limit(absl::Seconds(1));
    Log(limit, LogLevel::kError, "a call failed inside", {{"method", Safe(method)}, {"status", status}});
  }
  return ToGrpc(status);
}

}  // namespace berdaya::service
