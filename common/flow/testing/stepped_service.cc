#include "common/flow/testing/stepped_service.h"

#include <utility>

#include "common/flow/test_points.h"

namespace berdaya::flow::testing {

SteppedService::SteppedService(bus::Bus& bus, store::Database& database, ServiceSpec s, std::string g, Engine::Now now,
                               absl::Duration patience, Lease::Clock clock)
    : spec(std::move(s)),
      group(std::move(g)),
      engine(
          spec, database, std::move(now),
          [this](std::vector<std::shared_ptr<const Segment>> segments) { relay->Offer(std::move(segments)); }, patience,
          std::move(clock)),
      bus_(bus),
      database_(database) {}

absl::Status SteppedService::Open() {
  if (absl::Status status = engine.Open(); !status.ok()) return status;
  relay = std::make_unique<Relay>(bus_, database_, spec.source(), engine.epoch(), spec.outputs);
  if (absl::Status status = relay->Compare(); !status.ok()) return status;
  if (absl::StatusOr<bool> held = engine.Maintain({}, absl::InfiniteDuration()); !held.ok()) return held.status();
  if (absl::Status status = Begin(); !status.ok()) return status;
  return Join();
}

absl::Status SteppedService::Begin() {
  const int64_t term = engine.term();
  if (term == leading) return absl::OkStatus();
  leading = 0;
  relay->Rest();
  if (term == 0) return absl::OkStatus();
  absl::Status status = relay->Lead(term);
  if (status.ok()) leading = term;
  return status;
}

absl::Status SteppedService::Send() {
  if (absl::Status status = Begin(); !status.ok() || leading == 0) return status;
  if (absl::Status status = relay->LookForOthers(); !status.ok()) return status;
  return relay->Step(absl::ZeroDuration());
}

absl::Status SteppedService::Join() {
  consumer.reset();
  absl::StatusOr<std::unique_ptr<bus::Consumer>> joined = bus_.Subscribe(group, spec.inputs, &engine);
  if (!joined.ok()) return joined.status();
  consumer = *std::move(joined);
  return absl::OkStatus();
}

absl::Status SteppedService::Poll(int64_t max_records) {
  if (consumer == nullptr) {
    if (absl::Status status = Join(); !status.ok()) return status;
  }
  absl::StatusOr<std::unique_ptr<bus::Batch>> batch = consumer->Poll(absl::ZeroDuration(), {.max_records = max_records});
  if (!batch.ok()) {
    consumer.reset();
    return batch.status();
  }
  if ((*batch)->records().empty()) return absl::OkStatus();
  Hit(TestPoint::kAfterPoll);
  intakes_.push_back(engine.Decode(*std::move(batch)));
  return absl::OkStatus();
}

absl::Status SteppedService::Process(absl::Span<Command> commands) {
  if (intakes_.empty() && commands.empty() && !engine.SweepPending()) return absl::OkStatus();
  Intake intake;
  if (!intakes_.empty()) {
    intake = std::move(intakes_.front());
    intakes_.pop_front();
  }
  absl::Status status = engine.Process(intake, commands);
  if (status.ok() || intake.batch == nullptr) return status;
  if (!absl::IsCancelled(status)) {
    intakes_.push_front(std::move(intake));
  } else if (engine.AssignedAs(intake.assignment)) {
    consumer.reset();  // fenced within the assignment: the group does not know yet
  }
  return status;
}

absl::Status SteppedService::Handle(int64_t max_records, absl::Span<Command> commands) {
  if (absl::Status status = Poll(max_records); !status.ok()) return status;
  return Process(commands);
}

int64_t SteppedService::read() const {
  const EngineStats& stats = engine.stats();
  return stats.records + stats.repeats + stats.ignored + stats.early;
}

bool SteppedService::idle() const {
  return intakes_.empty() && !engine.SweepPending() && relay->backlog() == 0 && engine.HasInputs();
}

absl::Status SteppedService::Settle(int64_t max_records) {
  while (true) {
    const int64_t before = read();
    if (absl::Status status = Handle(max_records); !status.ok()) return status;
    if (absl::Status status = Send(); !status.ok()) return status;
    if (before == read() && idle()) return absl::OkStatus();
  }
}

}  // namespace berdaya::flow::testing
