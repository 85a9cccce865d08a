// A family is known from now on: it counts, and so do its members.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_REGISTERED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_REGISTERED_H_

#include "berdaya/registry/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnFamilyRegistered : FamilyFact<OnFamilyRegistered, registry::v1::FamilyRegistered> {
  static void Learn(const Message& m, FamilyRow& family) { family.members = m.members(); }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_REGISTERED_H_
