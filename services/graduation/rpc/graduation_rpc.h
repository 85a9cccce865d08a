// Graduation over gRPC.
#ifndef BERDAYA_SERVICES_GRADUATION_RPC_GRADUATION_RPC_H_
#define BERDAYA_SERVICES_GRADUATION_RPC_GRADUATION_RPC_H_

#include "berdaya/graduation/v1/graduation_service.grpc.pb.h"
#include "common/host/flow_host.h"
#include "common/service/rpc.h"
#include "services/graduation/env.h"

namespace berdaya::graduation {

// Handlers run on gRPC's threads: reads take a snapshot of the database, the command goes through the path of an event. What lies
// outside the caller's region is answered exactly as what does not exist.
class GraduationRpc final : public v1::GraduationService::CallbackService {
 public:
  // Both outlive the object.
  GraduationRpc(const host::Parts& parts, const Env& env);

  grpc::ServerUnaryReactor* GetCase(grpc::CallbackServerContext* context, const v1::GetCaseRequest* request,
                                    v1::GetCaseResponse* response) override;
  grpc::ServerUnaryReactor* ListCases(grpc::CallbackServerContext* context, const v1::ListCasesRequest* request,
                                      v1::ListCasesResponse* response) override;
  grpc::ServerUnaryReactor* ConfirmGraduation(grpc::CallbackServerContext* context, const v1::ConfirmGraduationRequest* request,
                                              v1::ConfirmGraduationResponse* response) override;
  grpc::ServerUnaryReactor* ExplainDecision(grpc::CallbackServerContext* context, const v1::ExplainDecisionRequest* request,
                                            v1::ExplainDecisionResponse* response) override;

 private:
  service::RpcGate gate_;
  store::Database& database_;
  flow::Runner& runner_;
  const Env& env_;
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_RPC_GRADUATION_RPC_H_
