// From a family to the MoU that takes it.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_CHOOSE_MOU_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_CHOOSE_MOU_H_

#include "absl/status/statusor.h"
#include "common/flow/outcome.h"
#include "common/flow/view.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

// The day on which an MoU takes a family: the day on which it came (by graduation, or by a move), or the day from which the MoU
// takes families where that is later. It depends on neither's place in the log, so it is the same whoever was handled first.
inline calendar::Day MatchDay(const CaseRow& family, const MouRow& mou) { return std::max(family.came_on, mou.opens_on); }

// In force on that day, and with a place left. Says nothing about the area.
inline bool HasPlaceFor(const CaseRow& family, const MouRow& mou) { return mou.free() > 0 && MatchDay(family, mou) <= mou.ends_on; }

// Reads ahead what ChooseMou looks at.
void ReadAheadMous(region::RegionCode village, flow::KeySet& keys);

// The MoU that takes a family that has come now, or nullptr: its area has the village, it is in force, it has a place, and nobody
// who waits in its area is still to be taken before. Of several the one with the most specific area (village, district, regency,
// province), then the one with the lowest number: an order that a re-run repeats.
const MouRow* ChooseMou(const CaseRow& family, const flow::View& view);

// Gives the family a place of the MoU: changes both rows and publishes CaseMatched. The caller puts the rows.
void TakeFamily(const PartnerRow& partner, CaseRow& family, MouRow& mou, flow::Outcome& out);
// Gives a family that has come a place of the MoU that ChooseMou finds, and puts the MoU; the caller puts the family. False where
// there is none.
absl::StatusOr<bool> TakeAtOnce(const flow::View& view, CaseRow& family, flow::Outcome& out);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_MATCHING_CHOOSE_MOU_H_
