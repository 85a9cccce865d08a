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

using graduation::v1::FamilyGraduated;

absl::StatusOr<CaseRow> CaseFrom(const FamilyGraduated& m, const flow::Origin& origin) {
  const absl::StatusOr<FactHead> head = ReadHead(m.info());
  if (!head.ok()) return head.status();
  const absl::StatusOr<calendar::Day> graduated = calendar::FromProto(m.graduated_on(), "graduated_on");
  if (!graduated.ok()) return WithReason(graduated.status(), "graduated_on_invalid", "graduated_on");
  CaseRow row;
  row.family_id = head->family_id;
  row.case_id = origin.NewId(0);
  row.graduation_case_id = m.case_id();
  row.village = head->village;
  row.kind = m.kind();
  row.graduated_on = *graduated;
  row.opened_on = row.came_on = head->day;
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
  keys.Want<ResidenceRow>(m.info().family_id());
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(m.info().village());
  if (village.ok()) ReadAheadMous(*village, keys);
}

absl::StatusOr<flow::Outcome> OnFamilyGraduated::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<CaseRow> row = CaseFrom(m, origin);
  if (!row.ok()) return row.status();
  flow::Outcome out = flow::Outcome::Done();
  if (view.Find<CaseRow>(row->family_id) != nullptr) return out;
  const ResidenceRow* residence = view.Find<ResidenceRow>(row->family_id);
  if (residence != nullptr && residence->changed_on >= row->opened_on && residence->village != row->village) {
    row->village = residence->village;
    row->came_on = residence->changed_on;
  }
  Open(*row, out);
  const absl::StatusOr<bool> taken = TakeAtOnce(view, *row, out);
  if (!taken.ok()) return taken.status();
  if (!*taken) Queue(*row, out);
  out.Put(*std::move(row));
  return out;
}

}  // namespace berdaya::mentoring
