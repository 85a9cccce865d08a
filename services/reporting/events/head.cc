#include "services/reporting/events/head.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"

namespace berdaya::reporting {

absl::StatusOr<FactHead> ReadHead(const type::v1::FactInfo& info) {
  if (info.family_id() <= 0) return Invalid("family_missing", "info.family_id", "a fact names its family");
  const absl::StatusOr<calendar::Day> day = calendar::FromProto(info.recorded_day(), "info.recorded_day");
  if (!day.ok()) return WithReason(day.status(), "recorded_day_invalid", "info.recorded_day");
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(info.village());
  if (!village.ok() || village->level() != region::Level::kVillage) {
    return Invalid("village_invalid", "info.village", "a fact names the village by its code of ten digits");
  }
  return FactHead{info.family_id(), *day, *village};
}

absl::StatusOr<Fit> FitOf(int64_t known, int64_t carried, std::string_view topic) {
  if (carried == known + 1) return Fit::kNext;
  if (carried <= known) return Fit::kRepeat;
  return absl::DataLossError(absl::StrCat(std::string(topic), ": the facts of a family or case jump from version ", known, " to ",
                                          carried, "; the facts between them are missing: restore the log or rebuild the figures"));
}

}  // namespace berdaya::reporting
