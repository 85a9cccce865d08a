#include "services/graduation/env.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::HasSubstr;

class LoadRuleBookTest : public testing::Test {
 protected:
  LoadRuleBookTest() {
    const testing::TestInfo& info = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::string(testing::TempDir()) + "/berdaya_rules_" + info.name() + "_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
  }
  ~LoadRuleBookTest() override { std::filesystem::remove_all(folder_); }

  std::string Error(const std::string& text) {
    std::ofstream(folder_ + "/a.textproto") << text;
    return std::string(LoadRuleBook(folder_).status().message());
  }

  std::string folder_;
};

TEST(ShippedRulesTest, AreReadAndHoldFromTheFirstDay) {
  const auto book = LoadRuleBook("data/rules");
  ASSERT_TRUE(book.ok()) << book.status();
  const Rules& rules = book->On(Day::Of(2014, 7, 1));
  EXPECT_EQ(rules.version, "pkh-2014");
  EXPECT_EQ(rules.programme_years, 6);
  EXPECT_THAT(rules.warn_months, testing::ElementsAre(12, 6, 3));
  for (int kind = 1; kind < v1::CriterionKind_ARRAYSIZE; ++kind) EXPECT_TRUE(rules.Applies(static_cast<v1::CriterionKind>(kind)));
}

TEST_F(LoadRuleBookTest, AnErrorNamesFileLineAndReason) {
  EXPECT_THAT(Error("version: \"a\"\nprogramme_jears: 6\n"), HasSubstr("a.textproto:2:"));
  EXPECT_THAT(Error("version: \"a\"\nprogramme_years: six\n"), HasSubstr("a.textproto:2:"));
  const std::string good = "version: \"a\"\neffective_from { year: 2014 month: 1 day: 1 }\nreproposal_days: 90\n";
  EXPECT_THAT(Error(good + "programme_years: 60\n"), HasSubstr("a.textproto:4: programme_years: 1 to 30 years"));
  EXPECT_THAT(Error(good + "programme_years: 6\nwarn_months: 12\nwarn_months: 12\n"),
              HasSubstr("a.textproto:6: warn_months[1]: the months must fall"));
  EXPECT_THAT(Error(good + "programme_years: 6\ncriteria {\n  kind: CRITERION_KIND_RECOMMENDED\n}\n"),
              HasSubstr("a.textproto:5: criteria[0]: source names the law"));
  EXPECT_THAT(Error(good + "programme_years: 6\n"), HasSubstr("a.textproto: criteria: a rule set has at least one criterion"));
}

TEST_F(LoadRuleBookTest, AFolderWithoutRulesIsRefused) {
  EXPECT_THAT(std::string(LoadRuleBook(folder_).status().message()), HasSubstr("no rule set in it"));
  EXPECT_FALSE(LoadRuleBook(folder_ + "/nowhere").ok());
}

}  // namespace
}  // namespace berdaya::graduation
