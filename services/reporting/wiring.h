// The only place where reporting's parts meet.
#ifndef BERDAYA_SERVICES_REPORTING_WIRING_H_
#define BERDAYA_SERVICES_REPORTING_WIRING_H_

#include "common/flow/service_spec.h"

namespace berdaya::reporting {

// Reporting as the path of an event sees it. Its handlers need nothing but rows.
flow::ServiceSpec Wire();

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_WIRING_H_
