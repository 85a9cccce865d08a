// One life of a service in this process and thread: engine, relay and consumer, moved step by step by the test as the runner's
// threads move them: what is polled waits, what cannot be handled now is tried again, who has lost its partitions rejoins.
#ifndef BERDAYA_COMMON_FLOW_TESTING_STEPPED_SERVICE_H_
#define BERDAYA_COMMON_FLOW_TESTING_STEPPED_SERVICE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"
#include "common/flow/engine.h"
#include "common/flow/relay.h"
#include "common/flow/service_spec.h"
#include "common/store/store.h"

namespace berdaya::flow::testing {

class SteppedService {
 public:
  // Bus and database outlive it. `patience`, `clock`: of the lease; zero where it is the only instance.
  SteppedService(bus::Bus& bus, store::Database& database, ServiceSpec spec, std::string group, Engine::Now now,
                 absl::Duration patience = absl::ZeroDuration(), Lease::Clock clock = &Lease::Steady);

  // Opens the engine, compares, takes the turn to relay if it is free, joins the group.
  absl::Status Open();
  // Leaves the group, if it is in it, and joins anew.
  absl::Status Join();
  // Takes at most this much; it waits until Process takes it. After an error the next one joins
  // anew.
  absl::Status Poll(int64_t max_records);
  // Handles what was polled first, if anything, with the commands. After an error that passes by itself the same waits again.
  absl::Status Process(absl::Span<Command> commands = {});
  // Poll, then Process.
  absl::Status Handle(int64_t max_records = 16000, absl::Span<Command> commands = {});
  // If it is our turn, sends what there is to send and takes the acknowledgements that are there.
  absl::Status Send();
  // Gives a sign of life, or takes the turn of one who gives none.
  absl::Status Tend() { return engine.Maintain(relay->KnownCursors(), absl::Hours(24)).status(); }
  // Handles and sends until there is nothing left to do.
  absl::Status Settle(int64_t max_records = 16000);

  // Records taken from the log so far, whatever was done with them.
  int64_t read() const;
  // Nothing is waiting here or on its way out; there may be more in the log.
  bool idle() const;
  size_t polled() const { return intakes_.size(); }

  const ServiceSpec spec;
  const std::string group;
  Engine engine;
  std::unique_ptr<Relay> relay;
  std::unique_ptr<bus::Consumer> consumer;
  int64_t leading = 0;  // the turn that the relay has begun

 private:
  absl::Status Begin();  // or ends the turn to relay, as the lease has it

  bus::Bus& bus_;
  store::Database& database_;
  std::deque<Intake> intakes_;
};

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_STEPPED_SERVICE_H_
