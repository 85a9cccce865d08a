// A family is proposed to graduate: the province is told, and has to decide.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_PROPOSAL_WITHDRAWN_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_PROPOSAL_WITHDRAWN_H_

#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::registry {

struct OnProposalWithdrawn {
  using Message = graduation::v1::ProposalWithdrawn;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_PROPOSAL_WITHDRAWN_H_
