#include "common/service/log.h"

#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/match.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

// A text that nobody vouched for is no value and no message.
static_assert(!std::is_convertible_v<std::string, LogValue>);
static_assert(!std::is_convertible_v<std::string_view, LogValue>);
static_assert(!std::is_convertible_v<const char*, LogValue>);
static_assert(!std::is_convertible_v<std::string, Safe>);
static_assert(!std::is_convertible_v<std::string, Literal>);
static_assert(std::is_convertible_v<int64_t, LogValue>);
static_assert(std::is_convertible_v<absl::Duration, LogValue>);

class LogTest : public testing::Test {
 protected:
  LogTest() {
    SetUpLog("registry", LogLevel::kInfo);
    RedirectLog([this](std::string_view line) { lines_.emplace_back(line); });
  }
  ~LogTest() override { RedirectLog({}); }

  // Somebody else's JSON parser takes the line.
  static void ExpectJson(const std::string& line) {
    google::protobuf::Struct out;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &out).ok()) << line;
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
  LogInfo("batch committed", {{"records", 12},
                              {"big", int64_t{9223372036854775807}},
                              {"full", true},
                              {"took", absl::Milliseconds(1500)},
                              {"topic", Safe("registry.facts.v1")}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0],
              MatchesRegex("\\{\"ts\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z\",\"level\":\"info\",\"service\":"
                           "\"registry\",\"msg\":\"batch committed\",\"records\":12,\"big\":9223372036854775807,"
                           "\"full\":true,\"took\":1.5,\"topic\":\"registry.facts.v1\"\\}"));
  ExpectJson(lines_[0]);
}

TEST_F(LogTest, EscapesWhatJsonNeeds) {
  LogInfo("a", {{"text", Safe(std::string_view("q\" b\\ n\n t\t z\0 \xC3\xA9 \xFF", 19))}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr(R"("text":"q\" b\\ n\n t\u0009 z\u0000 )"
                                   "\xC3\xA9 \xEF\xBF\xBD\""));
  ExpectJson(lines_[0]);
  EXPECT_THAT(lines_[0], Not(HasSubstr("\n")));
}

TEST_F(LogTest, StatusShowsCodeReasonFieldAndMessage) {
  LogError("refused", {{"status", InField("members[2]", Invalid("nik_form", "nik", "not 16 digits"))}});
  EXPECT_THAT(lines_[0], HasSubstr("\"status\":{\"code\":\"INVALID_ARGUMENT\",\"reason\":\"nik_form\",\"field\":\"members[2].nik\","
                                   "\"message\":\"not 16 digits\"}"));
  LogInfo("fine", {{"status", absl::OkStatus()}});
  EXPECT_THAT(lines_[1], HasSubstr("{\"code\":\"OK\"}"));
}

TEST_F(LogTest, MessagesLoseTheirPersonalData) {
  province::v1::FamilyReported report;
  report.set_local_family_ref("ref-1");
  report.set_kk_number(3324010101010001);
  report.add_members()->set_name("Siti Rahayu");
  LogInfo("undecodable", {{"report", report}});
  EXPECT_THAT(lines_[0], HasSubstr("ref-1"));
  EXPECT_THAT(lines_[0], Not(HasSubstr("3324010101010001")));
  EXPECT_THAT(lines_[0], Not(HasSubstr("Siti")));
  ExpectJson(lines_[0]);
}

TEST_F(LogTest, LevelsAreFilteredAndAlarmsNever) {
  SetUpLog("registry", LogLevel::kError);
  LogDebug("a");
  LogInfo("b");
  LogWarning("c");
  LogError("d");
  LogAlarm("e");
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_THAT(lines_[1], HasSubstr("\"level\":\"alarm\""));
  EXPECT_EQ(LogLevelOf("warning"), LogLevel::kWarning);
  EXPECT_EQ(LogLevelOf("?"), LogLevel::kInfo);
}

TEST_F(LogTest, LimitLetsOneLineThroughAPeriodAndCountsTheRest) {
  LogLimit limit(absl::Seconds(10));
  const absl::Time start = absl::UnixEpoch();
  int64_t suppressed = -1;
  EXPECT_TRUE(limit.Allow(start, &suppressed));
  EXPECT_EQ(suppressed, 0);
  EXPECT_FALSE(limit.Allow(start + absl::Seconds(1), &suppressed));
  EXPECT_FALSE(limit.Allow(start + absl::Seconds(9), &suppressed));
  EXPECT_TRUE(limit.Allow(start + absl::Seconds(10), &suppressed));
  EXPECT_EQ(suppressed, 2);
  LogLimit none(absl::ZeroDuration());
  Log(none, LogLevel::kWarning, "a");
  LogLimit hour(absl::Hours(1));
  for (int i = 0; i < 100; ++i) Log(hour, LogLevel::kWarning, "b", {{"i", i}});
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_THAT(lines_[1], HasSubstr("\"i\":0"));
}

}  // namespace
}  // namespace berdaya::service
