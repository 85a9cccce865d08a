#include "common/service/common_config.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace berdaya::service {

void DeclareCommon(const ServiceInfo& info, CommonConfig* config, Options& options) {
  config->bus_group = info.name;
  config->store_url = absl::StrCat("sqlite:", info.name, ".db");
  config->grpc_listen = absl::StrCat("127.0.0.1:", info.grpc_port);
  config->http_listen = absl::StrCat("127.0.0.1:", info.http_port);
  config->dev_insecure_callers = BERDAYA_DEV_BUILD;

  options.Add("bus.brokers", &config->bus_brokers, "Kafka brokers to start from", HostPortList());
  options.Add("bus.group", &config->bus_group, "Consumer group of this service", NotEmpty());
  options.Add("store.url", &config->store_url, "Database, sqlite:<path> or postgresql://<user>@<host>/<database>", NotEmpty());
  options.Add("grpc.listen", &config->grpc_listen, "Address of the gRPC interface", HostPort());
  options.Add("http.listen", &config->http_listen, "Address of the internal listener: /metrics, /healthz, /readyz", HostPort());
  options.Add("log.level", &config->log_level, "Least level that is logged", OneOf({"debug", "info", "warning", "error"}));
  options.Add("regions.file", &config->regions_file, "Region table, relative to the working directory");
  options.Add("dev.insecure_callers", &config->dev_insecure_callers,
              "Development only: believes the x-berdaya-* metadata of any caller, and serves gRPC reflection");
  options.Add("ready.max_lag", &config->ready_max_lag, "Ready only if at most so many records wait in the log",
              Bounds{0, std::numeric_limits<int64_t>::max()});
  options.Add(
      "run.port_file", &config->run_port_file,
      "Once started, the listening addresses are written here as lines grpc=HOST:PORT and http=HOST:PORT; empty writes none");
  options.Add("run.stop_timeout", &config->run_stop_timeout, "Longest time to stop in before the process ends itself",
              DurationBounds{absl::Seconds(1), absl::Minutes(10)});
}

}  // namespace berdaya::service
