#include "services/enterprise_mentoring/sweeps/take_due_lines.h"

#include <utility>

#include "services/enterprise_mentoring/domain/partner_check.h"
#include "services/enterprise_mentoring/env.h"
#include "services/enterprise_mentoring/matching/take_waiting.h"

namespace berdaya::mentoring {

store::ScanRange TakeDueLines::Due(int32_t partition, calendar::Day day, int64_t) {
  const calendar::Day end = partition == 0 ? day + 1 : calendar::Day::First();
  return {.index = MouRow::kByLineDue, .from = {calendar::Day::First().ToCell()}, .to = {end.ToCell()}, .limit = 1};
}

absl::StatusOr<flow::Outcome> TakeDueLines::Decide(const MouRow& mou, const flow::Origin&, const flow::View& view) {
  const Env& env = view.env<Env>();
  const PartnerRow* partner = view.Find<PartnerRow>(mou.partner_id);
  if (partner == nullptr) return absl::DataLossError("an MoU names a partner that is not there");
  v1::Mou document;
  if (!document.ParseFromString(mou.document)) return absl::DataLossError("a stored MoU is damaged");
  flow::Outcome out = flow::Outcome::Done();
  MouRow next = mou;
  TakeWaiting(view, *partner, AreasOf(document), env.taken_at_once, next, out);
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::mentoring
