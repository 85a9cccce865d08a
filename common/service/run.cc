#include "common/service/run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/service/grpc_server.h"
#include "common/service/log.h"
#include "google/protobuf/stubs/logging.h"

extern char** environ;

namespace berdaya::service {
namespace {

// How often readiness is looked at for the gRPC health service, the figure and the log.
constexpr int kTick_ms = 500;
// Of run.stop_timeout, what calls under way may take at most.
constexpr double kGrpcShareOfStop = 0.4;
// Of run.stop_timeout, what is left when Stop is to have returned: an orderly end comes before the one that nothing can hold up.
constexpr double kSpareShareOfStop = 0.1;

// Signals that ask to stop. They are blocked in every thread and arrive on the descriptor only.
int BlockSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

// protobuf writes plain text to stderr, where our lines are JSON.
void TakeProtobufLog(google::protobuf::LogLevel, const char*, int, const std::string& message) {
  static LogLimit limit(absl::Seconds(1));
  Log(limit, LogLevel::kWarning, "protobuf reports", {{"text", Safe(message)}});
}

bool IsLoopback(const std::string& listen) {
  return absl::StartsWith(listen, "127.") || absl::StartsWith(listen, "localhost:") || absl::StartsWith(listen, "[::1]:");
}

// Writes the file so that a reader sees all of it or none.
absl::Status WriteAtomically(const std::string& path, const std::string& content) {
  const std::string temporary = absl::StrCat(path, ".", getpid());
  std::FILE* file = std::fopen(temporary.c_str(), "we");
  const bool written = file != nullptr && std::fputs(content.c_str(), file) >= 0;
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (written && closed && std::rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  unlink(temporary.c_str());
  return absl::UnavailableError(
      absl::StrCat("run.port_file ", path, ": ", std::strerror(error), "; choose a folder that exists and can be written"));
}

class Process : public Context {
 public:
  Process(const CommonConfig& config, ServiceMain& service, int signals)
      : config_(config),
        service_(service),
        signals_(signals),
        callers_(config.dev_insecure_callers ? BelievedCallers() : UnknownCallers()),
        ready_(metrics_.Gauge("berdaya_ready", "1 while the service is ready")) {}

  const CommonConfig& config() const override { return config_; }
  Metrics& metrics() override { return metrics_; }
  Health& health() override { return health_; }
  HttpServer& http() override { return *http_; }
  const CallerSource& callers() const override { return *callers_; }
  void AddGrpcService(grpc::Service* service) override { grpc_services_.push_back(service); }
  bool StopRequested(absl::Duration wait) override { return stopping_.WaitForNotificationWithTimeout(wait); }

  void Fail(absl::Status status, OnFailure then) override {
    LogAlarm("failed", {{"status", status}, {"stops", then == OnFailure::kStop}});
    health_.Fail(std::move(status));
    if (then == OnFailure::kStop) failed_ = true;
    Wake();
  }

  // The whole life; ends the process.
  [[noreturn]] void Run() {
    WarnOfDevelopment();
    if (!config_.run_port_file.empty()) unlink(config_.run_port_file.c_str());
    absl::Status status = Begin();
    if (status.ok()) {
      while (!failed_ && !Signalled(kTick_ms)) Tick();
    }
    End(std::move(status));
  }

 private:
  void WarnOfDevelopment() {
    if (!config_.dev_insecure_callers) return;
    const LogLevel level = IsLoopback(config_.grpc_listen) ? LogLevel::kWarning : LogLevel::kAlarm;
    Log(level,
        "DEVELOPMENT MODE: every caller is believed to be who it says it is; never run with dev.insecure_callers on real data",
        {{"grpc_listen", Safe(config_.grpc_listen)}});
  }

  void Wake() {
    const uint64_t one = 1;
    (void)!write(wake_, &one, sizeof one);
  }

  // Waits up to `wait_ms` for a signal or Wake; true if a signal asks to stop, now or before.
  bool Signalled(int wait_ms) {
    pollfd fds[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    poll(fds, 2, wait_ms);
    uint64_t count = 0;
    (void)!read(wake_, &count, sizeof count);
    signalfd_siginfo signal{};
    if (read(signals_, &signal, sizeof signal) == sizeof signal && !stopping_.HasBeenNotified()) {
      LogInfo("asked to stop", {{"signal", signal.ssi_signo}});
      AskToStop();
    }
    return stopping_.HasBeenNotified();
  }

  // From here on the process ends within the bound, whatever hangs.
  void AskToStop() {
    if (stopping_.HasBeenNotified()) return;
    deadline_ = absl::Now() + config_.run_stop_timeout;
    health_.Fail(absl::UnavailableError("stopping"));
    stopping_.Notify();
    std::thread([this] {
      absl::SleepFor(deadline_ - absl::Now());
      LogAlarm("not stopped within run.stop_timeout; ending now", {{"bound", config_.run_stop_timeout}});
      Exit(kExitFailed);
    }).detach();
  }

  absl::Status Begin() {
    auto http = HttpServer::Start(config_.http_listen);
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    health_.AddReadiness("start", [this] { return started_ ? absl::OkStatus() : absl::UnavailableError("starting"); });
    AddInternalPages(*http_, health_, metrics_);
    absl::Status status = StartService();
    if (status.ok() && !stopping_.HasBeenNotified()) status = Serve();
    return status;
  }

  // Runs Start on its own thread, so that a signal is seen meanwhile.
  absl::Status StartService() {
    absl::Status status;
    std::atomic<bool> returned = false;
    std::thread start([&] {
      status = service_.Start(*this);
      returned = true;
      Wake();
    });
    while (!returned) {
      if (Signalled(kTick_ms) && !returned) break;
    }
    start.join();
    service_runs_ = status.ok();
    return status;
  }

  absl::Status Serve() {
    if (absl::Status status = ServeGrpc(); !status.ok()) return status;
    const std::string grpc = grpc_ == nullptr ? "" : grpc_->address();
    if (!config_.run_port_file.empty()) {
      const std::string grpc_line = grpc.empty() ? "" : absl::StrCat("grpc=", grpc, "\n");
      absl::Status status = WriteAtomically(config_.run_port_file, absl::StrCat(grpc_line, "http=", http_->address(), "\n"));
      if (!status.ok()) return status;
    }
    started_ = true;
    Tick();
    LogInfo("started", {{"grpc", Safe(grpc)}, {"http", Safe(http_->address())}});
    return absl::OkStatus();
  }

  absl::Status ServeGrpc() {
    if (grpc_services_.empty()) return absl::OkStatus();
    GrpcOptions options;
    options.listen = config_.grpc_listen;
    options.reflection = config_.dev_insecure_callers;
    auto grpc = GrpcServer::Start(options, grpc_services_);
    if (!grpc.ok()) return grpc.status();
    grpc_ = *std::move(grpc);
    return absl::OkStatus();
  }

  // Takes note of a change of readiness.
  void Tick() {
    const std::vector<Finding> findings = health_.NotReady();
    const bool ready = findings.empty();
    ready_.Set(ready ? 1 : 0);
    if (grpc_ != nullptr) grpc_->SetServing(ready);
    if (ready && !was_ready_) LogInfo("ready");
    if (!ready && was_ready_)
      LogWarning("not ready any more", {{"check", Safe(findings[0].check)}, {"status", findings[0].status}});
    was_ready_ = ready;
  }

  [[noreturn]] void End(absl::Status begun) {
    const bool was_asked = stopping_.HasBeenNotified();
    AskToStop();
    const bool refused = !begun.ok() && !was_asked;
    if (refused) LogError("refused to start", {{"status", begun}});
    if (service_runs_) service_.Drain();
    if (grpc_ != nullptr) grpc_->Stop(config_.run_stop_timeout * kGrpcShareOfStop);
    absl::Status stopped =
        service_runs_ ? service_.Stop(deadline_ - config_.run_stop_timeout * kSpareShareOfStop) : absl::OkStatus();
    if (!stopped.ok()) LogError("did not stop cleanly", {{"status", stopped}});
    if (!config_.run_port_file.empty()) unlink(config_.run_port_file.c_str());
    Exit(refused ? kExitRefused : failed_ || !stopped.ok() ? kExitFailed : kExitOk);
  }

  [[noreturn]] static void Exit(int code) {
    LogInfo("ends", {{"exit_code", code}});
    FlushLog();
    _exit(code);
  }

  const CommonConfig& config_;
  ServiceMain& service_;
  const int signals_;
  const int wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  Metrics metrics_;
  Health health_;
  const std::unique_ptr<CallerSource> callers_;
  prometheus::Gauge& ready_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
  std::vector<grpc::Service*> grpc_services_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> failed_ = false;
  bool service_runs_ = false;
  bool was_ready_ = false;
  absl::Time deadline_;
  absl::Notification stopping_;
};

std::string HelpOf(const std::string& program, const ServiceInfo& info, const Options& options) {
  return absl::StrCat(
      program, ": ", info.summary, "\n\n", options.Help(),
      "\nExit codes: 0 stopped as asked; 2 wrong arguments or configuration; 3 refused to start; 4 failed while running.\n");
}

}  // namespace

int RunMain(int argc, const char* const* argv, ServiceMain& service) {
  const ServiceInfo info = service.Info();
  const std::string program = absl::StrCat("berdaya-", info.name);
  CommonConfig config;
  Options options;
  DeclareCommon(info, &config, options);
  service.Declare(options);
  const absl::StatusOr<Parsed> parsed = options.Parse(argc, argv, environ);
  if (!parsed.ok()) {
    std::fprintf(stderr, "%s: wrong configuration\n%s\n%s --help shows every option\n", program.c_str(),
                 std::string(parsed.status().message()).c_str(), program.c_str());
    return kExitUsage;
  }
  switch (parsed->action) {
    case Parsed::Action::kHelp:
      std::fputs(HelpOf(program, info, options).c_str(), stdout);
      return kExitOk;
    case Parsed::Action::kVersion:
      std::printf("%s %s\n", program.c_str(), BERDAYA_VERSION);
      return kExitOk;
    case Parsed::Action::kPrintConfig:
      std::fputs(options.Print().c_str(), stdout);
      return kExitOk;
    case Parsed::Action::kRun:
      break;
  }
  SetUpLog(info.name, LogLevelOf(config.log_level));
  google::protobuf::SetLogHandler(&TakeProtobufLog);
  for (const std::string& warning : parsed->warnings) LogWarning("odd configuration", {{"text", Safe(warning)}});
  const int signals = BlockSignals();
  LogInfo("starting", {{"version", Safe(BERDAYA_VERSION)}, {"pid", getpid()}});
  // Never destroyed: threads of a stuck library may still use it when the process ends.
  (new Process(config, service, signals))->Run();
}

}  // namespace berdaya::service
