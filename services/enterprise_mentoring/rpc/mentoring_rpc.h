// Enterprise mentoring over gRPC.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_RPC_MENTORING_RPC_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_RPC_MENTORING_RPC_H_

#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.grpc.pb.h"
#include "common/flow/runner.h"
#include "common/service/rpc.h"
#include "common/store/store.h"

namespace berdaya::mentoring {

namespace v1 = enterprise_mentoring::v1;

// Handlers run on gRPC's threads: reads take a snapshot of the database, commands go through the path of an event. What lies
// outside the caller's region is answered exactly as what does not exist.
class MentoringRpc final : public v1::EnterpriseMentoringService::CallbackService {
 public:
  MentoringRpc(const service::CallerSource& callers, service::Metrics& metrics, store::Database& database, flow::Runner& runner)
      : gate_(callers, metrics), database_(database), runner_(runner) {}

  grpc::ServerUnaryReactor* RegisterPartner(grpc::CallbackServerContext* context, const v1::RegisterPartnerRequest* request,
                                            v1::RegisterPartnerResponse* response) override;
  grpc::ServerUnaryReactor* SignMou(grpc::CallbackServerContext* context, const v1::SignMouRequest* request,
                                    v1::SignMouResponse* response) override;
  grpc::ServerUnaryReactor* RecordSession(grpc::CallbackServerContext* context, const v1::RecordSessionRequest* request,
                                          v1::RecordSessionResponse* response) override;
  grpc::ServerUnaryReactor* RecordMilestone(grpc::CallbackServerContext* context, const v1::RecordMilestoneRequest* request,
                                            v1::RecordMilestoneResponse* response) override;
  grpc::ServerUnaryReactor* ListPartners(grpc::CallbackServerContext* context, const v1::ListPartnersRequest* request,
                                         v1::ListPartnersResponse* response) override;
  grpc::ServerUnaryReactor* GetCase(grpc::CallbackServerContext* context, const v1::GetCaseRequest* request,
                                    v1::GetCaseResponse* response) override;
  grpc::ServerUnaryReactor* ListCases(grpc::CallbackServerContext* context, const v1::ListCasesRequest* request,
                                      v1::ListCasesResponse* response) override;

 private:
  template <class Request, class Response>
  grpc::ServerUnaryReactor* Command(grpc::CallbackServerContext* context, const char* method, const Request& request,
                                    Response& response);
  // read(store::Reader&, region::RegionCode scope) -> absl::Status.
  template <class Read>
  grpc::ServerUnaryReactor* Query(grpc::CallbackServerContext* context, const char* method, Read read);

  service::RpcGate gate_;
  store::Database& database_;
  flow::Runner& runner_;
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_RPC_MENTORING_RPC_H_
