// The only place where the registry's parts meet.
#ifndef BERDAYA_SERVICES_REGISTRY_WIRING_H_
#define BERDAYA_SERVICES_REGISTRY_WIRING_H_

#include "common/flow/service_spec.h"
#include "services/registry/env.h"

namespace berdaya::registry {

// The registry as the path of an event sees it. `env` outlives the result.
flow::ServiceSpec Wire(const Env& env);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_WIRING_H_
