// From an MoU to the families that wait for it.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_TAKE_WAITING_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_TAKE_WAITING_H_

#include <cstdint>
#include <vector>

#include "common/flow/outcome.h"
#include "common/flow/view.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

// Takes families out of the waiting lines of `areas`, oldest first, until the MoU is full, nobody is left who may be taken, or
// `limit` families are taken. Puts their rows, changes `mou`, and returns how many it took. If it stopped at the limit,
// mou.line_due_on says that it has to go on; otherwise the MoU takes newcomers from now on.
int64_t TakeWaiting(const flow::View& view, const PartnerRow& partner, const std::vector<region::RegionCode>& areas, int64_t limit,
                    MouRow& mou, flow::Outcome& out);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_TAKE_WAITING_H_
