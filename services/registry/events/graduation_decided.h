// A dinas decides on a proposal to graduate. Graduation answers; the registry passes it on.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_GRADUATION_DECIDED_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_GRADUATION_DECIDED_H_

#include "absl/status/statusor.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

struct OnGraduationDecided {
  using Message = province::v1::GraduationDecided;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_GRADUATION_DECIDED_H_
