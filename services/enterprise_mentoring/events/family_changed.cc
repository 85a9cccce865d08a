#include "services/enterprise_mentoring/events/family_changed.h"

#include <algorithm>
#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/enterprise_mentoring/events/facts.h"
#include "services/enterprise_mentoring/matching/choose_mou.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {
namespace {

void Move(const FactHead& to, CaseRow& row, flow::Outcome& out) {
  row.village = to.village;
  v1::CaseMoved fact;
  NextFact(row, to.day, *fact.mutable_info());
  fact.set_case_id(row.case_id);
  out.Publish(row.family_id, fact);
}

}  // namespace

void OnFamilyChanged::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<CaseRow>(m.info().family_id());
  keys.Want<ResidenceRow>(m.info().family_id());
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(m.info().village());
  if (village.ok()) ReadAheadMous(*village, keys);
}

absl::StatusOr<flow::Outcome> OnFamilyChanged::Decide(const Message& m, const flow::Origin&, const flow::View& view) {
  const absl::StatusOr<FactHead> head = ReadHead(m.info());
  if (!head.ok()) return head.status();
  flow::Outcome out = flow::Outcome::Done();
  const ResidenceRow* before = view.Find<ResidenceRow>(head->family_id);
  if (before != nullptr && m.info().version() <= before->version) return out;
  out.Put(ResidenceRow{head->family_id, m.info().version(), head->village, head->day});
  const CaseRow* known = view.Find<CaseRow>(head->family_id);
  if (known == nullptr || known->village == head->village || head->day < known->opened_on) return out;
  CaseRow row = *known;
  Move(*head, row, out);
  if (row.stage == v1::CASE_STAGE_WAITING) {
    row.waiting_in = row.village.At(region::Level::kRegency);
    row.came_on = std::max(row.came_on, head->day);
    if (const absl::StatusOr<bool> taken = TakeAtOnce(view, row, out); !taken.ok()) return taken.status();
  }
  out.Put(std::move(row));
  return out;
}

}  // namespace berdaya::mentoring
