// What the service's facts about a case have in common.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FACTS_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FACTS_H_

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "berdaya/type/v1/fact.pb.h"
#include "common/calendar/day.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

// Whom a fact of another service is about, checked: InvalidArgument, which parks it, where a part has not the form that facts have.
struct FactHead {
  int64_t family_id = 0;
  region::RegionCode village;
  calendar::Day day;  // recorded_day
};
absl::StatusOr<FactHead> ReadHead(const type::v1::FactInfo& info);

// The head of the case's next fact: raises its version. The recorded day never goes back: where `day` comes from another partition
// that is behind, the day of the case's last fact holds.
void NextFact(CaseRow& row, calendar::Day day, type::v1::FactInfo& info);

// The case as callers see it.
void FillCase(const CaseRow& row, v1::Case& message);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FACTS_H_
