// Every topic of the platform, declared once: name, partitions, retention and whose authority it carries.
// Partition counts are part of the contract: changing one is a new topic version.
#ifndef BERDAYA_COMMON_BUS_TOPICS_H_
#define BERDAYA_COMMON_BUS_TOPICS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/bus/bus.h"

namespace berdaya::bus {

inline constexpr int kFactPartitions = 6;
inline constexpr std::string_view kRegistryFacts = "registry.facts.v1";
inline constexpr std::string_view kGraduationFacts = "graduation.facts.v1";
inline constexpr std::string_view kMentoringFacts = "enterprise-mentoring.facts.v1";
inline constexpr std::string_view kReportingFacts = "reporting.facts.v1";
inline constexpr std::string_view kCalendarDays = "calendar.days.v1";

std::string ReportsTopic(int province);  // province.<code>.reports.v1
std::string RepliesTopic(int province);
std::string NoticesTopic(int province);

std::string DeadLettersTopic(std::string_view service);  // <service>.dead-letters.v1

// The only ce_source that a topic of facts has records of; empty for topics that are not one of the platform's facts.
std::string_view PublisherOf(std::string_view topic);

// The province whose authority a topic carries, by its name; 0 for the platform's own topics.
int ProvinceOfTopic(std::string_view topic);

// All topics for these provinces (two-digit codes).
std::vector<TopicSpec> AllTopics(const std::vector<int>& provinces);

// Of the declared topics those that are named.
std::vector<TopicSpec> TopicsNamed(const std::vector<int>& provinces, const std::vector<std::string>& names);

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_TOPICS_H_
