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

using Say = std::function<void(const std::string&)>;

Result CheckOnce(const Endpoints& endpoints, const Ledger& ledger, Expected world, const Say& say) {
  Result result;
  say("comparing the registry, family by family");
  CheckRegistry(endpoints, ledger, world, result);
  say("comparing graduation, case by case");
  CheckGraduation(endpoints, ledger, world, result);
  say("comparing enterprise mentoring, case by case");
  CheckMentoring(endpoints, ledger, world, result);  // before what follows: it settles who took the last places
  say("comparing replies and notices, one by one");
  CheckLog(FromBrokers(endpoints.brokers), ledger, world, result);
  say("comparing the figures, region by region");
  CountMentoring(world);
  CheckFigures(endpoints, ledger, world, result);
  for (const Decision& decision : ledger.decisions) {
    if (decision.status != registry::v1::DECISION_STATUS_RECORDED) {
      result.findings.Lost(
          absl::StrCat("a decision of the ministry on family ", decision.family, " was not recorded: status ", decision.status));
    }
  }
  return result;
}

}  // namespace

Result Check(const Endpoints& endpoints, const Ledger& ledger, absl::Duration patience, const Say& say) {
  const Expected world = WorkOut(ledger);
  const absl::Time give_up = absl::Now() + patience;
  while (true) {
    Result result = CheckOnce(endpoints, ledger, world, say);
    if (result.findings.clean() || absl::Now() >= give_up) return result;
    absl::SleepFor(kPause);
  }
}

}  // namespace berdaya::simulation
