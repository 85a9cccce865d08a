// A family's participation in a programme has ended.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_ENROLMENT_ENDED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_ENROLMENT_ENDED_H_

#include "berdaya/registry/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnEnrolmentEnded : FamilyFact<OnEnrolmentEnded, registry::v1::EnrolmentEnded> {
  static void Learn(const Message& m, FamilyRow& family) {
    if (m.programme() == type::v1::PROGRAMME_PKH) family.pkh_active = false;
    if (m.programme() == type::v1::PROGRAMME_SEMBAKO) family.sembako_active = false;
  }
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_ENROLMENT_ENDED_H_
