// The operators' gRPC service of a process: what is parked, and what to do about it.
#ifndef BERDAYA_COMMON_HOST_OPERATIONS_RPC_H_
#define BERDAYA_COMMON_HOST_OPERATIONS_RPC_H_

#include "berdaya/operations/v1/operations_service.grpc.pb.h"
#include "common/flow/runner.h"
#include "common/service/rpc.h"
#include "common/service/run.h"
#include "common/store/store.h"

namespace berdaya::host {

// Handlers run on gRPC's threads and take the engine's lock for one transaction; Unavailable until the log has been
// compared with the database. Callers whose region is not the nation are refused.
class OperationsRpc final : public operations::v1::OperationsService::CallbackService {
 public:
  OperationsRpc(service::Context& context, store::Database& database, flow::Runner& runner);

  grpc::ServerUnaryReactor* ListParked(grpc::CallbackServerContext* context, const operations::v1::ListParkedRequest* request,
                                       operations::v1::ListParkedResponse* response) override;
  grpc::ServerUnaryReactor* GetParked(grpc::CallbackServerContext* context, const operations::v1::GetParkedRequest* request,
                                      operations::v1::GetParkedResponse* response) override;
  grpc::ServerUnaryReactor* RepairParked(grpc::CallbackServerContext* context, const operations::v1::RepairParkedRequest* request,
                                         operations::v1::RepairParkedResponse* response) override;
  grpc::ServerUnaryReactor* DiscardParked(grpc::CallbackServerContext* context, const operations::v1::DiscardParkedRequest* request,
                                          operations::v1::DiscardParkedResponse* response) override;
  grpc::ServerUnaryReactor* ReplayParked(grpc::CallbackServerContext* context, const operations::v1::ReplayParkedRequest* request,
                                         operations::v1::ReplayParkedResponse* response) override;

 private:
  absl::Status List(const operations::v1::ListParkedRequest& request, operations::v1::ListParkedResponse& response);
  absl::Status Get(const operations::v1::GetParkedRequest& request, operations::v1::GetParkedResponse& response);
  absl::Status Replay(const flow::Audit& audit, operations::v1::ReplayParkedResponse& response);

  service::RpcGate gate_;
  store::Database& database_;
  flow::Runner& runner_;
};

}  // namespace berdaya::host

#endif  // BERDAYA_COMMON_HOST_OPERATIONS_RPC_H_
