#include "services/enterprise_mentoring/commands/known_case.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"

namespace berdaya::mentoring {

void WantCase(int64_t case_id, flow::KeySet& keys) { keys.Want<CaseIdRow>(case_id); }

absl::StatusOr<const CaseRow*> FindCase(int64_t case_id, const flow::Origin& origin, const flow::View& view) {
  const CaseIdRow* id = view.Find<CaseIdRow>(case_id);
  const CaseRow* row = id == nullptr ? nullptr : view.Find<CaseRow>(id->family_id);
  if (row == nullptr || !region::RegionCode::FromCell(origin.principal->region).Contains(row->village)) {
    return WithReason(absl::NotFoundError("no such case"), "case_unknown", "case_id");
  }
  return row;
}

absl::Status CheckHasPartner(const CaseRow& row) {
  if (row.stage != v1::CASE_STAGE_WAITING) return absl::OkStatus();
  return Refused("case_waiting", "case_id",
                 "the family waits for a partner; what a mentor reports can follow once one has taken it");
}

absl::Status CheckUnderMou(const CaseRow& row, calendar::Day day, std::string_view field, const flow::View& view) {
  const MouRow* mou = view.Find<MouRow>(row.mou_number);
  if (mou == nullptr) return absl::DataLossError("a case names an MoU that is not there");
  if (day >= mou->signed_on) return absl::OkStatus();
  return Refused("before_mou", field, "the partner's MoU was signed after that day");
}

absl::StatusOr<calendar::Day> PastDay(const type::v1::Date& date, std::string_view field, const flow::Origin& origin) {
  const std::string name(field);
  const absl::StatusOr<calendar::Day> day = calendar::FromProto(date, field);
  if (!day.ok()) return WithReason(day.status(), absl::StrCat(name, "_invalid"), name);
  if (origin.day.empty()) return Refused("no_day", "", "no day has been opened yet; the day scheduler opens the first");
  if (*day > origin.day) return Refused(absl::StrCat(name, "_ahead"), name, "the day has not come yet; send it again when it has");
  return *day;
}

}  // namespace berdaya::mentoring
