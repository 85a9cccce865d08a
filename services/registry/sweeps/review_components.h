// A birthday changes what a family in PKH is entitled to: on the day, its components are counted again and published.
#ifndef BERDAYA_SERVICES_REGISTRY_SWEEPS_REVIEW_COMPONENTS_H_
#define BERDAYA_SERVICES_REGISTRY_SWEEPS_REVIEW_COMPONENTS_H_

#include "absl/status/statusor.h"
#include "common/flow/handlers.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

// The standing of a family's members, as the registry knows them.
std::vector<MemberStanding> StandingOf(const FamilyRow& family, const flow::View& view);

// The family as it is on `day`: every birthday since its last review that changed its components is published, in order. The sweep
// of a day and every handler that changes a family begin with it, so that a day and an event give the same facts in either order.
FamilyRow AdvanceTo(calendar::Day day, const FamilyRow& family, const flow::View& view, flow::Outcome& out);

struct ReviewComponents {
  using Row = FamilyRow;
  static store::ScanRange Due(int32_t partition, calendar::Day day, int64_t limit);
  static void Prefetch(const FamilyRow& family, flow::KeySet& keys) { FamilyRow::LeadsTo(family, keys); }
  static absl::StatusOr<flow::Outcome> Decide(const FamilyRow& family, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_SWEEPS_REVIEW_COMPONENTS_H_
