#include "common/host/operations_rpc.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/flow/tables.h"
#include "common/service/page_token.h"
#include "common/status/status.h"
#include "common/store/typed.h"

namespace berdaya::host {
namespace {

namespace v1 = operations::v1;
using flow::ParkedRow;

constexpr int kMaxPage = 1000;
constexpr int kDefaultPage = 100;
constexpr size_t kMaxReason = 500;
constexpr char kFilter[] = "ListParked";

absl::Status NationOnly(const service::Caller& caller) {
  if (caller.region == 0) return absl::OkStatus();
  return WithReason(absl::PermissionDeniedError("operations are for callers of the whole nation"), "scope_too_small");
}

absl::Status CheckReason(const std::string& reason) {
  if (!reason.empty() && reason.size() <= kMaxReason) return absl::OkStatus();
  return Invalid("reason_invalid", "reason", "say why, in 1 to 500 bytes: it is kept");
}

bus::TopicPartition PartitionOf(const v1::RecordPlace& place) { return {place.topic(), place.partition()}; }

void Fill(const ParkedRow& row, v1::ParkedRecord& record) {
  record.mutable_place()->set_topic(row.topic);
  record.mutable_place()->set_partition(row.partition);
  record.mutable_place()->set_offset(row.offset);
  record.set_waiting(row.waiting);
  record.set_event_type(flow::Utf8OrEmpty(row.type, 256));
  record.set_code(row.code);
  record.set_field(row.field);
  record.set_reason(row.reason);
  record.set_repaired(row.repaired);
}

}  // namespace

OperationsRpc::OperationsRpc(service::Context& context, store::Database& database, flow::Runner& runner)
    : gate_(context.callers(), context.metrics()), database_(database), runner_(runner) {}

grpc::ServerUnaryReactor* OperationsRpc::ListParked(grpc::CallbackServerContext* context, const v1::ListParkedRequest* request,
                                                    v1::ListParkedResponse* response) {
  return gate_.Answer(context, "ListParked", [&](const service::Call& call) {
    absl::Status status = NationOnly(call.caller);
    return status.ok() ? List(*request, *response) : status;
  });
}

grpc::ServerUnaryReactor* OperationsRpc::GetParked(grpc::CallbackServerContext* context, const v1::GetParkedRequest* request,
                                                   v1::GetParkedResponse* response) {
  return gate_.Answer(context, "GetParked", [&](const service::Call& call) {
    absl::Status status = NationOnly(call.caller);
    return status.ok() ? Get(*request, *response) : status;
  });
}

grpc::ServerUnaryReactor* OperationsRpc::RepairParked(grpc::CallbackServerContext* context, const v1::RepairParkedRequest* request,
                                                      v1::RepairParkedResponse*) {
  return gate_.Answer(context, "RepairParked", [&](const service::Call& call) {
    absl::Status status = NationOnly(call.caller);
    if (status.ok()) status = CheckReason(request->reason());
    if (status.ok() && request->value().size() > flow::Outbox::kMaxValueBytes) {
      status = Invalid("value_too_large", "value", "a value has at most 900 KiB");
    }
    if (!status.ok()) return status;
    const absl::StatusOr<flow::Engine*> engine = runner_.ForOperators();
    if (!engine.ok()) return engine.status();
    return (*engine)->Repair(PartitionOf(request->place()), request->place().offset(), request->value(),
                             {call.caller.principal, request->reason()});
  });
}

grpc::ServerUnaryReactor* OperationsRpc::DiscardParked(grpc::CallbackServerContext* context,
                                                       const v1::DiscardParkedRequest* request, v1::DiscardParkedResponse*) {
  return gate_.Answer(context, "DiscardParked", [&](const service::Call& call) {
    absl::Status status = NationOnly(call.caller);
    if (status.ok()) status = CheckReason(request->reason());
    if (!status.ok()) return status;
    const absl::StatusOr<flow::Engine*> engine = runner_.ForOperators();
    if (!engine.ok()) return engine.status();
    return (*engine)->Discard(PartitionOf(request->place()), request->place().offset(), {call.caller.principal, request->reason()});
  });
}

grpc::ServerUnaryReactor* OperationsRpc::ReplayParked(grpc::CallbackServerContext* context, const v1::ReplayParkedRequest* request,
                                                      v1::ReplayParkedResponse* response) {
  return gate_.Answer(context, "ReplayParked", [&](const service::Call& call) {
    absl::Status status = NationOnly(call.caller);
    if (status.ok()) status = CheckReason(request->reason());
    return status.ok() ? Replay({call.caller.principal, request->reason()}, *response) : status;
  });
}

absl::Status OperationsRpc::List(const v1::ListParkedRequest& request, v1::ListParkedResponse& response) {
  if (request.page_size() < 0 || request.page_size() > kMaxPage)
    return Invalid("page_size_invalid", "page_size", "a page has 1 to 1,000 records");
  const int page = request.page_size() == 0 ? kDefaultPage : request.page_size();
  // The position is "<partition>/<offset>/<topic>".
  absl::StatusOr<std::string> after = service::DecodePageToken(request.page_token(), kFilter);
  if (!after.ok()) return after.status();
  store::ScanRange range{.limit = page + 1};
  if (!after->empty()) {
    const std::vector<std::string> parts = absl::StrSplit(*after, absl::MaxSplits('/', 2));
    int64_t partition = 0;
    int64_t offset = 0;
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &partition) || !absl::SimpleAtoi(parts[1], &offset)) {
      return Invalid("page_token_invalid", "page_token", "use the next_page_token of the page before, unchanged");
    }
    range.from = {parts[2], partition, offset};
    range.after_from = true;
  }
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::vector<ParkedRow>> rows = store::ScanRows<ParkedRow>(**reader, range);
  if (!rows.ok()) return rows.status();
  if (static_cast<int>(rows->size()) > page) {
    rows->pop_back();
    const ParkedRow& last = rows->back();
    response.set_next_page_token(
        service::EncodePageToken(absl::StrCat(last.partition, "/", last.offset, "/", last.topic), kFilter));
  }
  for (const ParkedRow& row : *rows) Fill(row, *response.add_records());
  return absl::OkStatus();
}

absl::Status OperationsRpc::Get(const v1::GetParkedRequest& request, v1::GetParkedResponse& response) {
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::optional<ParkedRow>> row =
      store::Get<ParkedRow>(**reader, {request.place().topic(), request.place().partition(), request.place().offset()});
  if (!row.ok()) return row.status();
  if (!row->has_value()) return WithReason(absl::NotFoundError("no such parked record"), "parked_unknown", "place");
  Fill(**row, *response.mutable_record());
  response.set_value((*row)->value);
  return absl::OkStatus();
}

absl::Status OperationsRpc::Replay(const flow::Audit& audit, v1::ReplayParkedResponse& response) {
  const absl::StatusOr<flow::Engine*> engine = runner_.ForOperators();
  if (!engine.ok()) return engine.status();
  absl::StatusOr<int64_t> left = (*engine)->Replay(audit);
  if (!left.ok()) return left.status();
  response.set_left(*left);
  response.set_parked((*engine)->parked());
  return absl::OkStatus();
}

}  // namespace berdaya::host
