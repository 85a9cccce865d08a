#include "services/registry/events/proposal_withdrawn.h"

#include "berdaya/province/v1/notices.pb.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

void OnProposalWithdrawn::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<FamilyRow>(m.info().family_id());
}

absl::StatusOr<flow::Outcome> OnProposalWithdrawn::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  if (m.cause() == graduation::v1::WITHDRAWAL_CAUSE_RETURNED) return flow::Outcome::Done();  // the dinas knows: it returned it
  const absl::StatusOr<const FamilyRow*> found = FamilyOf(m.info(), view);
  if (!found.ok()) return found.status();
  const FamilyRow& family = **found;
  flow::Outcome out = flow::Outcome::Done();
  province::v1::ProposalWithdrawn notice;
  FillNotice(family, origin.RecordedDay(), *notice.mutable_info());
  notice.set_case_id(m.case_id());
  out.Notify(family.province, family.local_family_ref, notice);
  return out;
}

}  // namespace berdaya::registry
