// The process of a service that follows the path of an event: everything that the four services have in common between RunMain and
// their own parts.
#ifndef BERDAYA_COMMON_HOST_FLOW_HOST_H_
#define BERDAYA_COMMON_HOST_FLOW_HOST_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/bus/bus.h"
#include "common/flow/runner.h"
#include "common/flow/service_spec.h"
#include "common/region/region_table.h"
#include "common/service/run.h"
#include "common/store/store.h"

namespace berdaya::host {

class OperationsRpc;

// What a service may use once its database is open.
struct Parts {
  service::Context& context;
  store::Database& database;
  flow::Runner& runner;
  const region::RegionTable& regions;
};

class FlowHost : public service::ServiceMain {
 public:
  FlowHost();
  ~FlowHost() override;

  // What the service is made of; called once, in Start. What it points to lives as long as the host.
  virtual absl::StatusOr<flow::ServiceSpec> Wire(const region::RegionTable& regions) = 0;
  // Adds gRPC services and HTTP pages; called once, in Start, before the path runs.
  virtual absl::Status Serve(const Parts& parts) = 0;

  void Declare(service::Options& options) override;
  absl::Status Start(service::Context& context) override;
  void Drain() override;
  absl::Status Stop(absl::Time deadline) override;

 private:
  absl::Status OpenStore(const service::CommonConfig& config);
  absl::Status OpenBus(const service::CommonConfig& config);
  flow::RunnerOptions RunnerOptionsFor(service::Context& context);
  void Export(service::Context& context);

  int64_t store_cache_mib_ = 256;
  int64_t bus_linger_ms_ = 5;
  int64_t flow_batch_records_ = 16000;
  int64_t flow_keep_outbox_hours_ = 24;
  int64_t flow_lease_seconds_ = 10;
  std::unique_ptr<const region::RegionTable> regions_;
  flow::ServiceSpec spec_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<flow::Runner> runner_;
  std::unique_ptr<OperationsRpc> operations_;
};

}  // namespace berdaya::host

#endif  // BERDAYA_COMMON_HOST_FLOW_HOST_H_
