// A family has left PKH by graduation: counted by kind, where it lived then.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_GRADUATED_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_GRADUATED_H_

#include "berdaya/graduation/v1/facts.pb.h"
#include "services/reporting/events/fact.h"

namespace berdaya::reporting {

struct OnFamilyGraduated : GraduationFact<OnFamilyGraduated, graduation::v1::FamilyGraduated> {
  static void Count(const Message& m, const FactHead& head, flow::Outcome& out);
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_FAMILY_GRADUATED_H_
