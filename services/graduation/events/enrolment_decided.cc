#include "services/graduation/events/enrolment_decided.h"

#include <optional>
#include <utility>

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/graduation/events/followed_family.h"

namespace berdaya::graduation {

void OnEnrolmentDecided::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) { WantFamily(m.info(), keys); }

absl::StatusOr<flow::Outcome> OnEnrolmentDecided::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<std::optional<FollowedFamily>> family = FollowedFamily::At(m.info(), origin, view);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return flow::Outcome::Done();  // seen before
  FollowedFamily& f = **family;
  if (m.programme() == type::v1::PROGRAMME_PKH && m.enrolled()) {
    const absl::StatusOr<calendar::Day> starts_on = calendar::FromProto(m.starts_on(), "starts_on");
    if (!starts_on.ok()) return WithReason(starts_on.status(), "starts_on_invalid", "starts_on");
    if (IsOpen(f.pkh().state)) {
      // The registry enrols nobody twice; should it, the years count from the first enrolment.
      Recount(f.pkh(), Components::From(m.components()), f.day(), f.rules(), f.moves());
    } else {
      CaseRow fresh;
      fresh.case_id = origin.NewId(0);
      fresh.partition = origin.partition;
      fresh.components = Components::From(m.components());
      fresh.enrolled_on = *starts_on;
      f.BeginCase(std::move(fresh));
      Open(f.pkh(), f.day(), f.rules(), f.moves());
    }
  }
  return std::move(f).Finish();
}

}  // namespace berdaya::graduation
