#include "services/graduation/events/family_registered.h"

#include <optional>
#include <utility>

#include "services/graduation/events/followed_family.h"

namespace berdaya::graduation {

void OnFamilyRegistered::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) { WantFamily(m.info(), keys); }

absl::StatusOr<flow::Outcome> OnFamilyRegistered::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<std::optional<FollowedFamily>> family = FollowedFamily::At(m.info(), origin, view);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return flow::Outcome::Done();  // seen before
  return std::move(**family).Finish();
}

}  // namespace berdaya::graduation
