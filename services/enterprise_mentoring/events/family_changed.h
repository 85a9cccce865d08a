// A family has changed: if it lives in another village, its case goes with it.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FAMILY_CHANGED_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FAMILY_CHANGED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::mentoring {

// A family that waits goes over to the line of its new regency, by the graduated_on that it has, or to a partner there that has a
// place. A partner that has taken a family keeps it wherever it lives. Graduation follows the registry day by day, so a change of a
// day before the graduation's is in the graduation's village already, and is old news where it comes after it.
struct OnFamilyChanged {
  using Message = registry::v1::FamilyChanged;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FAMILY_CHANGED_H_
