// A mentoring partner has a place for a family: the province is told.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_CASE_MATCHED_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_CASE_MATCHED_H_

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

struct OnCaseMatched {
  using Message = enterprise_mentoring::v1::CaseMatched;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_CASE_MATCHED_H_
