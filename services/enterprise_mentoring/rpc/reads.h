// Reads of enterprise mentoring from a snapshot of its database: rows to messages. Every one passes the check of the caller's
// region.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_RPC_READS_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_RPC_READS_H_

#include "absl/status/status.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "common/region/region_code.h"
#include "common/store/store.h"

namespace berdaya::mentoring {

namespace v1 = enterprise_mentoring::v1;

// NotFound for a case that does not exist and, in the same words, for one outside `scope`.
absl::Status ReadCase(store::Reader& reader, region::RegionCode scope, const v1::GetCaseRequest& request, v1::Case& response);

// The cases of the part of the region that lies in `scope`.
absl::Status ReadCases(store::Reader& reader, region::RegionCode scope, const v1::ListCasesRequest& request,
                       v1::ListCasesResponse& response);

// All partners, which are public, with those of their MoUs whose area touches `scope`; how many families an MoU has taken only
// where its whole area lies in `scope`.
absl::Status ReadPartners(store::Reader& reader, region::RegionCode scope, const v1::ListPartnersRequest& request,
                          v1::ListPartnersResponse& response);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_RPC_READS_H_
