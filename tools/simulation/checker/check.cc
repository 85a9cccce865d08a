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
  // A service that cannot be asked is a finding too: the others are compared all the same.
  auto enter = [&](const absl::Status& status) {
    if (!status.ok()) result.findings.Wrong(std::string(status.message()));
  };
  say("comparing the registry, family by family");
  enter(CheckRegistry(endpoints, ledger, world, result));
  say("comparing graduation, case by case");
  enter(CheckGraduation(endpoints, ledger, world, result));
  say("comparing enterprise mentoring, case by case");
  enter(CheckMentoring(endpoints, ledger, world, result));  // before what follows: it settles who took the last places
  say("comparing replies and notices, one by one");
  enter(CheckLog(endpoints.brokers, ledger, world, result));
  say("comparing the figures, region by region");
  CountMentoring(world);
  enter(CheckFigures(endpoints, ledger, world, result));
  for (const Decision& decision : ledger.decisions) {
    if (decision.status != registry::v1::DECISION_STATUS_RECORDED) {
      result.findings.Wrong(
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
