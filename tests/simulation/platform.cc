#include "tests/simulation/platform.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "common/bus/topics.h"
#include "common/flow/tables.h"
#include "common/flow/test_points.h"
#include "common/store/typed.h"

namespace berdaya::simulation {
namespace {

using flow::testing::FaultDatabase;
using flow::testing::SteppedService;

const flow::Principal kMinistry{"ministry", 0};
constexpr int64_t kAll = 1'000'000;
constexpr int64_t kZombieMs = 600'000;  // how long a relay that was replaced may still send

bus::MemoryOptions WithClock(const int64_t* now_ms) {
  bus::MemoryOptions options;
  options.now_ms = [now_ms] { return *now_ms; };
  return options;
}

const store::Schema& CachedSchema(Service service) {
  static const auto* const kSchemas = new std::array<store::Schema, kServices>{SchemaOf(kRegistry), SchemaOf(kGraduation),
                                                                               SchemaOf(kMentoring), SchemaOf(kReporting)};
  return (*kSchemas)[service];
}

// What passes by itself, or by trying again, joining again.
bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsResourceExhausted(status) || absl::IsCancelled(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace

Platform::Platform(bool tells) : bus(bus::NewMemoryBus(WithClock(&now_ms))), tells_(tells) {
  flow::SetTestPointHook([this](flow::TestPoint point) { AtPoint(static_cast<int>(point)); });
  const absl::Status created = bus->CreateTopics(bus::AllTopics({kProvinces.begin(), kProvinces.end()}));
  if (!created.ok()) std::abort();
  for (int s = 0; s < kServices; ++s) {
    absl::StatusOr<std::unique_ptr<store::Database>> database = store::Open({.url = "sqlite::memory:", .cache_mib = 2});
    const absl::Status status = database.ok() ? (*database)->Migrate(CachedSchema(static_cast<Service>(s))) : database.status();
    if (!status.ok()) std::abort();
    lives_[s].database = *std::move(database);
    lives_[s].faults = std::make_unique<FaultDatabase>(*lives_[s].database);
  }
}

Platform::~Platform() {
  flow::SetTestPointHook([](flow::TestPoint) {});
  for (Life& life : lives_) life.process.reset();
  flow::SetTestPointHook({});
}

// --- Life and death ---

void Platform::AtPoint(int point) {
  if (acting_ < 0 || dead_) return;
  Life& life = lives_[acting_];
  if (life.hits_left <= 0 || --life.hits_left > 0) return;
  Tell("  ", kServiceNames[acting_], " dies at ", std::string(flow::kTestPointNames[point]));
  points_.insert(point);
  dead_ = true;
  // From here on it does nothing that anybody else can see.
  life.faults->FailAll(absl::InternalError("dead"));
  bus->SetOutage(absl::InternalError("dead"));
}

void Platform::As(Service service, const char* what, const std::function<absl::Status()>& work) {
  ++steps_;
  now_ms += 100;
  acting_ = service;
  const absl::Status status = work();
  acting_ = -1;
  Tell(steps_, " ", kServiceNames[service], " ", what, status.ok() ? "" : ": ", status.ok() ? "" : std::string(status.message()));
  if (std::exchange(dead_, false)) {
    lives_[service].process.reset();
    lives_[service].faults->Heal();
    bus->SetOutage(absl::OkStatus());
    return;
  }
  if (!status.ok() && !Passes(status)) Blame(kServiceNames[service], " ", what, ": ", status.ToString());
}

std::unique_ptr<SteppedService> Platform::NewProcess(Service service) {
  return std::make_unique<SteppedService>(*bus, *lives_[service].faults, Wire(service), kServiceNames[service],
                                          [this] { return absl::FromUnixMillis(now_ms); });
}

void Platform::Start(Service service) {
  if (alive(service)) return;
  lives_[service].hits_left = 0;
  lives_[service].process = NewProcess(service);
  As(service, "starts", [&] {
    absl::Status status = process(service).Open();
    if (!status.ok()) lives_[service].process.reset();
    return status;
  });
}

void Platform::Kill(Service service) {
  if (!alive(service)) return;
  Tell(kServiceNames[service], " is killed");
  // Nothing that it does while it goes away reaches anybody.
  lives_[service].faults->FailAll(absl::InternalError("dead"));
  bus->SetOutage(absl::InternalError("dead"));
  lives_[service].process.reset();
  lives_[service].faults->Heal();
  bus->SetOutage(absl::OkStatus());
}

void Platform::Replace(Service service) {
  if (!alive(service) || process(service).consumer == nullptr) return;
  lives_[service].hits_left = 0;
  std::unique_ptr<SteppedService> old = std::move(lives_[service].process);
  Tell(kServiceNames[service], " is replaced, with ", old->polled(), " batches polled");
  bus->Expel(old->consumer.get());
  Start(service);
  Poll(service, 1);
  if (!alive(service) || !process(service).engine.HasInputs()) return;
  const flow::EngineStats& stats = old->engine.stats();
  const auto handled = [&] { return stats.records + stats.ignored; };
  while (old->polled() > 0) {
    const int64_t before = handled();
    const absl::Status status = old->Process();
    if (status.ok() && handled() == before) continue;  // nothing but repeats
    if (!absl::IsCancelled(status)) return Blame(kServiceNames[service], ": a fenced process was told ", status.ToString());
  }
}

// --- Steps ---

void Platform::Poll(Service service, int64_t max_records) {
  if (!alive(service) || process(service).polled() >= 2) return;
  As(service, "polls", [&] { return process(service).Poll(max_records); });
}

flow::Command Platform::CommandOf(Request& request) {
  flow::Command command;
  command.request.reset(request.message->New());
  command.request->CopyFrom(*request.message);
  command.principal = kMinistry;
  command.request_id = request.id;
  command.done = [this, &request](absl::StatusOr<std::unique_ptr<google::protobuf::Message>> answer) {
    if (dead_) return;
    std::string text;
    if (answer.ok()) {
      text = (*answer)->SerializeAsString();
    } else {
      Tell("  ", request.id, " is refused: ", std::string(answer.status().message()));
      if (request.insists || Passes(answer.status())) return;
      text = std::string(answer.status().message());
    }
    if (request.answer.has_value() && answer.ok() && *request.answer != text) Blame(request.id, " was answered in two ways");
    if (!request.answer.has_value()) Tell("  ", request.id, " is answered");
    request.answer = text;
  };
  return command;
}

void Platform::Process(Service service, int max_commands) {
  if (!alive(service)) return;
  std::vector<flow::Command> commands;
  for (Request& request : requests) {
    if (static_cast<int>(commands.size()) == max_commands) break;
    // Now and then somebody asks again who has missed the answer.
    const bool again = request.answer.has_value() && request.insists && (steps_ + request.id.size()) % 23 == 0;
    if (request.service == service && (!request.answer.has_value() || again)) commands.push_back(CommandOf(request));
  }
  As(service, "processes", [&] { return process(service).Process(absl::MakeSpan(commands)); });
}

void Platform::Send(Service service) {
  if (!alive(service)) return;
  As(service, "sends", [&] { return process(service).Send(); });
}

void Platform::Maintain(Service service) {
  if (!alive(service)) return;
  As(service, "maintains", [&] { return process(service).Tend(); });
}

void Platform::Mend(Service service) {
  if (!alive(service) || process(service).engine.parked() == 0) return;
  As(service, "is mended", [&] { return MendParked(service); });
}

absl::Status Platform::MendParked(Service service) {
  flow::Engine& engine = process(service).engine;
  std::vector<flow::ParkedRow> rows;
  {
    absl::StatusOr<std::unique_ptr<store::Reader>> reader = lives_[service].faults->Snapshot();
    if (!reader.ok()) return reader.status();
    auto parked = store::ScanRows<flow::ParkedRow>(**reader, {.limit = kAll});
    if (!parked.ok()) return parked.status();
    rows = *std::move(parked);
  }
  for (const flow::ParkedRow& row : rows) {
    const auto repair = repairs.find(row.value);
    if (row.waiting || row.repaired || (!row.unsequenced && repair == repairs.end())) continue;
    const bus::TopicPartition place{row.topic, row.partition};
    absl::Status status = row.unsequenced ? engine.Discard(place, row.offset) : engine.Repair(place, row.offset, repair->second);
    if (!status.ok()) return status;
  }
  return engine.Replay().status();
}

void Platform::Resend(Service service, uint64_t random) {
  if (!alive(service)) return;
  const auto& outputs = process(service).spec.outputs;
  const bus::TopicPartition& to = outputs[random % outputs.size()];
  const auto records = bus->Records(to);
  const std::string source = process(service).spec.source();
  const auto back = static_cast<size_t>(random >> 16) % 4;
  if (records.size() <= back) return;
  const bus::StoredRecord& record = *records[records.size() - 1 - back];
  if (record.headers.source != source || record.timestamp_ms < now_ms - kZombieMs) return;
  Tell(kServiceNames[service], " sends ", to.topic, " ", to.partition, " sequence ", record.headers.sequence, " again");
  (void)bus->Append({to.topic, to.partition, record.key, record.value, record.headers});
}

bool Platform::quiet() {
  for (int s = 0; s < kServices; ++s) {
    const auto service = static_cast<Service>(s);
    if (!alive(service) || !process(service).idle() || process(service).engine.parked() > 0) return false;
  }
  return std::all_of(requests.begin(), requests.end(), [](const Request& r) { return r.answer.has_value(); });
}

void Platform::Settle() {
  bus->SetOutage(absl::OkStatus());
  bus->FailSends(absl::OkStatus(), 0);
  bus->DelayAcks(false);
  const auto read = [this] {
    int64_t sum = 0;
    for (const Life& life : lives_) sum += life.process == nullptr ? 0 : life.process->read();
    return sum;
  };
  for (int round = 0; problems_.empty(); ++round) {
    const int64_t before = read();
    for (int s = 0; s < kServices; ++s) {
      const auto service = static_cast<Service>(s);
      lives_[s].hits_left = 0;
      lives_[s].faults->Heal();
      Start(service);
      Poll(service, kAll);
      Process(service, 100);
      Send(service);
      Mend(service);
    }
    if (quiet() && read() == before) return;
    if (round == 300) return Blame("it does not come to rest");
  }
}

}  // namespace berdaya::simulation
