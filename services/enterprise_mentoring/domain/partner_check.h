// What a partner and an MoU have to be like before they are recorded.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_PARTNER_CHECK_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_PARTNER_CHECK_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/types.pb.h"
#include "common/calendar/day.h"
#include "common/region/region_code.h"
#include "common/region/region_table.h"

namespace berdaya::mentoring {

namespace v1 = enterprise_mentoring::v1;

// 1 to 64 characters of [a-z0-9-].
bool IsPartnerId(std::string_view id);

// InvalidArgument with code and field, for both.
absl::Status CheckPartner(const v1::Partner& partner);

// The areas of an MoU: sorted, and none lies in another. What is no code is left out.
std::vector<region::RegionCode> AreasOf(const v1::Mou& mou);

// The terms of an MoU, as matching needs them.
struct MouTerms {
  calendar::Day signed_on;
  calendar::Day ends_on;
  std::vector<region::RegionCode> areas;  // AreasOf
};
absl::StatusOr<MouTerms> CheckMou(const v1::Mou& mou, const region::RegionTable& regions);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_PARTNER_CHECK_H_
