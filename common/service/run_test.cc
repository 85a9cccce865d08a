// The life of a process, seen from outside: a child with real signals, sockets and exit codes.
#include "common/service/run.h"

#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

extern char** environ;

namespace berdaya::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// idle_service as a child. Its stdout and stderr come through one pipe.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), IDLE_SERVICE);
    std::vector<char*> argv;
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
    EXPECT_EQ(posix_spawn(&pid_, IDLE_SERVICE, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    out_ = fdopen(fds[0], "r");
  }

  ~Child() {
    if (!reaped_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::fclose(out_);
  }

  // Reads on until a line has `part`; false if the child has closed its side before.
  bool ReadUntil(const std::string& part) {
    char line[8192];
    while (std::fgets(line, sizeof line, out_) != nullptr) {
      output_ += line;
      if (absl::StrContains(line, part)) return true;
    }
    return false;
  }

  void Signal(int signal) { kill(pid_, signal); }

  // Reads the rest and waits for the end. The exit code, or -signal.
  int Wait() {
    ReadUntil("\x01 no line has this");
    int status = 0;
    waitpid(pid_, &status, 0);
    reaped_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  const std::string& output() const { return output_; }

 private:
  pid_t pid_ = -1;
  std::FILE* out_ = nullptr;
  std::string output_;
  bool reaped_ = false;
};

std::string PortFile() { return absl::StrCat(testing::TempDir(), "/ports.", getpid()); }

// Lines key=value.
std::map<std::string, std::string> ReadPorts() {
  std::map<std::string, std::string> ports;
  std::ifstream file(PortFile());
  for (std::string line; std::getline(file, line);) ports.insert(absl::StrSplit(line, absl::MaxSplits('=', 1)));
  return ports;
}

Child Launch(std::vector<std::string> arguments) {
  arguments.push_back("--run.port_file=" + PortFile());
  return Child(std::move(arguments));
}

grpc::Status GetFamily(const std::string& address, int64_t id) {
  const auto stub = registry::v1::RegistryService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  registry::v1::GetFamilyRequest request;
  request.set_family_id(id);
  registry::v1::GetFamilyResponse response;
  return stub->GetFamily(&context, request, &response);
}

TEST(Run, ServesUntilSigtermThenEndsWithZero) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Child child = Launch({});
    ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\"")) << child.output();
    const auto ports = ReadPorts();
    EXPECT_THAT(ports.at("grpc"), testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
    EXPECT_THAT(ports.at("http"), testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
    EXPECT_TRUE(GetFamily(ports.at("grpc"), 1).ok());
    child.Signal(signal);
    EXPECT_EQ(child.Wait(), kExitOk);
    EXPECT_THAT(child.output(), HasSubstr("DEVELOPMENT MODE"));
    EXPECT_THAT(child.output(), HasSubstr("\"msg\":\"stopping the parts\""));
    EXPECT_FALSE(std::filesystem::exists(PortFile()));
  }
}

TEST(Run, EveryLineOfTheLogIsJson) {
  Child child = Launch({"--log.level=debug"});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\""));
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(child.output(), '\n', absl::SkipEmpty()))) {
    EXPECT_THAT(line, testing::MatchesRegex("\\{\"ts\":\".*\",\"service\":\"idle\",\"msg\":.*\\}"));
  }
}

TEST(Run, WithoutDevelopmentModeCallersAreRefused) {
  Child child = Launch({"--dev.insecure_callers=false"});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\""));
  EXPECT_EQ(GetFamily(ReadPorts().at("grpc"), 1).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
  EXPECT_THAT(child.output(), Not(HasSubstr("DEVELOPMENT MODE")));
}

TEST(Run, AProcessWithoutGrpcServicesHasNoGrpcServer) {
  Child child = Launch({"--idle.start=no_grpc"});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\"")) << child.output();
  EXPECT_THAT(ReadPorts(), testing::ElementsAre(testing::Key("http")));
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
}

TEST(Run, ASignalWhileStartWaitsEndsWithZero) {
  Child child = Launch({"--idle.start=wait"});
  ASSERT_TRUE(child.ReadUntil("waiting for the broker"));
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
  EXPECT_THAT(child.output(), Not(HasSubstr("stopping the parts")));
}

TEST(Run, WrongConfigurationEndsWithTwoAndSaysWhere) {
  const std::string file = absl::StrCat(testing::TempDir(), "/idle.", getpid(), ".conf");
  std::ofstream(file) << "# comment\nbus.broker = x:1\nready.max_lag = many\n";
  Child child = Launch({"--config=" + file});
  EXPECT_EQ(child.Wait(), kExitUsage);
  EXPECT_THAT(child.output(), HasSubstr(file + ":2: unknown key bus.broker; the nearest known key is bus.brokers"));
  EXPECT_THAT(child.output(), HasSubstr(file + ":3: ready.max_lag = many: not allowed; allowed is a whole number from 0"));
  std::filesystem::remove(file);
}

TEST(Run, HelpVersionAndPrintConfigEndWithZero) {
  Child help({"--help"});
  EXPECT_EQ(help.Wait(), kExitOk);
  for (const char* part :
       {"berdaya-idle: does nothing", "--bus.brokers=127.0.0.1:9092", "--idle.start=ok", "--grpc.listen=", "Exit codes"}) {
    EXPECT_THAT(help.output(), HasSubstr(part));
  }
  Child version({"--version"});
  EXPECT_EQ(version.Wait(), kExitOk);
  EXPECT_EQ(version.output(), "berdaya-idle " BERDAYA_VERSION "\n");
  Child config({"--print-config", "--bus.group=other"});
  EXPECT_EQ(config.Wait(), kExitOk);
  EXPECT_THAT(config.output(), HasSubstr("\nbus.group = other\n"));
}

TEST(Run, ARefusedStartEndsWithThree) {
  Child refused = Launch({"--idle.start=refuse"});
  EXPECT_EQ(refused.Wait(), kExitRefused);
  EXPECT_THAT(refused.output(), HasSubstr("the database is newer than the program"));
  EXPECT_THAT(refused.output(), Not(HasSubstr("stopping the parts")));

  Child first = Launch({});
  ASSERT_TRUE(first.ReadUntil("\"msg\":\"started\""));
  const auto ports = ReadPorts();
  Child same_http({"--http.listen=" + ports.at("http")});
  EXPECT_EQ(same_http.Wait(), kExitRefused);
  EXPECT_THAT(same_http.output(), HasSubstr("http.listen " + ports.at("http") + ": Address already in use"));
  Child same_grpc({"--grpc.listen=" + ports.at("grpc")});
  EXPECT_EQ(same_grpc.Wait(), kExitRefused);
  EXPECT_THAT(same_grpc.output(), HasSubstr("grpc.listen " + ports.at("grpc")));
  // What had started is stopped again.
  EXPECT_THAT(same_grpc.output(), HasSubstr("stopping the parts"));
  Child no_folder({"--run.port_file=/nowhere/at/all"});
  EXPECT_EQ(no_folder.Wait(), kExitRefused);
  EXPECT_THAT(no_folder.output(), HasSubstr("run.port_file /nowhere/at/all: No such file or directory"));
}

TEST(Run, AFailureThatStopsEndsWithFour) {
  Child child = Launch({});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\""));
  GetFamily(ReadPorts().at("grpc"), 4);
  EXPECT_EQ(child.Wait(), kExitFailed);
  EXPECT_THAT(child.output(), HasSubstr("\"level\":\"alarm\""));
  EXPECT_THAT(child.output(), HasSubstr("a gap"));
  EXPECT_THAT(child.output(), HasSubstr("stopping the parts"));
}

TEST(Run, AFailureThatStaysMakesItNotReady) {
  Child child = Launch({});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\""));
  EXPECT_TRUE(GetFamily(ReadPorts().at("grpc"), 5).ok());
  ASSERT_TRUE(child.ReadUntil("not ready any more"));
  EXPECT_TRUE(GetFamily(ReadPorts().at("grpc"), 1).ok());
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
}

TEST(Run, AStopThatFailsOrHangsEndsWithFourWithinTheBound) {
  Child fails = Launch({"--idle.stop=fail"});
  ASSERT_TRUE(fails.ReadUntil("\"msg\":\"started\""));
  fails.Signal(SIGTERM);
  EXPECT_EQ(fails.Wait(), kExitFailed);
  EXPECT_THAT(fails.output(), HasSubstr("the outbox could not be flushed"));

  Child hangs = Launch({"--idle.stop=hang", "--run.stop_timeout=1s"});
  ASSERT_TRUE(hangs.ReadUntil("\"msg\":\"started\""));
  const absl::Time start = absl::Now();
  hangs.Signal(SIGTERM);
  EXPECT_EQ(hangs.Wait(), kExitFailed);
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_THAT(hangs.output(), HasSubstr("not stopped within run.stop_timeout"));
}

TEST(Run, AStopThatTakesUntilItsDeadlineIsStillAnOrderlyOne) {
  Child child = Launch({"--idle.stop=last_moment", "--run.stop_timeout=5s"});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\""));
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
}

TEST(Run, ACallThatWaitsIsAnsweredBeforeGrpcStops) {
  Child child = Launch({"--run.stop_timeout=60s"});
  ASSERT_TRUE(child.ReadUntil("\"msg\":\"started\""));
  const std::string address = ReadPorts().at("grpc");
  grpc::Status answer;
  std::thread caller([&] { answer = GetFamily(address, 6); });
  ASSERT_TRUE(child.ReadUntil("a call waits"));
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), kExitOk);
  caller.join();
  EXPECT_EQ(answer.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(answer.error_message(), "stopping");
}

}  // namespace
}  // namespace berdaya::service
