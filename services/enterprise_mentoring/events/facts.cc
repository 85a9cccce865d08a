#include "services/enterprise_mentoring/events/facts.h"

#include <algorithm>

#include "common/calendar/day_proto.h"
#include "common/status/status.h"

namespace berdaya::mentoring {

absl::StatusOr<FactHead> ReadHead(const type::v1::FactInfo& info) {
  if (info.family_id() == 0) return Invalid("family_missing", "info.family_id", "a fact names its family");
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(info.village());
  if (!village.ok() || village->level() != region::Level::kVillage) {
    return Invalid("village_invalid", "info.village", "a family lives in a village, by its Kemendagri code of ten digits");
  }
  const absl::StatusOr<calendar::Day> day = calendar::FromProto(info.recorded_day(), "info.recorded_day");
  if (!day.ok()) return WithReason(day.status(), "recorded_day_invalid", "info.recorded_day");
  return FactHead{info.family_id(), *village, *day};
}

void NextFact(CaseRow& row, calendar::Day day, type::v1::FactInfo& info) {
  ++row.version;
  row.changed_on = std::max(row.changed_on, day);
  info.set_family_id(row.family_id);
  info.set_version(row.version);
  calendar::ToProto(row.changed_on, *info.mutable_recorded_day());
  info.set_village(static_cast<uint64_t>(row.village.ToCell()));
}

void FillCase(const CaseRow& row, v1::Case& message) {
  message.set_case_id(row.case_id);
  message.set_family_id(row.family_id);
  message.set_version(row.version);
  message.set_stage(row.stage);
  message.set_village(static_cast<uint64_t>(row.village.ToCell()));
  message.set_kind(row.kind);
  calendar::ToProto(row.graduated_on, *message.mutable_graduated_on());
  message.set_partner_id(row.partner_id);
  message.set_mou_number(row.mou_number);
  if (!row.first_session_on.empty()) calendar::ToProto(row.first_session_on, *message.mutable_first_session_on());
  message.set_sessions(row.sessions);
  for (int m = v1::MILESTONE_UNSPECIFIED + 1; m <= v1::Milestone_MAX; ++m) {
    if (row.milestones.Has(static_cast<v1::Milestone>(m))) message.add_milestones(static_cast<v1::Milestone>(m));
  }
  message.set_graduation_case_id(row.graduation_case_id);
  calendar::ToProto(row.opened_on, *message.mutable_opened_on());
  if (!row.matched_on.empty()) calendar::ToProto(row.matched_on, *message.mutable_matched_on());
}

}  // namespace berdaya::mentoring
