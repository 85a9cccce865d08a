#include "services/registry/events/case_matched.h"

#include "berdaya/province/v1/notices.pb.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

void OnCaseMatched::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<FamilyRow>(m.info().family_id());
}

absl::StatusOr<flow::Outcome> OnCaseMatched::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const absl::StatusOr<const FamilyRow*> found = FamilyOf(m.info(), view);
  if (!found.ok()) return found.status();
  const FamilyRow& family = **found;
  flow::Outcome out = flow::Outcome::Done();
  province::v1::MentoringOffered notice;
  FillNotice(family, origin.RecordedDay(), *notice.mutable_info());
  notice.set_partner_id(m.partner_id());
  notice.set_partner_name(m.partner_name());
  out.Notify(family.province, family.local_family_ref, notice);
  return out;
}

}  // namespace berdaya::registry
