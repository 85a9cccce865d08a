// What the registry's facts and notices about a family have in common.
#ifndef BERDAYA_SERVICES_REGISTRY_EVENTS_FACTS_H_
#define BERDAYA_SERVICES_REGISTRY_EVENTS_FACTS_H_

#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/type/v1/fact.pb.h"
#include "common/calendar/day.h"
#include "common/flow/outcome.h"
#include "common/region/region_code.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

// The head of a fact about the family as it is in `family`, its version included.
void FillInfo(const FamilyRow& family, calendar::Day day, type::v1::FactInfo& info);

// The office that a report names; the province where it names none of the province's.
region::RegionCode OfficeOf(uint64_t named, int province);

// Figures count rejections by office and code.
void PublishRejected(region::RegionCode office, std::string_view code, calendar::Day day, flow::Outcome& out);

// The head of a notice about the family, addressed to the dinas of its regency or city.
void FillNotice(const FamilyRow& family, calendar::Day day, province::v1::NoticeInfo& info);

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_EVENTS_FACTS_H_
