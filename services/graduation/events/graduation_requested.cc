#include "services/graduation/events/graduation_requested.h"

#include <optional>
#include <utility>

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/graduation/events/followed_family.h"

namespace berdaya::graduation {

void OnGraduationRequested::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) { WantFamily(m.info(), keys); }

absl::StatusOr<flow::Outcome> OnGraduationRequested::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<std::optional<FollowedFamily>> family = FollowedFamily::At(m.info(), origin, view);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return flow::Outcome::Done();  // seen before
  FollowedFamily& f = **family;
  const absl::StatusOr<calendar::Day> requested_on = calendar::FromProto(m.requested_on(), "requested_on");
  if (!requested_on.ok()) return WithReason(requested_on.status(), "requested_on_invalid", "requested_on");
  const Reply reply = Request(f.pkh(), *requested_on);
  return std::move(f).Answer(m.report(), reply);
}

}  // namespace berdaya::graduation
