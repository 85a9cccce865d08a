// Reads of the registry from a snapshot of its database: rows to messages.
#ifndef BERDAYA_SERVICES_REGISTRY_RPC_READS_H_
#define BERDAYA_SERVICES_REGISTRY_RPC_READS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/registry_service.pb.h"
#include "common/region/region_code.h"
#include "common/store/store.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

// The families of these ids inside `scope`, in the order asked, with persons and enrolments; the ids of all others, whether they
// lie outside or do not exist.
struct FoundFamilies {
  std::vector<v1::Family> families;
  std::vector<int64_t> not_found;
};
absl::StatusOr<FoundFamilies> ReadFamilies(store::Reader& reader, const std::vector<int64_t>& family_ids, region::RegionCode scope);

// The same for rows already read.
absl::StatusOr<std::vector<v1::Family>> WithMembers(store::Reader& reader, const std::vector<FamilyRow>& rows);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_RPC_READS_H_
