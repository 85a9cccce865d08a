#include "common/service/grpc_status.h"

#include "common/status/status.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

TEST(GrpcStatus, EveryCodeComesBack) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "m");
    EXPECT_EQ(FromGrpc(ToGrpc(status)).code(), status.code());
  }
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(GrpcStatus, ReasonFieldAndMessageComeBack) {
  for (const absl::Status& status :
       {Invalid("nik_form", "members[2].nik", "not 16 digits"), Refused("quota_used", "region", "used up"),
        Invalid("empty", "", "nothing in it"), InField("page_size", absl::InvalidArgumentError("too large"))}) {
    const absl::Status back = FromGrpc(ToGrpc(status));
    EXPECT_EQ(back.code(), status.code());
    EXPECT_EQ(back.message(), status.message());
    EXPECT_EQ(ReasonOf(back), ReasonOf(status));
    EXPECT_EQ(FieldOf(back), FieldOf(status));
  }
}

// Written out from google/rpc/status.proto and error_details.proto.
TEST(GrpcStatus, DetailsAreTheBytesOfGoogleRpcStatus) {
  const std::string error_info = std::string("\x0a\x08NIK_FORM\x12\x07") + "berdaya" + "\x1a\x0c\x0a\x05" + "field\x12\x03nik";
  const std::string violation = std::string("\x0a\x0e\x0a\x03nik\x12\x07") + "not 16d";
  const auto any = [](const std::string& type, const std::string& value) {
    const std::string url = "type.googleapis.com/google.rpc." + type;
    const std::string body =
        std::string("\x0a") + static_cast<char>(url.size()) + url + "\x12" + static_cast<char>(value.size()) + value;
    return std::string("\x1a") + static_cast<char>(body.size()) + body;
  };
  const std::string expected =
      std::string("\x08\x03\x12\x07") + "not 16d" + any("ErrorInfo", error_info) + any("BadRequest", violation);
  EXPECT_EQ(ToGrpc(Invalid("nik_form", "nik", "not 16d")).error_details(), expected);
}

TEST(GrpcStatus, WhatWentWrongInsideStaysInside) {
  for (const absl::Status& status : {absl::InternalError("/var/lib/x.db"), absl::DataLossError("row 7"), absl::UnknownError("x")}) {
    const grpc::Status wire = ToGrpc(WithReason(status, "secret_reason", "secret_field"));
    EXPECT_EQ(wire.error_message(), "an error inside the service; its log says more");
    EXPECT_EQ(wire.error_details(), "");
  }
}

TEST(GrpcStatus, StrangeDetailsAreIgnored) {
  for (const char* details : {"\xFF\xFF\xFF", "\x1a\x03\x0a\x01x", "\x1a\x02\xFF\xFF", "\x08\x01"}) {
    const absl::Status status = FromGrpc({grpc::StatusCode::NOT_FOUND, "m", details});
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ReasonOf(status), "");
  }
}

}  // namespace
}  // namespace berdaya::service
