// The gate that every gRPC call passes: who calls, until when, how it is answered and counted. For services/*/rpc.
//
//   grpc::ServerUnaryReactor* GetFamily(grpc::CallbackServerContext* context, const GetFamilyRequest* request,
//                                       GetFamilyResponse* response) override {
//     return gate_.Answer(context, "GetFamily", [&](const Call& call) { return reads_.GetFamily(call.caller, *request, *response);
//     });
//   }
//
// Any thread. The gate must outlive the server.
#ifndef BERDAYA_COMMON_SERVICE_RPC_H_
#define BERDAYA_COMMON_SERVICE_RPC_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/service/caller.h"

namespace berdaya::service {

class Metrics;

// A call that was let in.
struct Call {
  Caller caller;
  absl::Time deadline;          // never infinite: a call without one got the default bound
  bool asked_deadline = false;  // whether it came with the deadline
};

class RpcGate {
 public:
  RpcGate(const CallerSource& callers, Metrics& metrics, absl::Duration default_bound = absl::Seconds(30));
  ~RpcGate();

  // Lets a call in, or says why not: what CallerSource says, DeadlineExceeded or Cancelled if nobody waits for the answer.
  absl::StatusOr<Call> Admit(const grpc::ServerContextBase& context) const;

  // Ends a call: counts it by method and code, logs what went wrong inside, and gives the status for the wire. For streams; the two
  // below do it themselves. `method` is a literal.
  grpc::Status Close(const char* method, absl::Time start, const absl::Status& status) const;

  // Answers a unary call now: fn(const Call&) -> absl::Status. It runs on one of gRPC's threads, so it must be quick.
  template <class Fn>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const char* method, Fn fn) const {
    const absl::Time start = absl::Now();
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const absl::StatusOr<Call> call = Admit(*context);
    reactor->Finish(Close(method, start, call.ok() ? fn(*call) : call.status()));
    return reactor;
  }

  // Answers a unary call later: fn(const Call&, Done). Done takes the absl::Status and must be called once, on any thread; until
  // then request and response stay valid.
  using Done = std::function<void(const absl::Status&)>;
  template <class Fn>
  grpc::ServerUnaryReactor* AnswerLater(grpc::CallbackServerContext* context, const char* method, Fn fn) const {
    const absl::Time start = absl::Now();
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    Done done = [this, reactor, method, start](const absl::Status& status) { reactor->Finish(Close(method, start, status)); };
    const absl::StatusOr<Call> call = Admit(*context);
    if (call.ok()) {
      fn(*call, std::move(done));
    } else {
      done(call.status());
    }
    return reactor;
  }

 private:
  struct Figures;

  const CallerSource& callers_;
  const absl::Duration default_bound_;
  const std::unique_ptr<Figures> figures_;
};

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_RPC_H_
