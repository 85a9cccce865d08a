// A provincial report was refused: counted at its office's region and above.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_REPORT_REJECTED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_REPORT_REJECTED_H_

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::reporting {

struct OnReportRejected {
  using Message = registry::v1::ReportRejected;
  static void Prefetch(const Message&, const flow::Origin&, flow::KeySet&) {}
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_REPORT_REJECTED_H_
