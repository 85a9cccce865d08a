#include "common/bus/topics.h"

#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/bus/text.h"

namespace berdaya::bus {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
constexpr int64_t kReportsRetentionMs = 400 * kDayMs;
constexpr int64_t kAnswersRetentionMs = 90 * kDayMs;
// Of a record or a producer's batch. The path splits what would grow larger: the replies of a transaction are several records.
constexpr int64_t kMaxBytes = 1 << 20;

std::string ProvinceTopic(int province, std::string_view kind) {
  return absl::StrFormat("province.%02d.%s.v1", province, Text(kind));
}

// Takes digits from the front of `text`; -1 if there are none or too many.
int TakeNumber(absl::string_view& text, size_t max_digits) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  int number = -1;
  if (digits == 0 || digits > max_digits || !absl::SimpleAtoi(text.substr(0, digits), &number)) return -1;
  text.remove_prefix(digits);
  return number;
}

}  // namespace

std::string ReportsTopic(int province) { return ProvinceTopic(province, "reports"); }
std::string RepliesTopic(int province) { return ProvinceTopic(province, "replies"); }
std::string NoticesTopic(int province) { return ProvinceTopic(province, "notices"); }
std::string DeadLettersTopic(std::string_view service) { return absl::StrCat(Text(service), ".dead-letters.v1"); }

int ProvinceOfTopic(std::string_view name) {
  absl::string_view topic = Text(name);
  if (!absl::ConsumePrefix(&topic, "province.")) return 0;
  const size_t before = topic.size();
  const int province = TakeNumber(topic, 2);
  if (province <= 0 || before - topic.size() != 2) return 0;
  if (!absl::ConsumePrefix(&topic, ".reports.v") && !absl::ConsumePrefix(&topic, ".replies.v") &&
      !absl::ConsumePrefix(&topic, ".notices.v")) {
    return 0;
  }
  return TakeNumber(topic, 6) >= 1 && topic.empty() ? province : 0;
}

std::string_view PublisherOf(std::string_view topic) {
  if (topic == kRegistryFacts) return "berdaya/registry";
  if (topic == kGraduationFacts) return "berdaya/graduation";
  if (topic == kMentoringFacts) return "berdaya/enterprise-mentoring";
  if (topic == kReportingFacts) return "berdaya/reporting";
  return {};
}

std::vector<TopicSpec> AllTopics(const std::vector<int>& provinces) {
  std::vector<TopicSpec> topics;
  for (std::string_view facts : {kRegistryFacts, kGraduationFacts, kMentoringFacts, kReportingFacts}) {
    topics.push_back({std::string(facts), kFactPartitions, -1, kMaxBytes});
  }
  for (std::string_view service : {"registry", "graduation", "enterprise-mentoring", "reporting"}) {
    topics.push_back({DeadLettersTopic(service), 1, kReportsRetentionMs, kMaxBytes});
  }
  topics.push_back({std::string(kCalendarDays), 1, -1, kMaxBytes});
  for (int province : provinces) {
    topics.push_back({ReportsTopic(province), 1, kReportsRetentionMs, kMaxBytes});
    topics.push_back({RepliesTopic(province), 1, kAnswersRetentionMs, kMaxBytes});
    topics.push_back({NoticesTopic(province), 1, kAnswersRetentionMs, kMaxBytes});
  }
  return topics;
}

std::vector<TopicSpec> TopicsNamed(const std::vector<int>& provinces, const std::vector<std::string>& names) {
  std::vector<TopicSpec> topics = AllTopics(provinces);
  const std::set<std::string> wanted(names.begin(), names.end());
  std::erase_if(topics, [&](const TopicSpec& topic) { return !wanted.contains(topic.name); });
  return topics;
}

}  // namespace berdaya::bus
