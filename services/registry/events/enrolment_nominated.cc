#include "services/registry/events/enrolment_nominated.h"

#include <utility>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/status/status.h"
#include "common/text/text.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/sweeps/review_components.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {
namespace {

constexpr size_t kMaxRound = 32;

}  // namespace

void OnEnrolmentNominated::Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys) {
  WantFamily(m.local_family_ref(), origin, keys);
}

absl::StatusOr<flow::Outcome> OnEnrolmentNominated::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const absl::StatusOr<KnownFamily> known = FindFamily(m.info(), m.local_family_ref(), origin, view);
  if (!known.ok()) return known.status();
  if (m.programme() == type::v1::PROGRAMME_UNSPECIFIED || !type::v1::Programme_IsValid(m.programme())) {
    return Invalid("programme_missing", "programme", "say PKH or Sembako");
  }
  if (!IsPlainText(m.round(), 1, kMaxRound)) {
    return Invalid("round_invalid", "round", "a round has 1 to 32 characters");
  }
  const FamilyRow& family = *known->family;
  const EnrolmentRow* old = view.Find<EnrolmentRow>({family.family_id, m.programme()});
  EnrolmentRow row = old != nullptr ? *old : EnrolmentRow{family.family_id, m.programme()};
  // A round that was overtaken by a later one must not open again when its report is repeated.
  const bool stale = old != nullptr && (old->round == m.round() || known->info.reported_at_us <= old->nominated_at_us);
  if (stale) return flow::Outcome::Unchanged(family.family_id);
  row.round = m.round();
  row.nominated_at_us = known->info.reported_at_us;
  if (row.state == v1::ENROLMENT_STATE_ACTIVE) {
    flow::Outcome out = flow::Outcome::Unchanged(family.family_id);
    out.Put(std::move(row));
    return out;
  }
  flow::Outcome out = flow::Outcome::Changed(family.family_id);
  row.state = v1::ENROLMENT_STATE_NOMINATED;
  FamilyRow next = AdvanceTo(origin.RecordedDay(), family, view, out);
  ++next.version;
  v1::EnrolmentNominated fact;
  FillInfo(next, origin.RecordedDay(), *fact.mutable_info());
  fact.set_programme(m.programme());
  fact.set_round(m.round());
  out.Publish(next.family_id, fact);
  out.Put(std::move(row));
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::registry
