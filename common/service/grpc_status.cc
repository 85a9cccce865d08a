#include "common/service/grpc_status.h"

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "google/protobuf/unknown_field_set.h"

namespace berdaya::service {
namespace {

// The messages of google/rpc/status.proto and error_details.proto are not packaged, and four of their fields are all we need. An
// UnknownFieldSet is a message without a schema: it writes and reads any.
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

constexpr const char* kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr const char* kBadRequest = "type.googleapis.com/google.rpc.BadRequest";
constexpr const char* kDomain = "berdaya";

std::string Bytes(const UnknownFieldSet& message) {
  std::string out;
  message.SerializeToString(&out);
  return out;
}

// A message of two texts in fields 1 and 2: an Any, an entry of a map, a FieldViolation.
std::string Pair(std::string_view first, std::string_view second) {
  UnknownFieldSet pair;
  pair.AddLengthDelimited(1, std::string(first));
  pair.AddLengthDelimited(2, std::string(second));
  return Bytes(pair);
}

std::string ErrorInfo(const std::string& reason, const std::string& field) {
  UnknownFieldSet info;
  info.AddLengthDelimited(1, absl::AsciiStrToUpper(reason));
  info.AddLengthDelimited(2, kDomain);
  if (!field.empty()) info.AddLengthDelimited(3, Pair("field", field));
  return Pair(kErrorInfo, Bytes(info));
}

std::string BadRequest(const std::string& field, const std::string& message) {
  UnknownFieldSet request;
  request.AddLengthDelimited(1, Pair(field, message));
  return Pair(kBadRequest, Bytes(request));
}

// The first text in field `number`, or empty.
std::string Text(const UnknownFieldSet& message, int number) {
  for (int i = 0; i < message.field_count(); ++i) {
    const UnknownField& field = message.field(i);
    if (field.number() == number && field.type() == UnknownField::TYPE_LENGTH_DELIMITED)
      return std::string(field.length_delimited());
  }
  return "";
}

// Reads a detail; what it is not keeps its value.
void ReadDetail(const std::string& bytes, std::string& reason, std::string& field) {
  UnknownFieldSet any;
  UnknownFieldSet detail;
  UnknownFieldSet inner;
  if (!any.ParseFromString(bytes) || !detail.ParseFromString(Text(any, 2))) return;
  const std::string type = Text(any, 1);
  if (type == kErrorInfo) {
    reason = absl::AsciiStrToLower(Text(detail, 1));
    if (inner.ParseFromString(Text(detail, 3)) && Text(inner, 1) == "field") field = Text(inner, 2);
  } else if (type == kBadRequest && field.empty()) {
    if (inner.ParseFromString(Text(detail, 1))) field = Text(inner, 1);
  }
}

bool IsInside(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown || code == absl::StatusCode::kDataLoss;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (IsInside(status.code())) return {code, "an error inside the service; its log says more"};
  const std::string message(status.message());
  const std::string reason = ReasonOf(status);
  const std::string field = FieldOf(status);
  if (reason.empty() && field.empty()) return {code, message};
  UnknownFieldSet details;
  details.AddVarint(1, static_cast<uint64_t>(code));
  details.AddLengthDelimited(2, message);
  if (!reason.empty()) details.AddLengthDelimited(3, ErrorInfo(reason, field));
  if (!field.empty() && absl::IsInvalidArgument(status)) details.AddLengthDelimited(3, BadRequest(field, message));
  return {code, message, Bytes(details)};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  std::string reason;
  std::string field;
  UnknownFieldSet details;
  if (details.ParseFromString(status.error_details())) {
    for (int i = 0; i < details.field_count(); ++i) {
      const UnknownField& detail = details.field(i);
      if (detail.number() == 3 && detail.type() == UnknownField::TYPE_LENGTH_DELIMITED) {
        ReadDetail(std::string(detail.length_delimited()), reason, field);
      }
    }
  }
  return WithReason(absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()), reason, field);
}

}  // namespace berdaya::service
