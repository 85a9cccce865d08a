#include "services/graduation/events/graduation_recommended.h"

#include <optional>
#include <utility>

#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/graduation/events/followed_family.h"

namespace berdaya::graduation {
namespace {

// The same statement again, or one older than the one known.
bool IsRepeat(const RecommendationRow* known, const std::string& statement_sha256, calendar::Day recommended_on) {
  return known != nullptr && (known->statement_sha256 == statement_sha256 || recommended_on < known->recommended_on);
}

}  // namespace

void OnGraduationRecommended::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) { WantFamily(m.info(), keys); }

absl::StatusOr<flow::Outcome> OnGraduationRecommended::Decide(const Message& m, const flow::Origin& origin,
                                                              const flow::View& view) {
  absl::StatusOr<std::optional<FollowedFamily>> family = FollowedFamily::At(m.info(), origin, view);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return flow::Outcome::Done();  // seen before
  FollowedFamily& f = **family;
  const absl::StatusOr<calendar::Day> recommended_on = calendar::FromProto(m.recommended_on(), "recommended_on");
  if (!recommended_on.ok()) return WithReason(recommended_on.status(), "recommended_on_invalid", "recommended_on");
  const int64_t case_id = f.pkh().case_id;
  if (IsOpen(f.pkh().state) &&
      IsRepeat(view.Find<RecommendationRow>({case_id, m.recommended_by()}), m.statement_sha256(), *recommended_on)) {
    return std::move(f).Answer(m.report(), Reply::Unchanged());
  }
  const Reply reply = Recommend(f.pkh(), m.recommended_by(), f.day(), f.rules(), f.moves());
  const calendar::Day day = f.day();
  flow::Outcome out = std::move(f).Answer(m.report(), reply);
  if (reply.changed()) out.Put(RecommendationRow{case_id, m.recommended_by(), *recommended_on, m.statement_sha256(), day});
  return out;
}

}  // namespace berdaya::graduation
