#include "services/enterprise_mentoring/matching/take_waiting.h"

#include <utility>

#include "services/enterprise_mentoring/matching/choose_mou.h"
#include "services/enterprise_mentoring/matching/waiting_line.h"

namespace berdaya::mentoring {

int64_t TakeWaiting(const flow::View& view, const PartnerRow& partner, const std::vector<region::RegionCode>& areas, int64_t limit,
                    MouRow& mou, flow::Outcome& out) {
  mou.line_due_on = {};
  if (mou.opens_on > mou.ends_on) return 0;  // recorded after its end
  int64_t taken = 0;
  WaitingLine line(view, areas);
  while (mou.free() > 0) {
    const CaseRow* waiting = line.Next();
    if (waiting == nullptr) break;
    if (!HasPlaceFor(*waiting, mou)) continue;  // came after the MoU's end
    if (taken == limit) {
      mou.line_due_on = mou.opens_on;
      break;
    }
    CaseRow family = *waiting;
    TakeFamily(partner, family, mou, out);
    out.Put(std::move(family));
    ++taken;
  }
  return taken;
}

}  // namespace berdaya::mentoring
