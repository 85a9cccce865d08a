// The families that wait in the areas of an MoU, in the order in which they have a right to a place.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_WAITING_LINE_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_WAITING_LINE_H_

#include <queue>
#include <tuple>
#include <vector>

#include "common/flow/view.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

// By graduated_on, then family_id. Merges the lines of the regencies that the areas touch and reads them a page at a time, so it
// costs what is taken, not what waits in the nation. Sees the batch's earlier messages, not the outcome at hand. Lives within one
// decision.
class WaitingLine {
 public:
  // `areas`: none lies in another.
  WaitingLine(const flow::View& view, const std::vector<region::RegionCode>& areas);

  // The next family, or nullptr at the end; valid until the next call.
  const CaseRow* Next();

 private:
  static constexpr int64_t kPage = 256;

  // One regency's line.
  struct Regency {
    region::RegionCode code;
    std::vector<region::RegionCode> areas;  // that part of it counts; empty: all of it
    std::vector<CaseRow> page;
    size_t at = 0;
    bool Covers(region::RegionCode village) const;
  };
  using Place = std::tuple<calendar::Day, int64_t, size_t>;  // graduated_on, family_id, position in regencies_

  void AddArea(region::RegionCode area);
  // Goes on to the regency's next family that counts, and puts its place into the heap.
  void Advance(size_t regency);
  void ReadPage(Regency& regency);

  const flow::View& view_;
  std::vector<Regency> regencies_;
  std::priority_queue<Place, std::vector<Place>, std::greater<>> heads_;
  CaseRow next_;
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_WAITING_LINE_H_
