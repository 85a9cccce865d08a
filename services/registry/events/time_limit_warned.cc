#include "services/registry/events/time_limit_warned.h"

#include "berdaya/province/v1/notices.pb.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

void OnTimeLimitWarned::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<FamilyRow>(m.info().family_id());
}

absl::StatusOr<flow::Outcome> OnTimeLimitWarned::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const absl::StatusOr<const FamilyRow*> found = FamilyOf(m.info(), view);
  if (!found.ok()) return found.status();
  const FamilyRow& family = **found;
  flow::Outcome out = flow::Outcome::Done();
  province::v1::TimeLimitWarned notice;
  FillNotice(family, origin.RecordedDay(), *notice.mutable_info());
  notice.set_case_id(m.case_id());
  notice.set_months_left(m.months_left());
  *notice.mutable_ends_on() = m.ends_on();
  out.Notify(family.province, family.local_family_ref, notice);
  return out;
}

}  // namespace berdaya::registry
