// flow-test-service: the tally service as a process of its own, on a real broker and database, for tests that kill it.
//
//   flow-test-service --brokers=HOST:PORT --db=URL --group=G --provinces=33,… --facts=T --upstream=T
//       --letters=T [--patience_ms=N]
//
// Says what it does on standard output, a line each: `ready`, `stopped CODE: MESSAGE`. Does what it is told on standard input:
//   command ID N           -> answer ID ok FAMILY | answer ID error CODE
//   repair PROVINCE OFFSET HEX -> repaired OFFSET CODE      a parked report gets another value
//   replay                 -> replayed LEFT parked N | replayed error CODE
//   settle TOPIC:P:NEXT... -> settled                       once these are handled, swept and published, by whatever instance
//   owned                  -> owned N                       partitions that it reads
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
#include "common/store/typed.h"
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
  Service(Runner& runner, store::Database& database, const ServiceSpec& spec) : runner_(runner), database_(database), spec_(spec) {}

  // Until standard input ends.
  void Listen() {
    for (std::string line; std::getline(std::cin, line);) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      if (words[0] == "command") SubmitCommand(words.at(1), words.at(2));
      if (words[0] == "repair") Repair(words.at(1), words.at(2), words.at(3));
      if (words[0] == "owned") Say(absl::StrCat("owned ", runner_.engine().Progress().size()));
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

  // Tests ask when records have been answered, so the log has been compared.
  Engine& Operated() { return *runner_.ForOperators().value(); }

  void Repair(const std::string& province, const std::string& offset, const std::string& hex) {
    const bus::TopicPartition reports{bus::ReportsTopic(static_cast<int>(Number(province))), 0};
    const absl::Status status = Operated().Repair(reports, Number(offset), absl::HexStringToBytes(hex), {"test", "repair"});
    Say(absl::StrCat("repaired ", offset, " ", CodeOf(status)));
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
  // As the database says, so that it holds for all instances.
  bool Settled(std::map<bus::TopicPartition, int64_t> wanted) const {
    const auto reader = database_.Snapshot();
    if (!reader.ok()) return false;
    const store::ScanRange all{.limit = 10'000};
    const auto inputs = store::ScanRows<InputRow>(**reader, all);
    const auto heads = store::ScanRows<HeadRow>(**reader, all);
    const auto cursors = store::ScanRows<CursorRow>(**reader, all);
    if (!inputs.ok() || !heads.ok() || !cursors.ok()) return false;
    calendar::Day day;
    for (const InputRow& input : *inputs) {
      auto it = wanted.find({input.topic, input.partition});
      if (it != wanted.end() && input.next_offset >= it->second) wanted.erase(it);
      if (input.topic != spec_.day_topic) continue;
      day = input.day;
      if (input.day < input.last_day) return false;
    }
    std::map<bus::TopicPartition, int64_t> sent;
    for (const CursorRow& cursor : *cursors) sent[{cursor.topic, cursor.partition}] = cursor.sequence;
    for (const HeadRow& head : *heads) {
      if (sent[{head.topic, head.partition}] < head.last_sequence) return false;
    }
    const store::ScanRange due{
        .index = TallyRow::kByDue, .from = {int64_t{0}, int64_t{1}}, .to = {int64_t{0}, (day + 1).ToCell()}, .limit = 1};
    const auto rows = store::ScanRows<TallyRow>(**reader, due);
    return wanted.empty() && rows.ok() && rows->empty();
  }

  void Count() {
    std::string line = "counts";
    for (const auto& [name, value] : TallyCounts(database_)) absl::StrAppend(&line, " ", name, "=", value);
    Say(line);
  }

  Runner& runner_;
  store::Database& database_;
  const ServiceSpec& spec_;
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
  int patience_ms = 1000;
  if (!arguments["patience_ms"].empty() && !absl::SimpleAtoi(arguments["patience_ms"], &patience_ms)) std::abort();
  if (store::SharedByProcesses(arguments["db"])) options.lease_patience = absl::Milliseconds(patience_ms);
  options.on_stopped = [](absl::Status status) {
    Say(absl::StrCat("stopped ", CodeOf(status), ": ", std::string(status.message())));
  };
  options.warn = [](std::string_view text) { std::cerr << text << std::endl; };
  return options;
}

int Serve(Arguments arguments, int signals) {
  std::vector<int> provinces;
  for (absl::string_view word : absl::StrSplit(arguments["provinces"], ',')) {
    if (!absl::SimpleAtoi(word, &provinces.emplace_back())) return 2;
  }
  if (arguments["db"].empty()) return 2;
  const ServiceSpec spec = TallySpec({.provinces = provinces,
                                      .facts = arguments["facts"],
                                      .dead_letters = arguments["letters"],
                                      .upstream = arguments["upstream"]});
  auto database = store::Open({.url = arguments["db"], .cache_mib = 8});
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
  std::thread([&] { Service(runner, **database, spec).Listen(); }).detach();

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
