// The registry over gRPC.
#ifndef BERDAYA_SERVICES_REGISTRY_RPC_REGISTRY_RPC_H_
#define BERDAYA_SERVICES_REGISTRY_RPC_REGISTRY_RPC_H_

#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "common/flow/runner.h"
#include "common/service/rpc.h"
#include "common/store/store.h"

namespace berdaya::registry {

// Handlers run on gRPC's threads: reads take a snapshot of the database, commands go through the path of an event. Every read
// passes one check of the caller's region; what lies outside is answered exactly as what does not exist.
class RegistryRpc final : public v1::RegistryService::CallbackService {
 public:
  // All arguments outlive the service.
  RegistryRpc(const service::CallerSource& callers, service::Metrics& metrics, store::Database& database, flow::Runner& runner);

  grpc::ServerBidiReactor<v1::RecordEnrolmentDecisionsRequest, v1::RecordEnrolmentDecisionsResponse>* RecordEnrolmentDecisions(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetFamily(grpc::CallbackServerContext* context, const v1::GetFamilyRequest* request,
                                      v1::GetFamilyResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetFamilies(grpc::CallbackServerContext* context, const v1::BatchGetFamiliesRequest* request,
                                             v1::BatchGetFamiliesResponse* response) override;
  grpc::ServerUnaryReactor* LookUpFamily(grpc::CallbackServerContext* context, const v1::LookUpFamilyRequest* request,
                                         v1::LookUpFamilyResponse* response) override;
  grpc::ServerUnaryReactor* ListFamilies(grpc::CallbackServerContext* context, const v1::ListFamiliesRequest* request,
                                         v1::ListFamiliesResponse* response) override;

 private:
  absl::Status Get(const service::Caller& caller, int64_t family_id, v1::Family& family);
  absl::Status BatchGet(const service::Caller& caller, const v1::BatchGetFamiliesRequest& request,
                        v1::BatchGetFamiliesResponse& response);
  absl::Status LookUp(const service::Caller& caller, const v1::LookUpFamilyRequest& request, v1::Family& family);
  absl::Status List(const service::Caller& caller, const v1::ListFamiliesRequest& request, v1::ListFamiliesResponse& response);

  service::RpcGate gate_;
  store::Database& database_;
  flow::Runner& runner_;
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_RPC_REGISTRY_RPC_H_
