// flow-test-service: the tally service as a process of its own, on a real broker and a file, for tests that kill it.
//
//   flow-test-service --brokers=HOST:PORT --db=FILE --group=G --province=33 --facts=T --upstream=T --letters=T
//
// Says what it does on standard output, a line each: `ready`, `stopped CODE: MESSAGE`. Does what it is told on standard input:
//   command ID N           -> answer ID ok FAMILY | answer ID error CODE
//   repair OFFSET HEX      -> repaired OFFSET CODE          a parked report of the province gets another value
//   discard OFFSET         -> discarded OFFSET CODE
//   replay                 -> replayed LEFT parked N | replayed error CODE
//   settle TOPIC:P:NEXT... -> settled                       once these are handled, swept and published
//   counts                 -> counts NAME=VALUE...
// SIGTERM ends it in order, with exit code 0. Exit code 2: bad arguments; 3: the database or the bus cannot be opened.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "common/bus/kafka.h"
#include "common/flow/runner.h"
#include "common/flow/testing/tally_process.h"
#include "common/testing/until.h"

namespace berdaya::flow::testing {
namespace {

void Say(const std::string& line) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> held(mutex);
  std::cout << line << std::endl;
}

std::string CodeOf(const absl::Status& status) { return status.ok() ? "ok" : absl::StatusCodeToString(status.code()); }

using Arguments = std::map<std::string, std::string>;

class Service {
 public:
  Service(Runner& runner, store::Database& database, int province) : runner_(runner), database_(database), province_(province) {}

  // Until standard input ends.
  void Listen() {
    for (std::string line; std::getline(std::cin, line);) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      if (words[0] == "command") SubmitCommand(words.at(1), words.at(2));
      if (words[0] == "repair") Repair(words.at(1), words.at(2));
      if (words[0] == "discard") Discard(words.at(1));
      if (words[0] == "replay") Replay();
      if (words[0] == "settle") Settle({words.begin() + 1, words.end()});
      if (words[0] == "counts") Count();
    }
  }

 private:
  static int64_t Number(const std::string& text) {
    int64_t number = -1;
    return absl::SimpleAtoi(text, &number) ? number : -1;
  }

  void SubmitCommand(const std::string& id, const std::string& case_id) {
    runner_.Submit(ConfirmCommand(id, Number(case_id), [id](auto answer) {
      if (!answer.ok()) return Say(absl::StrCat("answer ", id, " error ", CodeOf(answer.status())));
      const auto& response = static_cast<const graduation::v1::ConfirmGraduationResponse&>(**answer);
      Say(absl::StrCat("answer ", id, " ok ", response.case_().family_id()));
    }));
  }

  bus::TopicPartition Reports() const { return {bus::ReportsTopic(province_), 0}; }

  // Tests ask when records have been answered, so the log has been compared.
  Engine& Operated() { return *runner_.ForOperators().value(); }

  void Repair(const std::string& offset, const std::string& hex) {
    const absl::Status status = Operated().Repair(Reports(), Number(offset), absl::HexStringToBytes(hex), {"test", "repair"});
    Say(absl::StrCat("repaired ", offset, " ", CodeOf(status)));
  }
  void Discard(const std::string& offset) {
    Say(absl::StrCat("discarded ", offset, " ", CodeOf(Operated().Discard(Reports(), Number(offset), {"test", "discard"}))));
  }
  void Replay() {
    const absl::StatusOr<int64_t> left = Operated().Replay({"test", "replay"});
    Say(left.ok() ? absl::StrCat("replayed ", *left, " parked ", runner_.engine().parked())
                  : absl::StrCat("replayed error ", CodeOf(left.status())));
  }

  void Settle(const std::vector<std::string>& places) {
    std::map<bus::TopicPartition, int64_t> wanted;
    for (const std::string& place : places) {
      const std::vector<std::string> parts = absl::StrSplit(place, ':');
      wanted[{parts.at(0), static_cast<int32_t>(Number(parts.at(1)))}] = Number(parts.at(2));
    }
    testing_support::Until([&] { return Settled(wanted); }, absl::InfiniteDuration());
    Say("settled");
  }
  bool Settled(std::map<bus::TopicPartition, int64_t> wanted) const {
    for (const bus::Start& next : runner_.engine().Progress()) {
      auto it = wanted.find(next.partition);
      if (it != wanted.end() && next.offset >= it->second) wanted.erase(it);
    }
    return wanted.empty() && !runner_.engine().SweepPending() && runner_.backlog() == 0;
  }

  void Count() {
    std::string line = "counts";
    for (const auto& [name, value] : TallyCounts(database_)) absl::StrAppend(&line, " ", name, "=", value);
    Say(line);
  }

  Runner& runner_;
  store::Database& database_;
  const int province_;
};

bus::KafkaOptions KafkaOptionsOf(Arguments& arguments) {
  bus::KafkaOptions options;
  options.brokers = arguments["brokers"];
  options.client_id = "flow-test-service";
  options.linger_ms = 1;
  options.session_timeout_ms = 6000;
  options.heartbeat_interval_ms = 200;
  options.request_timeout_ms = 3000;
  options.close_timeout_ms = 2000;
  return options;
}

RunnerOptions RunnerOptionsOf(Arguments& arguments) {
  RunnerOptions options;
  options.group = arguments["group"];
  options.limits.max_records = 200;
  options.maintain_every = absl::Milliseconds(50);
  options.on_stopped = [](absl::Status status) {
    Say(absl::StrCat("stopped ", CodeOf(status), ": ", std::string(status.message())));
  };
  options.warn = [](std::string_view text) { std::cerr << text << std::endl; };
  return options;
}

int Serve(Arguments arguments, int signals) {
  int province = 0;
  if (!absl::SimpleAtoi(arguments["province"], &province) || arguments["db"].empty()) return 2;
  const ServiceSpec spec = TallySpec({.provinces = {province},
                                      .facts = arguments["facts"],
                                      .dead_letters = arguments["letters"],
                                      .upstream = arguments["upstream"]});
  auto database = store::Open({.url = absl::StrCat("sqlite:", arguments["db"]), .cache_mib = 8});
  absl::Status status = database.status();
  if (status.ok()) status = (*database)->Migrate(spec.schema);
  auto bus = bus::OpenKafka(KafkaOptionsOf(arguments));
  if (status.ok()) status = bus.status();
  if (!status.ok()) {
    std::cerr << "flow-test-service: " << status.message() << std::endl;
    return 3;
  }
  Runner runner(spec, **bus, **database, RunnerOptionsOf(arguments));
  if (!runner.Start().ok()) return 3;
  std::thread([&runner] {
    testing_support::Until([&runner] { return runner.Ready(int64_t{1} << 40).ok(); }, absl::InfiniteDuration());
    Say("ready");
  }).detach();
  std::thread([&, province] { Service(runner, **database, province).Listen(); }).detach();

  signalfd_siginfo got;
  while (read(signals, &got, sizeof(got)) != sizeof(got)) {
  }
  runner.Stop(absl::Now() + absl::Seconds(5));
  Say(absl::StrCat("backlog ", runner.backlog()));
  // The threads above may be waiting still, and what is committed is safe.
  _exit(0);
}

}  // namespace
}  // namespace berdaya::flow::testing

int main(int argc, char** argv) {
  berdaya::flow::testing::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::pair<std::string, std::string> argument = absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    if (argument.first.rfind("--", 0) != 0) return 2;
    arguments[argument.first.substr(2)] = argument.second;
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);  // before any thread, so that all of them leave it to main
  return berdaya::flow::testing::Serve(std::move(arguments), signalfd(-1, &set, SFD_CLOEXEC));
}
