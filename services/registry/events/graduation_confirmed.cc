#include "services/registry/events/graduation_confirmed.h"

#include "berdaya/province/v1/notices.pb.h"
#include "services/registry/events/facts.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

void OnGraduationConfirmed::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<FamilyRow>(m.info().family_id());
}

absl::StatusOr<flow::Outcome> OnGraduationConfirmed::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const FamilyRow* family = view.Find<FamilyRow>(m.info().family_id());
  if (family == nullptr) return absl::DataLossError("a fact names a family that the registry does not have");
  flow::Outcome out = flow::Outcome::Done();
  province::v1::GraduationConfirmed notice;
  FillNotice(*family, origin.RecordedDay(), *notice.mutable_info());
  notice.set_case_id(m.case_id());
  notice.set_kind(m.kind());
  out.Notify(family->province, family->local_family_ref, notice);
  return out;
}

}  // namespace berdaya::registry
