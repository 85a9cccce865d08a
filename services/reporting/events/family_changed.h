// A family has other members, or lives in another village: all it counts for moves with it.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_CHANGED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_CHANGED_H_

#include "berdaya/registry/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnFamilyChanged : FamilyFact<OnFamilyChanged, registry::v1::FamilyChanged> {
  static void Learn(const Message& m, FamilyRow& family) { family.members = m.members(); }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_CHANGED_H_
