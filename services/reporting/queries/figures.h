// Figures read from a snapshot of the database: rows to messages, behind one scope check.
//
// Months are calendar::Day::MonthIndex; 0 asks for the latest. A caller sees its own region and what is inside; everything else is
// answered exactly as a region that does not exist: NotFound, reason region_unknown.
#ifndef BERDAYA_SERVICES_REPORTING_QUERIES_FIGURES_H_
#define BERDAYA_SERVICES_REPORTING_QUERIES_FIGURES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "berdaya/reporting/v1/reporting_service.pb.h"
#include "common/calendar/day.h"
#include "common/region/region_table.h"
#include "common/store/store.h"

namespace berdaya::reporting {

// The one scope check, for whoever has no snapshot yet; FigureReads makes it on every read.
absl::Status CheckScope(const region::RegionTable& regions, region::RegionCode scope, region::RegionCode region);

// A caller's sight of the figures. What it points to outlives it; it is cheap to make and used by one thread.
class FigureReads {
 public:
  // `scope`: the caller's region.
  FigureReads(store::Reader& reader, const region::RegionTable& regions, region::RegionCode scope)
      : reader_(reader), regions_(regions), scope_(scope) {}

  // The figures of one region, every indicator. Of a region without any event all are 0.
  absl::StatusOr<v1::RegionFigures> OfRegion(region::RegionCode region, int month);

  struct Children {
    std::vector<v1::RegionFigures> figures;  // by code
    bool more = false;                       // there are others after the last of these
  };
  // The figures of the children of a region that have any, at most `limit` of them (1 or more), those after the code `after` (the
  // nation: from the first). InvalidArgument for the children of a district: villages are not kept.
  absl::StatusOr<Children> OfChildren(region::RegionCode parent, int month, region::RegionCode after, int limit);

  // The latest month in which a figure of the nation changed; 0 if none has.
  absl::StatusOr<int> LatestMonth();

  // The national day that every partition of the registry's facts has reached, still running; none before the first.
  absl::StatusOr<calendar::Day> AsOf();

 private:
  absl::StatusOr<int> MonthOr(int month);

  store::Reader& reader_;
  const region::RegionTable& regions_;
  const region::RegionCode scope_;
};

// The name that a region has, or last had, on the last day of a month; "Indonesia" for the nation, "" for a code that is not known.
std::string NameOf(const region::RegionTable& regions, region::RegionCode region, int month);

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_QUERIES_FIGURES_H_
