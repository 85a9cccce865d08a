// The platform in one thread: the bus in memory, a clock, four databases, and the services, each of which lives, dies where it is
// told to, and lives again on what its database and the log have kept.
#ifndef BERDAYA_TESTS_SIMULATION_PLATFORM_H_
#define BERDAYA_TESTS_SIMULATION_PLATFORM_H_

#include <array>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/bus/memory.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/stepped_service.h"
#include "tests/simulation/services.h"

namespace berdaya::simulation {

// A command that somebody wants carried out, asked for until it is answered.
struct Request {
  Service service = kRegistry;
  std::string id;
  std::unique_ptr<google::protobuf::Message> message;
  bool insists = true;                 // asks again after a refusal that may pass; else the refusal is the answer
  std::optional<std::string> answer;   // as given first
};

class Platform {
 public:
  explicit Platform(bool tells);
  ~Platform();

  template <class... T>
  void Tell(const T&... text) {
    if (tells_) std::cerr << absl::StrCat(text...) << "\n";
  }
  // Something that must not happen. What happened first is what matters.
  template <class... T>
  void Blame(const T&... text) {
    if (problems_.size() < 2000) absl::StrAppend(&problems_, text..., "\n");
    Tell("PROBLEM ", text...);
  }
  const std::string& problems() const { return problems_; }

  // --- Life and death ---

  bool alive(Service service) const { return lives_[service].process != nullptr; }
  flow::testing::SteppedService& process(Service service) { return *lives_[service].process; }
  // Starts it; a broker that is away lets it stay down.
  void Start(Service service);
  void Kill(Service service);
  // The service dies at the n-th test point that it reaches from now on.
  void DieAt(Service service, int hits) { lives_[service].hits_left = hits; }
  // Another process begins where this one, expelled from its group without knowing it, still holds what it has polled: that must
  // not be written any more.
  void Replace(Service service);

  // --- Steps; each does nothing where the service is down ---

  void Poll(Service service, int64_t max_records);
  void Process(Service service, int max_commands);
  void Send(Service service);
  void Maintain(Service service);
  // An operator repairs or discards what is quarantined, then has it replayed.
  void Mend(Service service);
  // A relay that nobody has missed publishes one of its last records again.
  void Resend(Service service, uint64_t random);

  // No faults any more: everybody works until nothing is left to do.
  void Settle();
  bool quiet();

  // --- What others do ---

  // By type and bytes as quarantined, the bytes that it is repaired with.
  std::map<std::string, std::string> repairs;
  std::vector<Request> requests;
  const std::unique_ptr<bus::MemoryBus> bus;
  int64_t now_ms = 0;
  flow::testing::FaultDatabase& faults(Service service) { return *lives_[service].faults; }
  store::Database& database(Service service) { return *lives_[service].database; }

  const std::set<int>& points() const { return points_; }  // where services died
  int64_t steps() const { return steps_; }

 private:
  struct Life {
    std::unique_ptr<store::Database> database;
    std::unique_ptr<flow::testing::FaultDatabase> faults;
    std::unique_ptr<flow::testing::SteppedService> process;
    int hits_left = 0;  // until it dies; 0: it lives
  };

  std::unique_ptr<flow::testing::SteppedService> NewProcess(Service service);
  // Does something as the service, and buries it if it has died meanwhile. An error must be one that may pass.
  void As(Service service, const char* what, const std::function<absl::Status()>& work);
  void AtPoint(int point);
  flow::Command CommandOf(Request& request);
  absl::Status MendParked(Service service);

  const bool tells_;
  std::string problems_;
  std::array<Life, kServices> lives_;
  int acting_ = -1;    // whose code runs
  bool dead_ = false;  // it has died in this step
  std::set<int> points_;
  int64_t steps_ = 0;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_PLATFORM_H_
