#include "services/enterprise_mentoring/events/family_graduated.h"

#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/enterprise_mentoring/events/facts.h"
#include "services/enterprise_mentoring/matching/choose_mou.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using graduation::v1::FamilyGraduated;

absl::StatusOr<CaseRow> CaseFrom(const FamilyGraduated& m, const flow::Origin& origin) {
  if (m.info().family_id() == 0) return Invalid("family_missing", "info.family_id", "a graduation is of a family");
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(m.info().village());
  if (!village.ok() || village->level() != region::Level::kVillage) {
    return Invalid("village_invalid", "info.village", "a family lives in a village, by its Kemendagri code of ten digits");
  }
  const absl::StatusOr<Day> recorded = calendar::FromProto(m.info().recorded_day(), "info.recorded_day");
  if (!recorded.ok()) return WithReason(recorded.status(), "recorded_day_invalid", "info.recorded_day");
  const absl::StatusOr<Day> graduated = calendar::FromProto(m.graduated_on(), "graduated_on");
  if (!graduated.ok()) return WithReason(graduated.status(), "graduated_on_invalid", "graduated_on");
  CaseRow row;
  row.family_id = m.info().family_id();
  row.case_id = origin.NewId(0);
  row.graduation_case_id = m.case_id();
  row.village = *village;
  row.kind = m.kind();
  row.graduated_on = *graduated;
  row.opened_on = *recorded;
  return row;
}

void Open(CaseRow& row, flow::Outcome& out) {
  v1::CaseOpened fact;
  NextFact(row, row.opened_on, *fact.mutable_info());
  fact.set_case_id(row.case_id);
  fact.set_kind(row.kind);
  calendar::ToProto(row.graduated_on, *fact.mutable_graduated_on());
  fact.set_graduation_case_id(row.graduation_case_id);
  out.Publish(row.family_id, fact);
  out.Insert(CaseIdRow{row.case_id, row.family_id});
}

void Queue(CaseRow& row, flow::Outcome& out) {
  row.stage = v1::CASE_STAGE_WAITING;
  row.waiting_in = row.village.At(region::Level::kRegency);
  v1::CaseQueued fact;
  NextFact(row, row.opened_on, *fact.mutable_info());
  fact.set_case_id(row.case_id);
  out.Publish(row.family_id, fact);
}

}  // namespace

void OnFamilyGraduated::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<CaseRow>(m.info().family_id());
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(m.info().village());
  if (village.ok()) ReadAheadMous(*village, keys);
}

absl::StatusOr<flow::Outcome> OnFamilyGraduated::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<CaseRow> row = CaseFrom(m, origin);
  if (!row.ok()) return row.status();
  flow::Outcome out = flow::Outcome::Done();
  if (view.Find<CaseRow>(row->family_id) != nullptr) return out;
  Open(*row, out);
  if (const MouRow* chosen = ChooseMou(*row, view)) {
    const PartnerRow* partner = view.Find<PartnerRow>(chosen->partner_id);
    if (partner == nullptr) return absl::DataLossError("an MoU names a partner that is not there");
    MouRow mou = *chosen;
    TakeFamily(*partner, *row, mou, out);
    out.Put(std::move(mou));
  } else {
    Queue(*row, out);
  }
  out.Put(*std::move(row));
  return out;
}

}  // namespace berdaya::mentoring
