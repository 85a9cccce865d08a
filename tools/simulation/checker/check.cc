#include "tools/simulation/checker/check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tools/simulation/checker/figures_check.h"
#include "tools/simulation/checker/log_check.h"
#include "tools/simulation/checker/model.h"
#include "tools/simulation/checker/service_check.h"

namespace berdaya::simulation {
namespace {

constexpr absl::Duration kPause = absl::Seconds(1);

absl::StatusOr<Result> CheckOnce(const Endpoints& endpoints, const Ledger& ledger, Expected world) {
  Result result;
  absl::Status status = CheckRegistry(endpoints, ledger, world, result);
  if (status.ok()) status = CheckGraduation(endpoints, ledger, world, result);
  if (status.ok()) status = CheckMentoring(endpoints, ledger, world, result);  // first: it settles who took the last places
  if (status.ok()) status = CheckLog(endpoints.brokers, ledger, world, result);
  CountMentoring(world);
  if (status.ok()) status = CheckFigures(endpoints, ledger, world, result);
  if (!status.ok()) return status;
  for (const Decision& decision : ledger.decisions) {
    if (decision.status != registry::v1::DECISION_STATUS_RECORDED) {
      result.findings.Wrong(
          absl::StrCat("a decision of the ministry on family ", decision.family, " was not recorded: status ", decision.status));
    }
  }
  return result;
}

}  // namespace

absl::StatusOr<Result> Check(const Endpoints& endpoints, const Ledger& ledger, absl::Duration patience) {
  const Expected world = WorkOut(ledger);
  const absl::Time give_up = absl::Now() + patience;
  while (true) {
    absl::StatusOr<Result> result = CheckOnce(endpoints, ledger, world);
    if ((result.ok() && result->findings.clean()) || absl::Now() > give_up) return result;
    absl::SleepFor(kPause);
  }
}

}  // namespace berdaya::simulation
