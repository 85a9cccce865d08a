// The family that a report or a fact of another service names.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_KNOWN_FAMILY_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_KNOWN_FAMILY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/origin.h"
#include "common/flow/outcome.h"
#include "common/flow/view.h"
#include "services/registry/domain/report_check.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

struct KnownFamily {
  const FamilyRow* family = nullptr;  // never null in a result
  CheckedInfo info;
};

// Checks the head of the report, finds the family among those of the topic's province, and sees that the office's region has it. A
// family outside the office's region is answered exactly as an unknown one.
absl::StatusOr<KnownFamily> FindFamily(const province::v1::ReportInfo& info, const std::string& local_family_ref,
                                       const flow::Origin& origin, const flow::View& view);

// The same for reports about the end of PKH: the family takes part in it.
absl::StatusOr<KnownFamily> FindFamilyInPkh(const province::v1::ReportInfo& info, const std::string& local_family_ref,
                                            const flow::Origin& origin, const flow::View& view);
void WantFamily(const std::string& local_family_ref, const flow::Origin& origin, flow::KeySet& keys);

// The family of another service's fact: a family that the registry lacks means that something is lost. Never null in a result.
absl::StatusOr<const FamilyRow*> FamilyOf(const type::v1::FactInfo& info, const flow::View& view);

// --- Reports that another service answers. ---

// Names the rows of the family and of the report's earlier record.
void WantHanded(const province::v1::ReportInfo& info, const std::string& local_family_ref, const flow::Origin& origin,
                flow::KeySet& keys);

// What a report gets whose report_id the same office has sent about this family before, and nullopt for a new one: a repeat changes
// nothing. If the earlier one was refused, so is this, by the same code; if it still waits, this waits for the same answer.
std::optional<absl::StatusOr<flow::Outcome>> AnswerRepeat(const flow::Origin& origin, const province::v1::ReportInfo& info,
                                                          const FamilyRow& family, const flow::View& view);

// Remembers a report that another service will answer, and says so in the fact that carries it there. `reason` stays here.
void Await(const flow::Origin& origin, const province::v1::ReportInfo& info, const FamilyRow& family, v1::ReportRef& ref,
           flow::Outcome& out, const std::string& reason = "");

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_KNOWN_FAMILY_H_
