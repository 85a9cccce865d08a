// The only place where graduation's parts meet.
#ifndef BERDAYA_SERVICES_GRADUATION_WIRING_H_
#define BERDAYA_SERVICES_GRADUATION_WIRING_H_

#include "common/flow/service_spec.h"
#include "services/graduation/env.h"

namespace berdaya::graduation {

// Graduation as the path of an event sees it. `env` outlives the result.
flow::ServiceSpec Wire(const Env& env);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_WIRING_H_
