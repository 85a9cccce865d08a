// The options that every service has.
#ifndef BERDAYA_COMMON_SERVICE_COMMON_CONFIG_H_
#define BERDAYA_COMMON_SERVICE_COMMON_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "common/service/config.h"

namespace berdaya::service {

// What a service is, for its defaults, logs and --version.
struct ServiceInfo {
  std::string name;     // "registry"; the consumer group and the label of every log line
  std::string summary;  // one line for --help
  int grpc_port = 0;    // documented defaults, on 127.0.0.1; 0 lets the system choose
  int http_port = 0;
};

struct CommonConfig {
  std::string bus_brokers = "127.0.0.1:9092";
  std::string bus_group;
  std::string store_url;
  std::string grpc_listen;
  std::string http_listen;
  std::string log_level = "info";
  std::string regions_file = "data/regions/regions.tsv";
  bool dev_insecure_callers = true;  // as the build says; see DeclareCommon
  int64_t ready_max_lag = 10000;
  std::string run_port_file;
  absl::Duration run_stop_timeout = absl::Seconds(25);
};

// Sets the defaults of a service and declares the options. dev.insecure_callers is true by default only where the test points are
// compiled in; images are built without them and say so explicitly where they want it.
void DeclareCommon(const ServiceInfo& info, CommonConfig* config, Options& options);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_COMMON_CONFIG_H_
