#include "services/registry/events/graduation_requested.h"

#include <utility>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/sweeps/review_components.h"

namespace berdaya::registry {

void OnGraduationRequested::Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys) {
  WantHanded(m.info(), m.local_family_ref(), origin, keys);
}

absl::StatusOr<flow::Outcome> OnGraduationRequested::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const absl::StatusOr<KnownFamily> known = FindFamilyInPkh(m.info(), m.local_family_ref(), origin, view);
  if (!known.ok()) return known.status();
  if (auto earlier = AnswerRepeat(origin, m.info(), *known->family, view)) return *std::move(earlier);
  flow::Outcome out = flow::Outcome::Deferred(known->family->family_id);
  FamilyRow next = AdvanceTo(origin.RecordedDay(), *known->family, view, out);
  ++next.version;
  v1::GraduationRequested fact;
  FillInfo(next, origin.RecordedDay(), *fact.mutable_info());
  Await(origin, m.info(), next, *fact.mutable_report(), out);
  fact.set_officer_ref(m.info().officer_ref());
  calendar::ToProto(known->info.occurred_on, *fact.mutable_requested_on());
  out.Publish(next.family_id, fact);
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::registry
