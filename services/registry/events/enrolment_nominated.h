// A village meeting and the dinas nominate a family for a programme; the ministry decides.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_ENROLMENT_NOMINATED_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_ENROLMENT_NOMINATED_H_

#include "absl/status/statusor.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

struct OnEnrolmentNominated {
  using Message = province::v1::EnrolmentNominated;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_ENROLMENT_NOMINATED_H_
