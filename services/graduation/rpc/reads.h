// Reads of graduation from a snapshot of its database.
#ifndef BERDAYA_SERVICES_GRADUATION_RPC_READS_H_
#define BERDAYA_SERVICES_GRADUATION_RPC_READS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "common/region/region_code.h"
#include "common/store/store.h"
#include "services/graduation/env.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

// NotFound, also for what lies outside `scope`: the one scope check of all reads of a single case.
absl::StatusOr<CaseRow> ReadCase(store::Reader& reader, int64_t case_id, region::RegionCode scope);
// The family's current or last case.
absl::StatusOr<CaseRow> ReadCaseOfFamily(store::Reader& reader, int64_t family_id, region::RegionCode scope);

// A page of cases inside both the region asked for and `scope`, by village, family and case.
absl::Status ListCases(store::Reader& reader, const v1::ListCasesRequest& request, region::RegionCode scope,
                       v1::ListCasesResponse& response);

// Why the case stands as it stands, by the proposal and the decisions that were kept.
absl::Status ExplainCase(store::Reader& reader, const CaseRow& row, const RuleBook& rules, v1::ExplainDecisionResponse& response);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_RPC_READS_H_
