// Statuses on the wire of gRPC and back, with google.rpc details.
#ifndef BERDAYA_COMMON_SERVICE_GRPC_STATUS_H_
#define BERDAYA_COMMON_SERVICE_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace berdaya::service {

// The same code and message. A reason becomes a google.rpc.ErrorInfo (REASON in upper case, domain "berdaya", metadata "field"), a
// field of an InvalidArgument also a google.rpc.BadRequest. What went wrong inside (Internal, Unknown, DataLoss) is not told to
// callers: they get the code and a sentence that points to the log.
grpc::Status ToGrpc(const absl::Status& status);

// The way back, for clients: code, message, reason (in lower case) and field. Details that are no google.rpc.Status are ignored.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_GRPC_STATUS_H_
