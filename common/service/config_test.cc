#include "common/service/config.h"

#include <fstream>
#include <string>
#include <vector>

#include "common/service/common_config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string WriteFile(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << content;
  return path;
}

// Options of every type, and a way to parse them from texts.
class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    options_.Add("store.url", &url_, "Database", NotEmpty());
    options_.Add("store.cache_mib", &cache_mib_, "Page cache, MiB", Bounds{1, 4096});
    options_.Add("limits.total", &total_, "Total");
    options_.Add("dev.loud", &loud_, "Loud");
    options_.Add("flow.pause", &pause_, "Pause", DurationBounds{absl::Milliseconds(1), absl::Seconds(10)});
    options_.Add("log.level", &level_, "Level", OneOf({"info", "error"}));
    options_.Add("bus.brokers", &brokers_, "Brokers", HostPortList());
    options_.AddSecretFile("store.password_file", &password_, "Password");
  }

  absl::StatusOr<Parsed> Parse(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    std::vector<const char*> argv = {"program"};
    for (const auto& a : arguments) argv.push_back(a.c_str());
    std::vector<const char*> env;
    for (const auto& e : environment) env.push_back(e.c_str());
    env.push_back(nullptr);
    return options_.Parse(static_cast<int>(argv.size()), argv.data(), env.data());
  }

  std::string ErrorOf(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    const auto parsed = Parse(std::move(arguments), std::move(environment));
    return parsed.ok() ? "" : std::string(parsed.status().message());
  }

  Options options_;
  std::string url_ = "sqlite:x.db";
  int cache_mib_ = 64;
  int64_t total_ = 7;
  bool loud_ = false;
  absl::Duration pause_ = absl::Milliseconds(250);
  std::string level_ = "info";
  std::string brokers_ = "127.0.0.1:9092";
  std::string password_;
};

TEST_F(ConfigTest, DefaultsStayWhereNothingIsSet) {
  ASSERT_TRUE(Parse({}).ok());
  EXPECT_EQ(url_, "sqlite:x.db");
  EXPECT_EQ(cache_mib_, 64);
  EXPECT_EQ(pause_, absl::Milliseconds(250));
}

TEST_F(ConfigTest, ALaterSourceWins) {
  const std::string file = WriteFile("order.conf", "store.cache_mib = 1\nlimits.total=1\nflow.pause = 1s\n");
  ASSERT_TRUE(Parse({"--limits.total=3", "--config=" + file}, {"BERDAYA_STORE_CACHE_MIB=2", "BERDAYA_LIMITS_TOTAL=2"}).ok());
  EXPECT_EQ(pause_, absl::Seconds(1));  // file
  EXPECT_EQ(cache_mib_, 2);             // environment
  EXPECT_EQ(total_, 3);                 // command line
}

TEST_F(ConfigTest, FileTakesCommentsBlanksAndValuesWithEqualsSigns) {
  const std::string file =
      WriteFile("form.conf", "# comment\n\n  store.url =  postgresql://h/d?a=b#c  \n\t# x\ndev.loud = yes\r\n");
  ASSERT_TRUE(Parse({}, {"BERDAYA_CONFIG=" + file}).ok());
  EXPECT_EQ(url_, "postgresql://h/d?a=b#c");
  EXPECT_TRUE(loud_);
}

TEST_F(ConfigTest, BadLinesOfAFileAreAllNamedWithPlaceReasonAndWhatIsAllowed) {
  const std::string file = WriteFile("bad.conf",
                                     "store.cahce_mib = 5\n"
                                     "nonsense\n"
                                     "store.cache_mib = 5000\n"
                                     "log.level = loud\n"
                                     "flow.pause = 10\n"
                                     "log.level = info\n");
  const std::string error = ErrorOf({"--config=" + file});
  EXPECT_THAT(error, HasSubstr("bad.conf:1: unknown key store.cahce_mib; the nearest known key is store.cache_mib"));
  EXPECT_THAT(error, HasSubstr("bad.conf:2: not of the form key = value"));
  EXPECT_THAT(error, HasSubstr("bad.conf:3: store.cache_mib = 5000: not allowed; allowed is a whole number from 1 to 4096"));
  EXPECT_THAT(error, HasSubstr("bad.conf:4: log.level = loud: not allowed; allowed is info, error"));
  EXPECT_THAT(error, HasSubstr("bad.conf:5: flow.pause = 10: not allowed; allowed is a duration such as"));
  EXPECT_THAT(error, HasSubstr("bad.conf:6: log.level is set a second time; first in line 4"));
}

TEST_F(ConfigTest, AMissingFileIsNamed) {
  EXPECT_THAT(ErrorOf({"--config=/nowhere/x.conf"}), HasSubstr("/nowhere/x.conf: cannot be read: No such file"));
  EXPECT_THAT(ErrorOf({"--config=" + testing::TempDir()}), HasSubstr("cannot be read"));
}

struct Case {
  std::vector<std::string> arguments;
  std::string error;  // a part of it; empty: none
};

TEST_F(ConfigTest, CommandLineTable) {
  const std::vector<Case> cases = {
      {{"--store.url=a=b"}, ""},
      {{"--store.url", "x"}, ""},
      {{"--dev.loud", "--log.level=error"}, ""},
      {{"--dev.loud=0"}, ""},
      {{"--limits.total=-5"}, ""},
      {{"--limits.total=9223372036854775807"}, ""},
      {{"--limits.total=9223372036854775808"}, "command line: limits.total = 9223372036854775808: not allowed"},
      {{"--store.cache_mib="}, "store.cache_mib = : not allowed"},
      {{"--store.cache_mib=0"}, "from 1 to 4096"},
      {{"--store.cache_mib=4.5"}, "from 1 to 4096"},
      {{"--store.cache_mib=4294967297"}, "from 1 to 4096"},
      {{"--dev.loud=maybe"}, "allowed is true or false"},
      {{"--store.url="}, "text, not empty"},
      {{"--bus.brokers=a:1,b:2"}, ""},
      {{"--bus.brokers=a:1,"}, "HOST:PORT"},
      {{"--bus.brokers=a:70000"}, "HOST:PORT"},
      {{"--bus.brokers=:1"}, "HOST:PORT"},
      {{"--bus.brokers=a:+1"}, "HOST:PORT"},
      {{"--flow.pause=0"}, "from 1ms, to 10s"},
      {{"--store.uri=x"}, "command line: unknown key store.uri; the nearest known key is store.url"},
      {{"--store.uri", "x"}, "unknown key store.uri"},
      {{"--store.url"}, "command line: --store.url: a value is missing"},
      {{"stray"}, "command line: stray: not of the form --key=value"},
      {{"-x"}, "command line: -x: not of the form"},
      {{"--"}, "not of the form"},
  };
  for (const Case& c : cases) {
    const std::string error = ErrorOf(c.arguments);
    const std::string shown = testing::PrintToString(c.arguments);
    if (c.error.empty()) {
      EXPECT_EQ(error, "") << shown;
    } else {
      EXPECT_THAT(error, HasSubstr(c.error)) << shown;
    }
  }
}

TEST_F(ConfigTest, EnvironmentErrorsNameTheVariableAndStrangersOnlyWarn) {
  EXPECT_THAT(ErrorOf({}, {"BERDAYA_STORE_CACHE_MIB=x"}), HasSubstr("environment BERDAYA_STORE_CACHE_MIB: store.cache_mib = x"));
  const auto parsed = Parse({}, {"HOME=/", "BERDAYA_STORE_CASH=1", "BERDAYA_TEST_SEED=1"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->warnings, testing::ElementsAre("environment BERDAYA_STORE_CASH is no option of this program"));
}

TEST_F(ConfigTest, ADefaultThatIsNotAllowedMustBeReplaced) {
  std::string required;
  options_.Add("regions.file", &required, "Regions", NotEmpty());
  EXPECT_THAT(ErrorOf({}), HasSubstr("regions.file must be set; allowed is text, not empty"));
  EXPECT_EQ(ErrorOf({"--regions.file=x"}), "");
}

TEST_F(ConfigTest, ActionsReadNothingElse) {
  EXPECT_EQ(Parse({"--help", "--config=/nowhere"})->action, Parsed::Action::kHelp);
  EXPECT_EQ(Parse({"--version"})->action, Parsed::Action::kVersion);
  EXPECT_EQ(Parse({"--print-config", "--limits.total=8"})->action, Parsed::Action::kPrintConfig);
  EXPECT_EQ(total_, 8);
  EXPECT_THAT(ErrorOf({"--print-config", "--limits.total=x"}), HasSubstr("limits.total"));
}

TEST_F(ConfigTest, HelpShowsEveryOptionWithDefaultDocAndAllowed) {
  const std::string help = options_.Help();
  for (const char* part :
       {"--store.url=sqlite:x.db", "--store.cache_mib=64", "Page cache, MiB", "from 1 to 4096", "--dev.loud=false",
        "--flow.pause=250ms", "info, error", "--store.password_file=", "--config=FILE", "--print-config", "--version"}) {
    EXPECT_THAT(help, HasSubstr(part));
  }
}

TEST_F(ConfigTest, SecretsComeFromFilesAndAreNeverPrinted) {
  const std::string secret = WriteFile("secret", "hunter2\n");
  ASSERT_TRUE(
      Parse({"--store.password_file=" + secret, "--store.url=postgresql://user:hunter3@host/db?password=hunter4&x=y"}).ok());
  EXPECT_EQ(password_, "hunter2");
  EXPECT_EQ(url_, "postgresql://user:hunter3@host/db?password=hunter4&x=y");
  EXPECT_THAT(options_.Print(), Not(HasSubstr("hunter")));
  EXPECT_THAT(options_.Print(), HasSubstr("store.url = postgresql://user:***@host/db?password=***&x=y"));
  EXPECT_THAT(options_.Print(), HasSubstr("store.password_file = " + secret));
  const std::string error = ErrorOf({"--store.password_file=hunter5"});
  EXPECT_THAT(error, HasSubstr("store.password_file: not allowed; allowed is the path of a readable file"));
  EXPECT_THAT(error, Not(HasSubstr("hunter5")));
}

TEST_F(ConfigTest, WhatIsPrintedCanBeReadBack) {
  ASSERT_TRUE(Parse({"--store.url=a=b", "--flow.pause=1500ms", "--dev.loud", "--limits.total=9"}).ok());
  const std::string first = options_.Print();
  const std::string file = WriteFile("printed.conf", first);
  ASSERT_TRUE(Parse({"--config=" + file}).ok());
  EXPECT_EQ(options_.Print(), first);
}

TEST_F(ConfigTest, TwoKeysOfOneVariableAreAProgrammingError) {
  std::string target;
  EXPECT_DEATH(options_.Add("store_url", &target, "Same variable as store.url"), "declared twice");
  EXPECT_DEATH(options_.Add("Store.x", &target, "Not lower case"), "lower-case");
}

TEST(CommonConfig, DefaultsFollowTheServiceAndStayOnLoopback) {
  CommonConfig config;
  Options options;
  DeclareCommon({"registry", "", 7001, 7101}, &config, options);
  const char* argv[] = {"program"};
  ASSERT_TRUE(options.Parse(1, argv, nullptr).ok());
  EXPECT_EQ(config.bus_group, "registry");
  EXPECT_EQ(config.store_url, "sqlite:registry.db");
  EXPECT_EQ(config.grpc_listen, "127.0.0.1:7001");
  EXPECT_EQ(config.http_listen, "127.0.0.1:7101");
  EXPECT_EQ(config.bus_brokers, "127.0.0.1:9092");
}

}  // namespace
}  // namespace berdaya::service
