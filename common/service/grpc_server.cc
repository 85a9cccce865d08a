#include "common/service/grpc_server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/service/log.h"

namespace berdaya::service {
namespace {

constexpr int kKeepaliveTime_ms = 60'000;
constexpr int kKeepaliveTimeout_ms = 20'000;
constexpr int kMinPingInterval_ms = 10'000;

// Reflection for this server only where it is asked for: the library, once linked, adds it to every server of the process.
class Reflection : public grpc::ServerBuilderOption {
 public:
  explicit Reflection(bool wanted) : wanted_(wanted) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto ours = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    std::erase_if(*plugins, [name = ours->name()](const auto& plugin) { return plugin->name() == name; });
    if (wanted_) plugins->push_back(std::move(ours));
  }

 private:
  const bool wanted_;
};

// gRPC writes plain text to stderr, where our lines are JSON.
void TakeGrpcLog(gpr_log_func_args* args) {
  static LogLimit limit(absl::Seconds(1));
  if (args->severity == GPR_LOG_SEVERITY_ERROR)
    Log(limit, LogLevel::kWarning, "gRPC reports an error", {{"text", Safe(args->message)}});
}

void SetUpLibrary() {
  static const bool done = [] {
    gpr_set_log_function(&TakeGrpcLog);
    grpc::EnableDefaultHealthCheckService(true);
    return true;
  }();
  (void)done;
}

void SetLimits(const GrpcOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  builder.SetMaxSendMessageSize(options.max_message_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTime_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeout_ms);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingInterval_ms);
  // Else a second process would share the port in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  builder.SetResourceQuota(grpc::ResourceQuota("berdaya").SetMaxThreads(options.max_sync_threads));
}

}  // namespace

GrpcServer::GrpcServer(std::unique_ptr<grpc::Server> server, std::string address)
    : server_(std::move(server)), address_(std::move(address)) {}

GrpcServer::~GrpcServer() {
  if (server_ != nullptr) Stop(absl::ZeroDuration());
}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcOptions& options,
                                                              const std::vector<grpc::Service*>& services) {
  if (services.empty()) return absl::InvalidArgumentError("a gRPC server has at least one service");
  SetUpLibrary();
  grpc::ServerBuilder builder;
  SetLimits(options, builder);
  builder.SetOption(std::make_unique<Reflection>(options.reflection));
  int port = 0;
  builder.AddListeningPort(options.listen, options.credentials ? options.credentials : grpc::InsecureServerCredentials(), &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::UnavailableError(
        absl::StrCat("grpc.listen ", options.listen, ": cannot listen there; choose another address or stop ", "what uses it"));
  }
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  auto result = std::unique_ptr<GrpcServer>(new GrpcServer(std::move(server), absl::StrCat(host, ":", port)));
  result->SetServing(false);
  return result;
}

void GrpcServer::SetServing(bool serving) {
  if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(serving);
}

void GrpcServer::Stop(absl::Duration bound) {
  SetServing(false);
  server_->Shutdown(absl::ToChronoTime(absl::Now() + bound));
  server_->Wait();
}

}  // namespace berdaya::service
