// A real server on a real socket, with stubs generated from our protos and raw calls of the health service.
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <future>
#include <string>
#include <thread>

#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "berdaya/reporting/v1/reporting_service.grpc.pb.h"
#include "common/service/grpc_server.h"
#include "common/service/grpc_status.h"
#include "common/service/log.h"
#include "common/service/metrics.h"
#include "common/service/rpc.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using registry::v1::GetFamilyRequest;
using registry::v1::GetFamilyResponse;
using registry::v1::LookUpFamilyRequest;
using registry::v1::LookUpFamilyResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Callback handlers: one that answers at once, one that answers when it is told to.
class Registry : public registry::v1::RegistryService::CallbackService {
 public:
  explicit Registry(RpcGate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* GetFamily(grpc::CallbackServerContext* context, const GetFamilyRequest* request,
                                      GetFamilyResponse* response) override {
    return gate_.Answer(context, "GetFamily", [&](const Call& call) -> absl::Status {
      last_ = call;
      if (request->family_id() == 1) return Invalid("id_form", "family_id", "no such form");
      if (request->family_id() == 2) return absl::InternalError("inside");
      response->mutable_family()->set_family_id(request->family_id());
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* LookUpFamily(grpc::CallbackServerContext* context, const LookUpFamilyRequest*,
                                         LookUpFamilyResponse* response) override {
    return gate_.AnswerLater(context, "LookUpFamily", [&](const Call&, RpcGate::Done done) {
      response->mutable_family()->set_family_id(77);
      pending_.set_value(std::move(done));
    });
  }

  Call last_;
  std::promise<RpcGate::Done> pending_;

 private:
  RpcGate& gate_;
};

// A synchronous handler.
class Reporting : public reporting::v1::ReportingService::Service {
 public:
  explicit Reporting(RpcGate& gate) : gate_(gate) {}
  grpc::Status GetFigures(grpc::ServerContext* context, const reporting::v1::GetFiguresRequest*,
                          reporting::v1::GetFiguresResponse*) override {
    const absl::Time start = absl::Now();
    return gate_.Close("GetFigures", start, gate_.Admit(*context).status());
  }

 private:
  RpcGate& gate_;
};

class GrpcTest : public testing::Test {
 protected:
  GrpcTest() { Serve(false); }

  void Serve(bool reflection) {
    server_.reset();
    GrpcOptions options;
    options.listen = "127.0.0.1:0";
    options.reflection = reflection;
    auto server = GrpcServer::Start(options, {&registry_, &reporting_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), arguments);
    stub_ = registry::v1::RegistryService::NewStub(channel_);
  }

  absl::Status GetFamily(int64_t id, const std::map<std::string, std::string>& metadata = {}) {
    grpc::ClientContext context;
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    GetFamilyRequest request;
    request.set_family_id(id);
    GetFamilyResponse response;
    return FromGrpc(stub_->GetFamily(&context, request, &response));
  }

  // A unary call of bytes; the answer in hex, or the code.
  std::string Raw(const std::string& method, const std::string& request) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::Slice slice(request);
    const grpc::ByteBuffer out(&slice, 1);
    grpc::ByteBuffer in;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &out, &in,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    const grpc::Status status = done.get_future().get();
    if (!status.ok()) return absl::StatusCodeToString(FromGrpc(status).code());
    grpc::Slice bytes;
    EXPECT_TRUE(in.DumpToSingleSlice(&bytes).ok());
    return std::string(bytes.begin(), bytes.end());
  }

  std::unique_ptr<CallerSource> callers_ = BelievedCallers();
  Metrics metrics_;
  RpcGate gate_{*callers_, metrics_};
  Registry registry_{gate_};
  Reporting reporting_{gate_};
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<registry::v1::RegistryService::Stub> stub_;
};

TEST_F(GrpcTest, CallbackHandlersGetTheDevelopmentCallerAndADeadline) {
  const absl::Time start = absl::Now();
  EXPECT_TRUE(GetFamily(5).ok());
  EXPECT_EQ(registry_.last_.caller.principal, "dev");
  EXPECT_EQ(registry_.last_.caller.region, 0);
  EXPECT_GE(registry_.last_.deadline, start + absl::Seconds(29));
  EXPECT_LE(registry_.last_.deadline, absl::Now() + absl::Seconds(30));
}

TEST_F(GrpcTest, MetadataNamesTheCaller) {
  EXPECT_TRUE(
      GetFamily(
          5, {{"x-berdaya-principal", "siti@kendal"}, {"x-berdaya-roles", "officer,auditor"}, {"x-berdaya-region", "3324000000"}})
          .ok());
  const Caller& caller = registry_.last_.caller;
  EXPECT_EQ(caller.principal, "siti@kendal");
  EXPECT_THAT(caller.roles, ElementsAre("officer", "auditor"));
  EXPECT_TRUE(caller.HasRole("auditor"));
  EXPECT_FALSE(caller.HasRole("audit"));
  EXPECT_EQ(caller.region, 3324000000);
}

TEST_F(GrpcTest, WrongMetadataIsRefusedByName) {
  for (const auto& [key, value] : std::map<std::string, std::string>{{"x-berdaya-principal", "a b"},
                                                                     {"x-berdaya-roles", "ok,not ok"},
                                                                     {"x-berdaya-region", "33.24"},
                                                                     {"x-berdaya-region", "-1"}}) {
    const absl::Status status = GetFamily(5, {{key, value}});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(ReasonOf(status), "caller_form");
    EXPECT_EQ(FieldOf(status), key);
  }
}

TEST_F(GrpcTest, WithoutDevelopmentModeNobodyIsKnown) {
  const auto unknown = UnknownCallers();
  RpcGate gate(*unknown, metrics_);
  Registry registry(gate);
  GrpcOptions options;
  options.listen = "127.0.0.1:0";
  auto server = GrpcServer::Start(options, {&registry});
  ASSERT_TRUE(server.ok());
  const auto stub =
      registry::v1::RegistryService::NewStub(grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("x-berdaya-principal", "root");
  GetFamilyResponse response;
  EXPECT_EQ(stub->GetFamily(&context, {}, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(GrpcTest, RefusalsCarryReasonAndFieldAndFaultsDoNot) {
  const absl::Status refused = GetFamily(1);
  EXPECT_EQ(ReasonOf(refused), "id_form");
  EXPECT_EQ(FieldOf(refused), "family_id");
  std::string logged;
  RedirectLog([&](std::string_view line) { logged = line; });
  const absl::Status fault = GetFamily(2);
  RedirectLog({});
  EXPECT_EQ(fault.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(fault.message(), "an error inside the service; its log says more");
  EXPECT_THAT(logged, HasSubstr("inside"));
}

TEST_F(GrpcTest, AnswersComeLaterFromAnyThread) {
  std::thread loop([&] { registry_.pending_.get_future().get()(absl::OkStatus()); });
  grpc::ClientContext context;
  LookUpFamilyResponse response;
  EXPECT_TRUE(stub_->LookUpFamily(&context, {}, &response).ok());
  EXPECT_EQ(response.family().family_id(), 77);
  loop.join();
}

TEST_F(GrpcTest, SynchronousHandlersWorkBesideThem) {
  const auto stub = reporting::v1::ReportingService::NewStub(channel_);
  grpc::ClientContext context;
  reporting::v1::GetFiguresResponse response;
  EXPECT_TRUE(stub->GetFigures(&context, {}, &response).ok());
}

TEST_F(GrpcTest, CallsAreCountedByMethodAndCode) {
  EXPECT_TRUE(GetFamily(5).ok());
  EXPECT_FALSE(GetFamily(1).ok());
  EXPECT_FALSE(GetFamily(1).ok());
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("berdaya_rpc_calls_total{code=\"OK\",method=\"GetFamily\"} 1"));
  EXPECT_THAT(text, HasSubstr("berdaya_rpc_calls_total{code=\"INVALID_ARGUMENT\",method=\"GetFamily\"} 2"));
  EXPECT_THAT(text, HasSubstr("berdaya_rpc_seconds_count{method=\"GetFamily\"} 3"));
}

// grpc.health.v1: HealthCheckResponse{status = 1}, 1 is SERVING, 2 is NOT_SERVING.
TEST_F(GrpcTest, HealthServiceFollowsSetServing) {
  const std::string check = "/grpc.health.v1.Health/Check";
  EXPECT_EQ(Raw(check, ""), "\x08\x02");
  server_->SetServing(true);
  EXPECT_EQ(Raw(check, ""), "\x08\x01");
  server_->SetServing(false);
  EXPECT_EQ(Raw(check, ""), "\x08\x02");
}

TEST_F(GrpcTest, ReflectionOnlyWhereAskedFor) {
  const auto serves = [&] {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(nullptr);
    queue.Next(&tag, &ok);
    call->WritesDone(nullptr);
    queue.Next(&tag, &ok);
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    return status.error_code() != grpc::StatusCode::UNIMPLEMENTED;
  };
  EXPECT_FALSE(serves());
  Serve(true);
  EXPECT_TRUE(serves());
}

TEST_F(GrpcTest, LargeMessagesAreRefused) {
  grpc::ClientContext context;
  registry::v1::BatchGetFamiliesRequest request;
  for (int i = 0; i < 1'200'000; ++i) request.add_family_ids(int64_t{1} << 50);
  registry::v1::BatchGetFamiliesResponse response;
  EXPECT_EQ(stub_->BatchGetFamilies(&context, request, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GrpcTest, ATakenAddressIsNamed) {
  GrpcOptions options;
  options.listen = server_->address();
  Registry registry(gate_);
  const auto second = GrpcServer::Start(options, {&registry});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("grpc.listen " + server_->address()));
  EXPECT_EQ(GrpcServer::Start(options, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(GrpcTest, StopWaitsForCallsUnderWay) {
  std::future<grpc::Status> answer = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    LookUpFamilyResponse response;
    return stub_->LookUpFamily(&context, {}, &response);
  });
  RpcGate::Done done = registry_.pending_.get_future().get();
  std::thread stop([&] { server_->Stop(absl::Seconds(30)); });
  // New calls are refused once the stop has begun; the one under way still gets its answer.
  while (GetFamily(5).ok()) {
  }
  done(absl::OkStatus());
  EXPECT_TRUE(answer.get().ok());
  stop.join();
}

TEST_F(GrpcTest, StopCancelsAfterItsBound) {
  std::future<grpc::Status> answer = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    LookUpFamilyResponse response;
    return stub_->LookUpFamily(&context, {}, &response);
  });
  RpcGate::Done done = registry_.pending_.get_future().get();
  std::thread stop([&] { server_->Stop(absl::ZeroDuration()); });
  EXPECT_FALSE(answer.get().ok());
  done(absl::OkStatus());
  stop.join();
}

}  // namespace
}  // namespace berdaya::service
