// The stream of RecordEnrolmentDecisions: each request is a command, its answer goes back once the command is committed.
#ifndef BERDAYA_SERVICES_REGISTRY_RPC_DECISION_STREAM_H_
#define BERDAYA_SERVICES_REGISTRY_RPC_DECISION_STREAM_H_

#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "common/flow/runner.h"
#include "common/service/rpc.h"

namespace berdaya::registry {

using DecisionReactor = grpc::ServerBidiReactor<v1::RecordEnrolmentDecisionsRequest, v1::RecordEnrolmentDecisionsResponse>;

// Up to 16 commands of a stream are under way at once; beyond that the stream is not read on, which the sender feels as
// backpressure. A command that is refused as a whole ends the stream with its reason. Those before it may have been carried out and
// not answered: sent again with their request_ids they get the answers they had. The reactor deletes itself when the call is over
// and its last command has been answered; after the call's end it touches neither the gate nor the context.
DecisionReactor* NewDecisionStream(grpc::CallbackServerContext* context, const service::RpcGate& gate, flow::Runner& runner);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_RPC_DECISION_STREAM_H_
