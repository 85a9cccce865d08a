// Six years of PKH end soon: the province is told.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_TIME_LIMIT_WARNED_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_TIME_LIMIT_WARNED_H_

#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

struct OnTimeLimitWarned {
  using Message = graduation::v1::TimeLimitWarned;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_TIME_LIMIT_WARNED_H_
