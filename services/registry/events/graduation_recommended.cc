#include "services/registry/events/graduation_recommended.h"

#include <algorithm>
#include <utility>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/known_family.h"
#include "services/registry/sweeps/review_components.h"

namespace berdaya::registry {
namespace {

bool IsSha256(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

}  // namespace

void OnGraduationRecommended::Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys) {
  WantHanded(m.info(), m.local_family_ref(), origin, keys);
}

absl::StatusOr<flow::Outcome> OnGraduationRecommended::Decide(const Message& m, const flow::Origin& origin,
                                                              const flow::View& view) {
  const absl::StatusOr<KnownFamily> known = FindFamilyInPkh(m.info(), m.local_family_ref(), origin, view);
  if (!known.ok()) return known.status();
  if (!IsSha256(m.statement_sha256())) {
    return Invalid("statement_invalid", "statement_sha256", "the digest of the signed statement has 64 hexadecimal digits");
  }
  if (auto earlier = AnswerRepeat(origin, m.info(), *known->family, view)) return *std::move(earlier);
  flow::Outcome out = flow::Outcome::Deferred(known->family->family_id);
  FamilyRow next = AdvanceTo(origin.RecordedDay(), *known->family, view, out);
  ++next.version;
  v1::GraduationRecommended fact;
  FillInfo(next, origin.RecordedDay(), *fact.mutable_info());
  Await(origin, m.info(), next, *fact.mutable_report(), out);
  fact.set_recommended_by(m.info().officer_ref());
  calendar::ToProto(known->info.occurred_on, *fact.mutable_recommended_on());
  fact.set_statement_sha256(m.statement_sha256());
  out.Publish(next.family_id, fact);
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::registry
