// The gRPC server of a process: limits, health service, reflection, a stop within a bound. Serves both kinds of handlers: callback
// reactors, and synchronous ones on a bounded pool of threads.
#ifndef BERDAYA_COMMON_SERVICE_GRPC_SERVER_H_
#define BERDAYA_COMMON_SERVICE_GRPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Server;
class ServerCredentials;
class Service;
}  // namespace grpc

namespace berdaya::service {

struct GrpcOptions {
  std::string listen;                                    // HOST:PORT; port 0 lets the system choose
  bool reflection = false;                               // development only
  std::shared_ptr<grpc::ServerCredentials> credentials;  // empty: no encryption
  int max_message_bytes = 8 << 20;                       // received and sent
  int max_concurrent_streams = 256;                      // a connection
  int max_sync_threads = 32;                             // of synchronous handlers; past them calls are ResourceExhausted
};

class GrpcServer {
 public:
  // `services`, one or more, must outlive the server. Unavailable: the address is taken, not allowed or unknown.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const GrpcOptions& options, const std::vector<grpc::Service*>& services);
  ~GrpcServer();

  // The address that it listens on, with the real port.
  const std::string& address() const { return address_; }

  // What the health service (grpc.health.v1) answers. A new server is not serving.
  void SetServing(bool serving);

  // Takes no new call and waits for those under way; after `bound` they are cancelled. Returns when the last handler has finished,
  // so a handler that never does must be bounded by the caller.
  void Stop(absl::Duration bound);

 private:
  GrpcServer(std::unique_ptr<grpc::Server> server, std::string address);

  std::unique_ptr<grpc::Server> server_;
  const std::string address_;
};

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_GRPC_SERVER_H_
