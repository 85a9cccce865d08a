#include "services/graduation/sweeps/advance_cases.h"

#include <utility>

#include "services/graduation/domain/life.h"
#include "services/graduation/env.h"
#include "services/graduation/events/facts.h"

namespace berdaya::graduation {

store::ScanRange AdvanceCases::Due(int32_t partition, calendar::Day day, int64_t limit) {
  return {.index = CaseRow::kByDue,
          .from = {int64_t{partition}, calendar::Day::First().ToCell()},
          .to = {int64_t{partition}, (day + 1).ToCell()},
          .limit = limit};
}

absl::StatusOr<flow::Outcome> AdvanceCases::Decide(const CaseRow& row, const flow::Origin& origin, const flow::View& view) {
  CaseRow next = row;
  Moves moves;
  Advance(next, origin.day, view.env<Env>().rules, moves);
  flow::Outcome out = flow::Outcome::Done();
  PublishMoves(next, moves, out);
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::graduation
