#include "services/enterprise_mentoring/rpc/mentoring_rpc.h"

#include <memory>
#include <utility>

#include "common/host/command_rpc.h"
#include "common/region/region_code.h"
#include "services/enterprise_mentoring/rpc/reads.h"

namespace berdaya::mentoring {

using region::RegionCode;

template <class Request, class Response>
grpc::ServerUnaryReactor* MentoringRpc::Command(grpc::CallbackServerContext* context, const char* method, const Request& request,
                                                Response& response) {
  return gate_.AnswerLater(context, method, [&](const service::Call& call, service::RpcGate::Done done) {
    host::Submit<Response>(runner_, call.caller, call.deadline, request,
                           [&response, done = std::move(done)](absl::StatusOr<Response> answer) {
                             if (answer.ok()) response = *std::move(answer);
                             done(answer.status());
                           });
  });
}

template <class Read>
grpc::ServerUnaryReactor* MentoringRpc::Query(grpc::CallbackServerContext* context, const char* method, Read read) {
  return gate_.Answer(context, method, [&](const service::Call& call) -> absl::Status {
    absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
    if (!reader.ok()) return reader.status();
    return read(**reader, RegionCode::FromCell(call.caller.region));
  });
}

grpc::ServerUnaryReactor* MentoringRpc::RegisterPartner(grpc::CallbackServerContext* context,
                                                        const v1::RegisterPartnerRequest* request,
                                                        v1::RegisterPartnerResponse* response) {
  return Command(context, "RegisterPartner", *request, *response);
}

grpc::ServerUnaryReactor* MentoringRpc::SignMou(grpc::CallbackServerContext* context, const v1::SignMouRequest* request,
                                                v1::SignMouResponse* response) {
  return Command(context, "SignMou", *request, *response);
}

grpc::ServerUnaryReactor* MentoringRpc::RecordSession(grpc::CallbackServerContext* context, const v1::RecordSessionRequest* request,
                                                      v1::RecordSessionResponse* response) {
  return Command(context, "RecordSession", *request, *response);
}

grpc::ServerUnaryReactor* MentoringRpc::RecordMilestone(grpc::CallbackServerContext* context,
                                                        const v1::RecordMilestoneRequest* request,
                                                        v1::RecordMilestoneResponse* response) {
  return Command(context, "RecordMilestone", *request, *response);
}

grpc::ServerUnaryReactor* MentoringRpc::ListPartners(grpc::CallbackServerContext* context, const v1::ListPartnersRequest* request,
                                                     v1::ListPartnersResponse* response) {
  return Query(context, "ListPartners",
               [&](store::Reader& reader, RegionCode scope) { return ReadPartners(reader, scope, *request, *response); });
}

grpc::ServerUnaryReactor* MentoringRpc::GetCase(grpc::CallbackServerContext* context, const v1::GetCaseRequest* request,
                                                v1::GetCaseResponse* response) {
  return Query(context, "GetCase", [&](store::Reader& reader, RegionCode scope) {
    return ReadCase(reader, scope, *request, *response->mutable_case_());
  });
}

grpc::ServerUnaryReactor* MentoringRpc::ListCases(grpc::CallbackServerContext* context, const v1::ListCasesRequest* request,
                                                  v1::ListCasesResponse* response) {
  return Query(context, "ListCases",
               [&](store::Reader& reader, RegionCode scope) { return ReadCases(reader, scope, *request, *response); });
}

}  // namespace berdaya::mentoring
