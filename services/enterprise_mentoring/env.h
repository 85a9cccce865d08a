// What enterprise mentoring gives its handlers besides rows.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_ENV_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_ENV_H_

#include <cstdint>

#include "common/region/region_table.h"

namespace berdaya::mentoring {

struct Env {
  const region::RegionTable& regions;
  // Families that a new MoU takes from the waiting lines in one transaction; the rest follows in later ones.
  int64_t taken_at_once = 5000;
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_ENV_H_
