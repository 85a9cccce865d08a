#include "tests/simulation/run.h"

#include <algorithm>
#include <deque>
#include <random>

#include "tests/simulation/checks.h"
#include "tests/simulation/officials.h"
#include "tests/simulation/platform.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/state.h"

namespace berdaya::simulation {
namespace {

class Runner {
 public:
  explicit Runner(const RunOptions& options)
      : options_(options),
        strict_(IsStrict(options.seed)),
        random_(options.seed),
        platform_(options.tells),
        officials_(platform_),
        scenario_(MakeScenario(options.seed, strict_)) {
    platform_.now_ms = MorningOf(scenario_.first_day) * 1000;
    for (int& speed : speeds_) speed = 1 + Below(6);
    faults_ = options.faults ? 1 + Below(30) : 0;
  }

  RunResult Go() {
    for (const Phase& phase : scenario_.phases) {
      if (platform_.problems().empty()) Live(phase);
    }
    if (platform_.problems().empty()) End();
    RunResult result;
    if (platform_.problems().empty()) {
      CheckEverything(platform_, officials_, scenario_.last_day);
      if (options_.rebuilds) CompareRebuilt(platform_);
      result.state = strict_ ? StateOf(platform_) : ReportedStateOf(platform_);
      result.fingerprint = FingerprintOf(platform_);
    }
    result.problems = platform_.problems();
    result.points = platform_.points();
    result.steps = platform_.steps();
    Count(platform_, result);
    return result;
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }

  void Live(const Phase& phase) {
    officials_.Read();
    platform_.Tell("--- phase of ", phase.size(), " from ", std::string(NameOf(phase[0].kind)), " on ", phase[0].day.Format());
    std::deque<const Intent*> todo;
    for (const Intent& intent : phase) todo.push_back(&intent);
    while (!todo.empty() && platform_.problems().empty()) {
      if (!options_.faults || Below(3) == 0) {
        if (!officials_.Do(*todo.front()) && !strict_) later_.push_back(todo.front());
        todo.pop_front();
      } else {
        Act();
      }
    }
    const int acts = options_.faults ? 10 + Below(40) : 0;
    for (int i = 0; i < acts && platform_.problems().empty(); ++i) Act();
    if (strict_ || !options_.faults) platform_.Settle();
    if (!strict_) CatchUp();
  }

  // What could not be done before, because something had not been read.
  void CatchUp() {
    officials_.Read();
    std::erase_if(later_, [this](const Intent* intent) { return officials_.Do(*intent); });
  }

  void End() {
    for (int i = 0; i < 3 && platform_.problems().empty(); ++i) {
      platform_.Settle();
      if (!strict_) CatchUp();
    }
    if (platform_.problems().empty()) platform_.Settle();
    officials_.Read();
  }

  Service Pick() {
    int sum = 0;
    for (const int speed : speeds_) sum += speed;
    int at = Below(sum);
    int service = 0;
    while (at >= speeds_[service]) at -= speeds_[service++];
    return static_cast<Service>(service);
  }

  void Act() {
    const Service service = Pick();
    if (Below(400) < faults_) return Disturb(service);
    if (!platform_.alive(service)) {
      if (Below(4) == 0) platform_.Start(service);
      return;
    }
    switch (Below(16)) {
      case 0:
        return platform_.Maintain(service);
      case 1:
        return platform_.Mend(service);
      case 2:
      case 3:
      case 4:
        platform_.bus->ReleaseAcks(Below(10));
        return platform_.Send(service);
      case 5:
      case 6:
      case 7:
        return platform_.Poll(service, 1 + Below(Below(2) == 0 ? 3 : 60));
      case 8:
        platform_.bus->SetOutage(absl::OkStatus());
        return;
      default:
        platform_.Poll(service, 1 + Below(40));
        return platform_.Process(service, Below(6));
    }
  }

  void Disturb(Service service) {
    bus::MemoryBus& bus = *platform_.bus;
    switch (Below(13)) {
      case 12:
        platform_.DieAt(service, 1 + Below(3));
        return platform_.Mend(service);
      case 0:
        return platform_.Kill(service);
      case 1:
      case 2:
      case 3:
        return platform_.DieAt(service, 1 + Below(Below(2) == 0 ? 6 : 60));
      case 4:
        if (platform_.alive(service) && platform_.process(service).consumer != nullptr) {
          platform_.Tell(kServiceNames[service], " is expelled");
          bus.Expel(platform_.process(service).consumer.get());
        }
        return;
      case 5:
        return platform_.Replace(service);
      case 6:
        platform_.Tell("producers fail");
        return bus.MakeProducersFatal();
      case 7:
        return bus.DelayAcks(Below(2) == 0);
      case 8:
        return bus.FailSends(absl::UnavailableError("not now"), 1 + Below(3));
      case 9:
        platform_.Tell("the broker is away");
        return bus.SetOutage(absl::UnavailableError("the broker is away"));
      case 10:
        return platform_.faults(service).FailAt(1 + Below(30), absl::UnavailableError("the disk is busy"), 1 + Below(3));
      default:
        return platform_.Resend(service, random_());
    }
  }

  const RunOptions options_;
  const bool strict_;
  std::mt19937_64 random_;
  Platform platform_;
  Officials officials_;
  const Scenario scenario_;
  std::vector<const Intent*> later_;
  int speeds_[kServices] = {};
  int faults_ = 0;  // of 400 steps
};

}  // namespace

RunResult Play(const RunOptions& options) { return Runner(options).Go(); }

}  // namespace berdaya::simulation
