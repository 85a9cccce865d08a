#include "services/enterprise_mentoring/matching/choose_mou.h"

#include <algorithm>
#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "services/enterprise_mentoring/events/facts.h"

namespace berdaya::mentoring {
namespace {

using region::Level;

constexpr Level kMostSpecificFirst[] = {Level::kVillage, Level::kDistrict, Level::kRegency, Level::kProvince};

}  // namespace

void ReadAheadMous(region::RegionCode village, flow::KeySet& keys) {
  for (const Level level : kMostSpecificFirst) keys.ReadAhead<AreaRow>(village.At(level));
}

const MouRow* ChooseMou(const CaseRow& family, const flow::View& view) {
  for (const Level level : kMostSpecificFirst) {
    const AreaRow* area = view.Find<AreaRow>(family.village.At(level));
    if (area == nullptr) continue;
    for (const std::string& number : area->Numbers()) {
      const MouRow* mou = view.Find<MouRow>(number);
      if (mou != nullptr && mou->line_due_on.empty() && HasPlaceFor(family, *mou)) return mou;
    }
  }
  return nullptr;
}

void TakeFamily(const PartnerRow& partner, CaseRow& family, MouRow& mou, flow::Outcome& out) {
  ++mou.taken;
  family.stage = v1::CASE_STAGE_MATCHED;
  family.waiting_in = {};
  family.partner_id = mou.partner_id;
  family.mou_number = mou.mou_number;
  family.matched_on = MatchDay(family, mou);
  v1::CaseMatched fact;
  NextFact(family, family.matched_on, *fact.mutable_info());
  fact.set_case_id(family.case_id);
  fact.set_partner_id(mou.partner_id);
  fact.set_partner_name(partner.name);
  fact.set_mou_number(mou.mou_number);
  out.Publish(family.family_id, fact);
}

absl::StatusOr<bool> TakeAtOnce(const flow::View& view, CaseRow& family, flow::Outcome& out) {
  const MouRow* chosen = ChooseMou(family, view);
  if (chosen == nullptr) return false;
  const PartnerRow* partner = view.Find<PartnerRow>(chosen->partner_id);
  if (partner == nullptr) return absl::DataLossError("an MoU names a partner that is not there");
  MouRow mou = *chosen;
  TakeFamily(*partner, family, mou, out);
  out.Put(std::move(mou));
  return true;
}

}  // namespace berdaya::mentoring
