// A province reports the full state of a family: registers it, or replaces what was known.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_FAMILY_REPORTED_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_FAMILY_REPORTED_H_

#include "absl/status/statusor.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

// Of two reports on one family the one with the later reported_at holds; at equal times the one with the higher content hash, so
// that every order ends alike. A NIK or KK number that another family holds is refused and overwrites nothing.
struct OnFamilyReported {
  using Message = province::v1::FamilyReported;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_FAMILY_REPORTED_H_
