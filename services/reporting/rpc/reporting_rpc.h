// Reporting over gRPC.
#ifndef BERDAYA_SERVICES_REPORTING_RPC_REPORTING_RPC_H_
#define BERDAYA_SERVICES_REPORTING_RPC_REPORTING_RPC_H_

#include <functional>

#include "berdaya/reporting/v1/reporting_service.grpc.pb.h"
#include "common/region/region_table.h"
#include "common/service/rpc.h"
#include "common/store/store.h"
#include "services/reporting/rpc/figures_watch.h"

namespace berdaya::reporting {

// Handlers run on gRPC's threads and read a snapshot of the database, through FigureReads, which checks the caller's scope.
class ReportingRpc final : public v1::ReportingService::CallbackService {
 public:
  // `signals` as in FiguresWatch. All arguments outlive it; it outlives the server.
  ReportingRpc(const service::CallerSource& callers, service::Metrics& metrics, store::Database& database,
               const region::RegionTable& regions, WatchSignals signals);

  grpc::ServerUnaryReactor* GetFigures(grpc::CallbackServerContext* context, const v1::GetFiguresRequest* request,
                                       v1::GetFiguresResponse* response) override;
  grpc::ServerUnaryReactor* ListFigures(grpc::CallbackServerContext* context, const v1::ListFiguresRequest* request,
                                        v1::ListFiguresResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchFiguresResponse>* WatchFigures(grpc::CallbackServerContext* context,
                                                                   const v1::WatchFiguresRequest* request) override;

 private:
  absl::Status Get(const service::Caller& caller, const v1::GetFiguresRequest& request, v1::RegionFigures& figures);
  absl::Status List(const service::Caller& caller, const v1::ListFiguresRequest& request, v1::ListFiguresResponse& response);

  service::RpcGate gate_;
  store::Database& database_;
  const region::RegionTable& regions_;
  FiguresWatch watch_;
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_RPC_REPORTING_RPC_H_
