#include "services/reporting/events/report_rejected.h"

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/reporting/events/count.h"

namespace berdaya::reporting {

absl::StatusOr<flow::Outcome> OnReportRejected::Decide(const Message& m, const flow::Origin&, const flow::View&) {
  const absl::StatusOr<region::RegionCode> office = region::RegionCode::FromNumber(m.office());
  if (!office.ok() || office->IsNation()) return Invalid("office_invalid", "office", "a fact names the office by its code of ten digits");
  const absl::StatusOr<calendar::Day> day = calendar::FromProto(m.recorded_day(), "recorded_day");
  if (!day.ok()) return WithReason(day.status(), "recorded_day_invalid", "recorded_day");
  flow::Outcome out = flow::Outcome::Done();
  Count(*office, *day, v1::INDICATOR_REPORTS_REJECTED, 1, out);
  return out;
}

}  // namespace berdaya::reporting
