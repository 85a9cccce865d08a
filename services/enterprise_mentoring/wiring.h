// The only place where the parts of enterprise mentoring meet.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_WIRING_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_WIRING_H_

#include "common/flow/service_spec.h"
#include "services/enterprise_mentoring/env.h"

namespace berdaya::mentoring {

// Enterprise mentoring as the path of an event sees it. `env` outlives the result.
flow::ServiceSpec Wire(const Env& env);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_WIRING_H_
