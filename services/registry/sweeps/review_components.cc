#include "services/registry/sweeps/review_components.h"

#include <utility>

#include "berdaya/registry/v1/facts.pb.h"
#include "services/registry/env.h"
#include "services/registry/events/facts.h"

namespace berdaya::registry {

std::vector<MemberStanding> StandingOf(const FamilyRow& family, const flow::View& view) {
  std::vector<MemberStanding> standings;
  for (int64_t id : UnpackIds(family.family_id, family.member_ids)) {
    const PersonRow* person = view.Find<PersonRow>(id);
    if (person == nullptr) continue;
    standings.push_back({person->birth_date, person->traits.schooling, person->traits.pregnant, person->traits.severe_disability});
  }
  return standings;
}

FamilyRow AdvanceTo(calendar::Day day, const FamilyRow& family, const flow::View& view, flow::Outcome& out) {
  FamilyRow next = family;
  if (next.review_on.empty() || next.review_on > day) return next;
  const v1::ComponentRules& rules = view.env<Env>().component_rules;
  const std::vector<MemberStanding> members = StandingOf(family, view);
  // Day by day of change, so that many days opened at once publish what the days one by one would.
  while (!next.review_on.empty() && next.review_on <= day) {
    const calendar::Day birthday = next.review_on;
    const Components components = CountComponents(members, birthday, rules);
    next.review_on = NextChange(members, birthday, rules);
    if (components == next.components) continue;
    next.components = components;
    ++next.version;
    v1::ComponentsChanged fact;
    FillInfo(next, birthday, *fact.mutable_info());
    components.ToProto(*fact.mutable_components());
    out.Publish(next.family_id, fact);
  }
  return next;
}

store::ScanRange ReviewComponents::Due(int32_t, calendar::Day day, int64_t limit) {
  return {.index = FamilyRow::kByReview, .from = {calendar::Day::First().ToCell()}, .to = {(day + 1).ToCell()}, .limit = limit};
}

absl::StatusOr<flow::Outcome> ReviewComponents::Decide(const FamilyRow& family, const flow::Origin& origin,
                                                       const flow::View& view) {
  flow::Outcome out = flow::Outcome::Done();
  FamilyRow next = AdvanceTo(origin.day, family, view, out);
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::registry
