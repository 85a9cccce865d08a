#include "common/bus/topics.h"

#include <gtest/gtest.h>

#include <set>

namespace berdaya::bus {
namespace {

TEST(Topics, ProvinceOfTopicReadsTheAuthority) {
  EXPECT_EQ(ProvinceOfTopic("province.32.reports.v1"), 32);
  EXPECT_EQ(ProvinceOfTopic("province.11.replies.v1"), 11);
  EXPECT_EQ(ProvinceOfTopic("province.96.notices.v12"), 96);
  for (int province : {11, 32, 96}) {
    EXPECT_EQ(ProvinceOfTopic(ReportsTopic(province)), province);
    EXPECT_EQ(ProvinceOfTopic(RepliesTopic(province)), province);
    EXPECT_EQ(ProvinceOfTopic(NoticesTopic(province)), province);
  }
}

TEST(Topics, AnythingElseIsNoProvince) {
  for (std::string_view topic :
       {"", "province.", "province.32", "province.32.reports", "province.32.reports.v", "province.32.reports.v0",
        "province.32.other.v1", "province.3.reports.v1", "province.00.reports.v1", "province.332.reports.v1",
        "province.ab.reports.v1", "xprovince.32.reports.v1", "province.32.reports.v1x", "province.-2.reports.v1",
        "registry.facts.v1", "calendar.days.v1"}) {
    EXPECT_EQ(ProvinceOfTopic(topic), 0) << topic;
  }
}

TEST(Topics, TheListHasEachTopicOnce) {
  const std::vector<TopicSpec> topics = AllTopics({11, 32});
  std::set<std::string> names;
  for (const TopicSpec& spec : topics) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    const bool facts = spec.name.find(".facts.") != std::string::npos;
    EXPECT_EQ(spec.partitions, facts ? kFactPartitions : 1) << spec.name;
    const bool kept_for_ever = facts || spec.name == kCalendarDays;
    EXPECT_EQ(spec.retention_ms == -1, kept_for_ever) << spec.name;
    // A batch of a producer is up to a million bytes.
    EXPECT_GE(spec.max_message_bytes, 1'000'000) << spec.name;
  }
  EXPECT_EQ(names.size(), 5u + 4 + 2 * 3);
  EXPECT_TRUE(names.count("province.32.reports.v1"));
  EXPECT_TRUE(names.count("registry.facts.v1"));
}

}  // namespace
}  // namespace berdaya::bus
