// The head that every fact about a family carries, and whether the fact is the one that comes next.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_HEAD_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_HEAD_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "berdaya/type/v1/fact.pb.h"
#include "common/calendar/day.h"
#include "common/region/region_code.h"

namespace berdaya::reporting {

struct FactHead {
  int64_t family_id = 0;
  calendar::Day day;           // in whose month it counts
  region::RegionCode village;  // where it counts
};

// InvalidArgument (which parks the fact) where the family, the day or the village has not the form that facts have.
absl::StatusOr<FactHead> ReadHead(const type::v1::FactInfo& info);

enum class Fit { kNext, kRepeat };

// Compares the version that a fact carries with the last one known of its family or case, 0 for none: one more is next,
// the same or less is a repeat. DataLoss (which stops the service) for a jump: facts between the two are missing.
absl::StatusOr<Fit> FitOf(int64_t known, int64_t carried, std::string_view topic);

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_HEAD_H_
