// MoUs whose waiting line is due: those whose first day has come, and those for which more waited than one transaction takes.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_SWEEPS_TAKE_DUE_LINES_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_SWEEPS_TAKE_DUE_LINES_H_

#include "absl/status/statusor.h"
#include "common/flow/handlers.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

// One MoU a transaction, since two may want the same family, until none is due. MoUs belong to no partition: the days of partition
// 0 are theirs, as they are those of commands. Decides by the MoU's own days, so it matters little when it runs.
struct TakeDueLines {
  using Row = MouRow;
  static store::ScanRange Due(int32_t partition, calendar::Day day, int64_t limit);
  static void Prefetch(const MouRow& mou, flow::KeySet& keys) { MouRow::LeadsTo(mou, keys); }
  static absl::StatusOr<flow::Outcome> Decide(const MouRow& mou, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_SWEEPS_TAKE_DUE_LINES_H_
