// Checks of form and authority that every report passes, whatever it reports. Every refusal has a code of rejections.h and names
// the field, never its value.
#ifndef BERDAYA_SERVICES_REGISTRY_DOMAIN_REPORT_CHECK_H_
#define BERDAYA_SERVICES_REGISTRY_DOMAIN_REPORT_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/calendar/day.h"
#include "common/region/region_table.h"

namespace berdaya::registry {

// Where and when a report entered its log: its authority and its clock.
struct ReportPlace {
  int province = 0;            // of the topic
  int64_t appended_at_ms = 0;  // by the broker, UTC
};

// What later checks need of the head of a report.
struct CheckedInfo {
  region::RegionCode office;
  calendar::Day occurred_on;
  int64_t reported_at_us = 0;  // since 1970, UTC
};

// The head: ids, office inside the topic's province and known, dates that are possible.
absl::StatusOr<CheckedInfo> CheckInfo(const province::v1::ReportInfo& info, const ReportPlace& place,
                                      const region::RegionTable& regions);

// 1 to 64 characters, none of them a control character; no NIK and no KK number.
absl::Status CheckRef(const std::string& ref);

// A reported family: references, numbers, village inside the office's region, members.
absl::Status CheckFamily(const province::v1::FamilyReported& report, const CheckedInfo& info, const region::RegionTable& regions);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_DOMAIN_REPORT_CHECK_H_
