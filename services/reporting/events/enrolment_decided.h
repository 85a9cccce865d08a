// The ministry enrolled a family in a programme, or did not.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_ENROLMENT_DECIDED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_ENROLMENT_DECIDED_H_

#include "berdaya/registry/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnEnrolmentDecided : FamilyFact<OnEnrolmentDecided, registry::v1::EnrolmentDecided> {
  static void Learn(const Message& m, FamilyRow& family) {
    if (!m.enrolled()) return;
    if (m.programme() == type::v1::PROGRAMME_PKH) family.pkh_active = true;
    if (m.programme() == type::v1::PROGRAMME_SEMBAKO) family.sembako_active = true;
  }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_ENROLMENT_DECIDED_H_
