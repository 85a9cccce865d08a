// What the registry gives its handlers besides rows.
#ifndef BERDAYA_SERVICES_REGISTRY_ENV_H_
#define BERDAYA_SERVICES_REGISTRY_ENV_H_

#include <string>

#include "absl/status/statusor.h"
#include "berdaya/registry/v1/rules.pb.h"
#include "common/region/region_table.h"

namespace berdaya::registry {

struct Env {
  const region::RegionTable& regions;
  const v1::ComponentRules& component_rules;
};

// Reads the rules of a file and sees that they make sense. InvalidArgument says which age does not.
absl::StatusOr<v1::ComponentRules> LoadComponentRules(const std::string& path);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_ENV_H_
