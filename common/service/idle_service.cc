// A service that does nothing but what its options ask for; run_test.cc starts it as a process of its own.
#include <string>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "common/service/log.h"
#include "common/service/rpc.h"
#include "common/service/run.h"

namespace berdaya::service {
namespace {

class Registry : public registry::v1::RegistryService::CallbackService {
 public:
  explicit Registry(Context& context) : context_(context), gate_(context.callers(), context.metrics()) {}

  // Fails the process where it is asked for family 4; for family 6 the answer comes with Drain.
  grpc::ServerUnaryReactor* GetFamily(grpc::CallbackServerContext* context, const registry::v1::GetFamilyRequest* request,
                                      registry::v1::GetFamilyResponse* response) override {
    if (request->family_id() == 6) {
      return gate_.AnswerLater(context, "GetFamily", [&](const Call&, RpcGate::Done done) {
        waiting_ = std::move(done);
        LogInfo("a call waits");
      });
    }
    return gate_.Answer(context, "GetFamily", [&](const Call&) {
      if (request->family_id() == 4) context_.Fail(absl::DataLossError("a gap"), OnFailure::kStop);
      if (request->family_id() == 5) context_.Fail(absl::DataLossError("a hole"), OnFailure::kStayUnready);
      response->mutable_family()->set_family_id(request->family_id());
      return absl::OkStatus();
    });
  }

  void Drain() {
    if (waiting_) waiting_(absl::UnavailableError("stopping"));
  }

 private:
  Context& context_;
  const RpcGate gate_;
  RpcGate::Done waiting_;
};

class IdleService : public ServiceMain {
 public:
  ServiceInfo Info() const override { return {"idle", "does nothing", 0, 0}; }

  void Declare(Options& options) override {
    options.Add("idle.start", &start_, "How Start goes", OneOf({"ok", "refuse", "wait", "no_grpc"}));
    options.Add("idle.stop", &stop_, "How Stop goes", OneOf({"ok", "fail", "hang", "last_moment"}));
  }

  absl::Status Start(Context& context) override {
    if (start_ == "refuse") return absl::FailedPreconditionError("the database is newer than the program");
    if (start_ == "wait") {
      LogInfo("waiting for the broker");
      while (!context.StopRequested(absl::Seconds(600))) {
      }
      return absl::CancelledError("stopped while waiting for the broker");
    }
    if (start_ == "no_grpc") return absl::OkStatus();
    registry_ = std::make_unique<Registry>(context);
    context.AddGrpcService(registry_.get());
    return absl::OkStatus();
  }

  void Drain() override {
    if (registry_ != nullptr) registry_->Drain();
  }

  absl::Status Stop(absl::Time deadline) override {
    LogInfo("stopping the parts");
    if (stop_ == "fail") return absl::InternalError("the outbox could not be flushed");
    if (stop_ == "hang") absl::Notification().WaitForNotification();
    if (stop_ == "last_moment") absl::Notification().WaitForNotificationWithDeadline(deadline);
    return absl::OkStatus();
  }

 private:
  std::string start_ = "ok";
  std::string stop_ = "ok";
  std::unique_ptr<Registry> registry_;
};

}  // namespace
}  // namespace berdaya::service

int main(int argc, char** argv) {
  berdaya::service::IdleService service;
  return berdaya::service::RunMain(argc, argv, service);
}
