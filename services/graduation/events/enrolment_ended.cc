#include "services/graduation/events/enrolment_ended.h"

#include <optional>
#include <utility>

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/graduation/events/followed_family.h"

namespace berdaya::graduation {

void OnEnrolmentEnded::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) { WantFamily(m.info(), keys); }

absl::StatusOr<flow::Outcome> OnEnrolmentEnded::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<std::optional<FollowedFamily>> family = FollowedFamily::At(m.info(), origin, view);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return flow::Outcome::Done();  // seen before
  FollowedFamily& f = **family;
  if (m.programme() == type::v1::PROGRAMME_PKH) {
    const absl::StatusOr<calendar::Day> ended_on = calendar::FromProto(m.ended_on(), "ended_on");
    if (!ended_on.ok()) return WithReason(ended_on.status(), "ended_on_invalid", "ended_on");
    End(f.pkh(), *ended_on, f.day(), f.moves());
  }
  return std::move(f).Finish();
}

}  // namespace berdaya::graduation
