#include "services/registry/rpc/registry_rpc.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/service/page_token.h"
#include "common/status/status.h"
#include "common/store/typed.h"
#include "services/registry/rpc/decision_stream.h"
#include "services/registry/rpc/reads.h"

namespace berdaya::registry {
namespace {

using region::RegionCode;

constexpr int kMaxPage = 1000;
constexpr int kDefaultPage = 100;
constexpr size_t kMaxPageBytes = 3 << 20;    // a client takes 4 MiB unless it says otherwise
constexpr size_t kMaxAnswerBytes = 7 << 20;  // below what the server sends

absl::Status NotFound() { return WithReason(absl::NotFoundError("no such family"), "family_unknown"); }

RegionCode ScopeOf(const service::Caller& caller) { return RegionCode::FromCell(caller.region); }

absl::Status ReadOne(store::Reader& reader, int64_t family_id, RegionCode scope, v1::Family& family) {
  absl::StatusOr<FoundFamilies> found = ReadFamilies(reader, {family_id}, scope);
  if (!found.ok()) return found.status();
  if (found->families.empty()) return NotFound();
  family = std::move(found->families.front());
  return absl::OkStatus();
}

// The family that a row of NIKs or KK numbers leads to; 0 if there is no row, or nobody in it.
template <class Row>
absl::StatusOr<int64_t> FamilyOf(store::Reader& reader, uint64_t number) {
  absl::StatusOr<std::optional<Row>> row = store::Get<Row>(reader, static_cast<int64_t>(number));
  if (!row.ok()) return row.status();
  return row->has_value() ? (*row)->family_id : 0;
}

}  // namespace

RegistryRpc::RegistryRpc(const service::CallerSource& callers, service::Metrics& metrics, store::Database& database,
                         flow::Runner& runner)
    : gate_(callers, metrics), database_(database), runner_(runner) {}

DecisionReactor* RegistryRpc::RecordEnrolmentDecisions(grpc::CallbackServerContext* context) {
  return NewDecisionStream(context, gate_, runner_);
}

grpc::ServerUnaryReactor* RegistryRpc::GetFamily(grpc::CallbackServerContext* context, const v1::GetFamilyRequest* request,
                                                 v1::GetFamilyResponse* response) {
  return gate_.Answer(context, "GetFamily", [&](const service::Call& call) {
    return Get(call.caller, request->family_id(), *response->mutable_family());
  });
}

grpc::ServerUnaryReactor* RegistryRpc::BatchGetFamilies(grpc::CallbackServerContext* context,
                                                        const v1::BatchGetFamiliesRequest* request,
                                                        v1::BatchGetFamiliesResponse* response) {
  return gate_.Answer(context, "BatchGetFamilies",
                      [&](const service::Call& call) { return BatchGet(call.caller, *request, *response); });
}

grpc::ServerUnaryReactor* RegistryRpc::LookUpFamily(grpc::CallbackServerContext* context, const v1::LookUpFamilyRequest* request,
                                                    v1::LookUpFamilyResponse* response) {
  return gate_.Answer(context, "LookUpFamily",
                      [&](const service::Call& call) { return LookUp(call.caller, *request, *response->mutable_family()); });
}

grpc::ServerUnaryReactor* RegistryRpc::ListFamilies(grpc::CallbackServerContext* context, const v1::ListFamiliesRequest* request,
                                                    v1::ListFamiliesResponse* response) {
  return gate_.Answer(context, "ListFamilies", [&](const service::Call& call) { return List(call.caller, *request, *response); });
}

absl::Status RegistryRpc::Get(const service::Caller& caller, int64_t family_id, v1::Family& family) {
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  return ReadOne(**reader, family_id, ScopeOf(caller), family);
}

absl::Status RegistryRpc::BatchGet(const service::Caller& caller, const v1::BatchGetFamiliesRequest& request,
                                   v1::BatchGetFamiliesResponse& response) {
  if (request.family_ids_size() < 1 || request.family_ids_size() > kMaxPage) {
    return Invalid("family_ids_count", "family_ids", "ask for 1 to 1,000 families");
  }
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<FoundFamilies> found =
      ReadFamilies(**reader, {request.family_ids().begin(), request.family_ids().end()}, ScopeOf(caller));
  if (!found.ok()) return found.status();
  for (v1::Family& family : found->families) response.add_families()->Swap(&family);
  if (response.ByteSizeLong() > kMaxAnswerBytes) {
    response.Clear();
    return Invalid("family_ids_count", "family_ids",
                   "these families are larger than an answer may be (7 MiB); ask for fewer at once");
  }
  for (int64_t id : found->not_found) response.add_not_found(id);
  return absl::OkStatus();
}

absl::Status RegistryRpc::LookUp(const service::Caller& caller, const v1::LookUpFamilyRequest& request, v1::Family& family) {
  if (request.key_case() == v1::LookUpFamilyRequest::KEY_NOT_SET) return Invalid("key_missing", "key", "give a nik or a kk_number");
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<int64_t> family_id =
      request.has_nik() ? FamilyOf<NikRow>(**reader, request.nik()) : FamilyOf<KkRow>(**reader, request.kk_number());
  if (!family_id.ok()) return family_id.status();
  return ReadOne(**reader, *family_id, ScopeOf(caller), family);
}

absl::Status RegistryRpc::List(const service::Caller& caller, const v1::ListFamiliesRequest& request,
                               v1::ListFamiliesResponse& response) {
  const absl::StatusOr<RegionCode> asked = RegionCode::FromNumber(request.region());
  if (!asked.ok()) return Invalid("region_invalid", "region", "a region is a Kemendagri code of ten digits");
  if (request.page_size() < 0 || request.page_size() > kMaxPage)
    return Invalid("page_size_invalid", "page_size", "a page has 1 to 1,000 families");
  const std::string filter = absl::StrCat("ListFamilies ", request.region());
  absl::StatusOr<std::vector<int64_t>> after = service::DecodePageToken(request.page_token(), filter, 2);
  if (!after.ok()) return after.status();
  const RegionCode scope = ScopeOf(caller);
  if (!scope.Contains(*asked) && !asked->Contains(scope)) return absl::OkStatus();  // nothing of it is the caller's: an empty list
  const RegionCode region = scope.Contains(*asked) ? *asked : scope;

  const int page = request.page_size() == 0 ? kDefaultPage : request.page_size();
  store::ScanRange range{
      .index = FamilyRow::kByVillage, .from = {region.Range().first}, .to = {region.Range().end}, .limit = page + 1};
  if (!after->empty() && (*after)[0] >= region.Range().first) {  // else the token is of a caller who sees more
    range.from = {(*after)[0], (*after)[1]};
    range.after_from = true;
  }
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::vector<FamilyRow>> rows = store::ScanRows<FamilyRow>(**reader, range);
  if (!rows.ok()) return rows.status();
  bool more = static_cast<int>(rows->size()) > page;
  if (more) rows->pop_back();
  absl::StatusOr<std::vector<v1::Family>> families = WithMembers(**reader, *rows);
  if (!families.ok()) return families.status();
  size_t bytes = 0;
  for (v1::Family& family : *families) {
    bytes += family.ByteSizeLong();
    if (bytes > kMaxPageBytes && response.families_size() > 0) {
      more = true;
      break;
    }
    response.add_families()->Swap(&family);
  }
  if (more) {
    const FamilyRow& last = (*rows)[response.families_size() - 1];
    response.set_next_page_token(service::EncodePageToken({last.village.ToCell(), last.family_id}, filter));
  }
  return absl::OkStatus();
}

}  // namespace berdaya::registry
