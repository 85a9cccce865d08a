// Another service answers a report that the registry passed on: the province gets its final reply.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_REPORT_OUTCOME_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_REPORT_OUTCOME_H_

#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

struct OnReportOutcome {
  using Message = graduation::v1::ReportOutcome;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_REPORT_OUTCOME_H_
