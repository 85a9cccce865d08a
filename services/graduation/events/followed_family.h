// What every handler of a registry fact begins and ends with: the family's version, its case brought to the day, its village.
#ifndef BERDAYA_SERVICES_GRADUATION_EVENTS_FOLLOWED_FAMILY_H_
#define BERDAYA_SERVICES_GRADUATION_EVENTS_FOLLOWED_FAMILY_H_

#include <optional>

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "berdaya/type/v1/fact.pb.h"
#include "common/flow/origin.h"
#include "common/flow/outcome.h"
#include "common/flow/view.h"
#include "services/graduation/domain/life.h"
#include "services/graduation/env.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

// A family while a fact about it is decided.
class FollowedFamily {
 public:
  // Checks the fact's version against the last one seen: nullopt for a fact seen before, DataLoss where facts are missing before
  // it. Version 0 says nothing about order and is taken as it comes. Then lets time pass for the open case up to the partition's
  // day, and only after that follows the family to its village.
  static absl::StatusOr<std::optional<FollowedFamily>> At(const type::v1::FactInfo& info, const flow::Origin& origin,
                                                          const flow::View& view);

  // The current or last case; one of state 0 if the family was never in PKH.
  CaseRow& pkh() { return case_; }
  bool was_in_pkh() const { return case_.case_id != 0; }
  calendar::Day day() const { return day_; }
  const RuleBook& rules() const { return rules_; }
  Moves& moves() { return moves_; }

  // Makes a new case the family's current one.
  void BeginCase(CaseRow fresh);

  // Rows that changed and facts, in order, into an outcome. Call last.
  flow::Outcome Finish() &&;

  // The same, with the answer to the report that the fact carried.
  flow::Outcome Answer(const registry::v1::ReportRef& report, const Reply& reply) &&;

 private:
  explicit FollowedFamily(const RuleBook& rules) : rules_(rules) {}

  const RuleBook& rules_;
  FamilyRow family_;
  CaseRow case_;
  CaseRow before_;  // as it was read
  Moves moves_;
  calendar::Day day_;
  region::RegionCode village_;
};

void WantFamily(const type::v1::FactInfo& info, flow::KeySet& keys);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_EVENTS_FOLLOWED_FAMILY_H_
