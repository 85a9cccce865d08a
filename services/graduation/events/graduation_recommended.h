// The field recommends that a family graduates.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_RECOMMENDED_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_RECOMMENDED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::graduation {

// Proposes the family as self-reliant. While a proposal is open or held, the recommendation changes nothing but who may decide.
struct OnGraduationRecommended {
  using Message = registry::v1::GraduationRecommended;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_GRADUATION_RECOMMENDED_H_
