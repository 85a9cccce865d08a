#include "services/graduation/rpc/graduation_rpc.h"

#include <memory>
#include <utility>

#include "common/host/command_rpc.h"
#include "common/status/status.h"
#include "services/graduation/domain/case_message.h"
#include "services/graduation/rpc/reads.h"

namespace berdaya::graduation {
namespace {

region::RegionCode ScopeOf(const service::Call& call) { return region::RegionCode::FromCell(call.caller.region); }

absl::StatusOr<CaseRow> ReadByKey(store::Reader& reader, const v1::GetCaseRequest& request, region::RegionCode scope) {
  switch (request.key_case()) {
    case v1::GetCaseRequest::kCaseId:
      return ReadCase(reader, request.case_id(), scope);
    case v1::GetCaseRequest::kFamilyId:
      return ReadCaseOfFamily(reader, request.family_id(), scope);
    default:
      return Invalid("key_missing", "key", "give a case_id or a family_id");
  }
}

}  // namespace

GraduationRpc::GraduationRpc(const host::Parts& parts, const Env& env)
    : gate_(parts.context.callers(), parts.context.metrics()), database_(parts.database), runner_(parts.runner), env_(env) {}

grpc::ServerUnaryReactor* GraduationRpc::GetCase(grpc::CallbackServerContext* context, const v1::GetCaseRequest* request,
                                                 v1::GetCaseResponse* response) {
  return gate_.Answer(context, "GetCase", [&](const service::Call& call) -> absl::Status {
    absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
    if (!reader.ok()) return reader.status();
    const absl::StatusOr<CaseRow> row = ReadByKey(**reader, *request, ScopeOf(call));
    if (!row.ok()) return row.status();
    FillCase(*row, *response->mutable_case_());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GraduationRpc::ListCases(grpc::CallbackServerContext* context, const v1::ListCasesRequest* request,
                                                   v1::ListCasesResponse* response) {
  return gate_.Answer(context, "ListCases", [&](const service::Call& call) -> absl::Status {
    absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
    if (!reader.ok()) return reader.status();
    return graduation::ListCases(**reader, *request, ScopeOf(call), *response);
  });
}

grpc::ServerUnaryReactor* GraduationRpc::ConfirmGraduation(grpc::CallbackServerContext* context,
                                                           const v1::ConfirmGraduationRequest* request,
                                                           v1::ConfirmGraduationResponse* response) {
  using Response = v1::ConfirmGraduationResponse;
  return gate_.AnswerLater(context, "ConfirmGraduation", [&](const service::Call& call, service::RpcGate::Done done) {
    host::Submit<Response>(runner_, call.caller, call.deadline, *request,
                           [response, done = std::move(done)](absl::StatusOr<Response> answer) {
                             if (answer.ok()) *response = *std::move(answer);
                             done(answer.status());
                           });
  });
}

grpc::ServerUnaryReactor* GraduationRpc::ExplainDecision(grpc::CallbackServerContext* context,
                                                         const v1::ExplainDecisionRequest* request,
                                                         v1::ExplainDecisionResponse* response) {
  return gate_.Answer(context, "ExplainDecision", [&](const service::Call& call) -> absl::Status {
    absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
    if (!reader.ok()) return reader.status();
    const absl::StatusOr<CaseRow> row = ReadCase(**reader, request->case_id(), ScopeOf(call));
    if (!row.ok()) return row.status();
    return ExplainCase(**reader, *row, env_.rules, *response);
  });
}

}  // namespace berdaya::graduation
