// The life of a service's process: from arguments to exit code.
//
//   int main(int argc, char** argv) {
//     Registry registry;                       // a ServiceMain
//     return berdaya::service::RunMain(argc, argv, registry);
//   }
//
// Order: configuration, logs, HTTP listener (not ready), Start, gRPC, port file, ready as the checks say; then SIGTERM or SIGINT:
// not ready, Drain, gRPC stops, Stop, end. Once Start has been called the process ends by _exit: a client library that hangs while
// it closes cannot keep it.
#ifndef BERDAYA_COMMON_SERVICE_RUN_H_
#define BERDAYA_COMMON_SERVICE_RUN_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/service/caller.h"
#include "common/service/common_config.h"
#include "common/service/health.h"
#include "common/service/http.h"
#include "common/service/metrics.h"

namespace grpc {
class Service;
}

namespace berdaya::service {

// Exit codes, documented in docs and --help.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;    // wrong arguments or configuration
inline constexpr int kExitRefused = 3;  // Start or a listener refused
inline constexpr int kExitFailed = 4;   // failed while running, or did not stop within run.stop_timeout

// What to do about a failure that the component cannot get over.
enum class OnFailure {
  kStayUnready,  // alarm, not ready for good, and stay up so that people can look
  kStop,         // the same, and the process stops and ends with kExitFailed
};

// What the shell gives to the service. Lives as long as the process; every method and object from any thread.
class Context {
 public:
  virtual ~Context() = default;

  virtual const CommonConfig& config() const = 0;
  virtual Metrics& metrics() = 0;
  virtual Health& health() = 0;
  virtual HttpServer& http() = 0;
  virtual const CallerSource& callers() const = 0;

  // To be served once Start has returned OK; must live until Stop is called, and be answering until then. Only within Start. A
  // process that adds none has no gRPC server.
  virtual void AddGrpcService(grpc::Service* service) = 0;

  // Reports what cannot be got over. Returns at once.
  virtual void Fail(absl::Status status, OnFailure then) = 0;

  // Waits up to `wait`; true as soon as the process is asked to stop. For patient retries within Start.
  virtual bool StopRequested(absl::Duration wait = absl::ZeroDuration()) = 0;
};

class ServiceMain {
 public:
  virtual ~ServiceMain() = default;

  virtual ServiceInfo Info() const = 0;

  // Declares the service's own options, bound to its fields.
  virtual void Declare(Options&) {}

  // Builds the parts and starts their threads; returns when they run. Called on a thread of its own, so it may wait for a broker as
  // long as it asks StopRequested now and then. An error ends the process with kExitRefused.
  virtual absl::Status Start(Context& context) = 0;

  // Answers whoever waits for something that will not come any more, and lets nobody wait from now on: the gRPC server stops next,
  // and it waits for the calls under way. Only if Start returned OK.
  virtual void Drain() {}

  // Finishes what is under way and stops, within `deadline`. Called after the gRPC server has stopped, and only if Start returned
  // OK.
  virtual absl::Status Stop(absl::Time deadline) = 0;
};

// Runs the service until it is told to stop. Returns kExitOk (after --help and the like) or kExitUsage, or ends the process itself.
int RunMain(int argc, const char* const* argv, ServiceMain& service);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_RUN_H_
