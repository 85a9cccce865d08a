#include "common/host/flow_host.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/bus/kafka.h"
#include "common/flow/tables.h"
#include "common/host/operations_rpc.h"
#include "common/service/health.h"
#include "common/service/log.h"
#include "common/service/metrics.h"

namespace berdaya::host {
namespace {

constexpr absl::Duration kLongestBeat = absl::Minutes(3);  // a transaction is retried for 2.5 minutes at most

}  // namespace

FlowHost::FlowHost() = default;
FlowHost::~FlowHost() = default;

void FlowHost::Declare(service::Options& options) {
  options.Add("store.cache_mib", &store_cache_mib_, "Page cache of an SQLite database, MiB", service::Bounds{8, 65536});
  options.Add("bus.linger_ms", &bus_linger_ms_, "How long a record waits for others of its batch, ms", service::Bounds{0, 1000});
  options.Add("flow.batch_records", &flow_batch_records_, "Most records a transaction takes", service::Bounds{1, 16000});
  options.Add("flow.keep_outbox_hours", &flow_keep_outbox_hours_, "How long published records stay in the outbox, hours",
              service::Bounds{24, 24 * 365});
  options.Add("flow.lease_seconds", &flow_lease_seconds_,
              "On PostgreSQL: how long the instance that relays may be silent before another takes its turn, seconds",
              service::Bounds{2, 300});
}

absl::Status FlowHost::OpenStore(const service::CommonConfig& config) {
  const auto warn = [](const std::string& text) { service::LogWarning("database", {{"text", service::Safe(text)}}); };
  absl::StatusOr<std::unique_ptr<store::Database>> database =
      store::Open({.url = config.store_url, .cache_mib = static_cast<int>(store_cache_mib_), .warn = warn});
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  store::Schema schema = spec_.schema;
  const std::vector<const store::TableSpec*> path = flow::FlowTables();
  schema.tables.insert(schema.tables.begin(), path.begin(), path.end());
  return database_->Migrate(schema);
}

absl::Status FlowHost::OpenBus(const service::CommonConfig& config) {
  bus::KafkaOptions options;
  options.brokers = config.bus_brokers;
  options.client_id = spec_.source();
  options.linger_ms = static_cast<int>(bus_linger_ms_);
  options.log = [](bus::LogLevel level, std::string_view text) {
    if (level == bus::LogLevel::kDebug) return;
    service::LogWarning("kafka client", {{"text", service::Safe(text)}});
  };
  options.on_gap = [](const bus::TopicPartition& partition, int64_t expected, int64_t got) {
    service::LogWarning("a provincial topic skips offsets",
                        {{"topic", service::Safe(partition.topic)}, {"expected", expected}, {"got", got}});
  };
  absl::StatusOr<std::unique_ptr<bus::Bus>> bus = bus::OpenKafka(options);
  if (!bus.ok()) return bus.status();
  bus_ = *std::move(bus);
  return absl::OkStatus();
}

flow::RunnerOptions FlowHost::RunnerOptionsFor(service::Context& context) {
  flow::RunnerOptions options;
  options.group = context.config().bus_group;
  options.limits.max_records = flow_batch_records_;
  options.keep_outbox = absl::Hours(flow_keep_outbox_hours_);
  if (store::SharedByProcesses(context.config().store_url)) options.lease_patience = absl::Seconds(flow_lease_seconds_);
  options.warn = [](std::string_view text) { service::LogWarning("path", {{"text", service::Safe(text)}}); };
  service::Heartbeat& heartbeat = context.health().AddHeartbeat("transactions", kLongestBeat);
  options.beat = [&heartbeat] { heartbeat.Beat(); };
  // Refused by what the log and the database say of each other: the process ends, so that nobody takes it for a slow one.
  options.on_stopped = [&context](absl::Status status) {
    context.Fail(std::move(status),
                 absl::IsFailedPrecondition(status) ? service::OnFailure::kStop : service::OnFailure::kStayUnready);
  };
  return options;
}

absl::Status FlowHost::Start(service::Context& context) {
  absl::StatusOr<std::unique_ptr<const region::RegionTable>> regions = region::RegionTable::Load(context.config().regions_file);
  if (!regions.ok()) return regions.status();
  regions_ = *std::move(regions);
  absl::StatusOr<flow::ServiceSpec> spec = Wire(*regions_);
  if (!spec.ok()) return spec.status();
  spec_ = *std::move(spec);
  if (absl::Status status = OpenStore(context.config()); !status.ok()) return status;
  if (absl::Status status = OpenBus(context.config()); !status.ok()) return status;
  runner_ = std::make_unique<flow::Runner>(spec_, *bus_, *database_, RunnerOptionsFor(context));
  operations_ = std::make_unique<OperationsRpc>(context, *database_, *runner_);
  context.AddGrpcService(operations_.get());
  if (absl::Status status = Serve({context, *database_, *runner_, *regions_}); !status.ok()) return status;
  if (absl::Status status = runner_->Start(); !status.ok()) return status;
  Export(context);
  return absl::OkStatus();
}

void FlowHost::Export(service::Context& context) {
  service::Metrics& metrics = context.metrics();
  const flow::EngineStats& stats = runner_->engine().stats();
  const auto gauge = [&](const char* name, const char* help, const std::atomic<int64_t>& value) {
    metrics.GaugeFrom(name, help, [&value] { return static_cast<double>(value.load()); });
  };
  gauge("berdaya_flow_transactions", "Transactions committed since start", stats.transactions);
  gauge("berdaya_flow_records", "Records and commands decided since start", stats.records);
  gauge("berdaya_flow_repeats", "Records dropped because they had been handled", stats.repeats);
  gauge("berdaya_flow_ignored", "Facts that this service has no use for", stats.ignored);
  gauge("berdaya_flow_rejected", "Reports rejected since start", stats.rejected);
  gauge("berdaya_flow_quarantined", "Records quarantined since start", stats.quarantined);
  gauge("berdaya_flow_waiting", "Records that waited behind a quarantined one since start", stats.waiting);
  gauge("berdaya_flow_commands", "Commands decided since start", stats.commands);
  gauge("berdaya_flow_swept", "Rows that a day fell due on since start", stats.swept);
  gauge("berdaya_flow_conflicts", "Batches run again after a conflict", stats.conflicts);
  gauge("berdaya_flow_read_through", "Keys read that no handler had named", stats.read_through);
  gauge("berdaya_flow_missing", "Partitions of which the log lacks events that others come after; anything but 0 is an alarm",
        stats.missing);
  const flow::Runner* runner = runner_.get();
  metrics.GaugeFrom("berdaya_flow_lag", "Records that wait in the log; -1 if not known",
                    [runner] { return static_cast<double>(runner->lag()); });
  metrics.GaugeFrom("berdaya_flow_backlog",
                    "Records committed and not yet acknowledged by the broker, where this instance publishes",
                    [runner] { return static_cast<double>(runner->backlog()); });
  metrics.GaugeFrom("berdaya_flow_parked", "Records parked now",
                    [runner] { return static_cast<double>(runner->engine().parked()); });
  metrics.GaugeFrom("berdaya_flow_relaying", "1 where this instance publishes what all instances of the service have committed",
                    [runner] { return runner->engine().term() != 0 ? 1.0 : 0.0; });
  const int64_t max_lag = context.config().ready_max_lag;
  context.health().AddReadiness("path", [runner, max_lag] { return runner->Ready(max_lag); });
}

void FlowHost::Drain() { runner_->CloseCommands(); }

absl::Status FlowHost::Stop(absl::Time deadline) {
  runner_->Stop(deadline);
  return database_->Checkpoint();
}

}  // namespace berdaya::host
