// Commands over gRPC: from a request to the path of an event and back. For services/*/rpc.
#ifndef BERDAYA_COMMON_HOST_COMMAND_RPC_H_
#define BERDAYA_COMMON_HOST_COMMAND_RPC_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/flow/runner.h"
#include "common/service/caller.h"
#include "common/status/status.h"

namespace berdaya::host {

inline constexpr size_t kMaxRequestId = 64;

// Submits `request` as a command of `caller`; one that is not decided by `deadline` is answered DeadlineExceeded. `done` takes an
// absl::StatusOr<Response> and is called once, after the commit or with the error, on the transaction thread or at once: it must be
// quick. The request is copied.
template <class Response, class Request, class Done>
void Submit(flow::Runner& runner, const service::Caller& caller, absl::Time deadline, const Request& request, Done done) {
  if (request.request_id().empty() || request.request_id().size() > kMaxRequestId) {
    done(absl::StatusOr<Response>(Invalid("request_id_invalid", "request_id", "a request_id has 1 to 64 bytes")));
    return;
  }
  flow::Command command;
  command.request = std::make_unique<Request>(request);
  command.principal = {caller.principal, caller.region};
  command.request_id = request.request_id();
  command.deadline = deadline;
  command.done = [done = std::move(done)](absl::StatusOr<std::unique_ptr<google::protobuf::Message>> answer) mutable {
    if (!answer.ok()) return done(absl::StatusOr<Response>(answer.status()));
    done(absl::StatusOr<Response>(std::move(static_cast<Response&>(**answer))));
  };
  runner.Submit(std::move(command));
}

}  // namespace berdaya::host

#endif  // BERDAYA_COMMON_HOST_COMMAND_RPC_H_
