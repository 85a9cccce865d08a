// What the demo's programs have in common on their command lines.
#ifndef BERDAYA_TOOLS_SIMULATION_OPTIONS_H_
#define BERDAYA_TOOLS_SIMULATION_OPTIONS_H_

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/time/time.h"
#include "tools/simulation/checker/check.h"
#include "tools/simulation/checker/report.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/ministry.h"
#include "tools/simulation/plan.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {

inline constexpr char kDefaultRegions[] = "data/regions/regions.tsv";

inline void AddEndpoints(CLI::App& app, Endpoints& endpoints, std::string& regions) {
  app.add_option("--brokers", endpoints.brokers, "Kafka brokers")->envname("BERDAYA_BUS_BROKERS")->required();
  app.add_option("--registry", endpoints.registry, "gRPC of the registry")->envname("BERDAYA_DEMO_REGISTRY")->required();
  app.add_option("--graduation", endpoints.graduation, "gRPC of graduation")->envname("BERDAYA_DEMO_GRADUATION")->required();
  app.add_option("--mentoring", endpoints.mentoring, "gRPC of enterprise mentoring")
      ->envname("BERDAYA_DEMO_ENTERPRISE_MENTORING")
      ->required();
  app.add_option("--reporting", endpoints.reporting, "gRPC of reporting")->envname("BERDAYA_DEMO_REPORTING")->required();
  app.add_option("--regions", regions, "Region table")->envname("BERDAYA_REGIONS_FILE")->capture_default_str();
}

// The regions that existed through all the months of a simulation.
inline absl::StatusOr<Regions> LoadRegions(const std::string& path) {
  return Regions::Load(path, FirstOf(0) - 62, FirstOf(kMonths) - 1);
}

// Checks, prints everything, and says with which code the process ends: 0 only if the workload is complete and nothing differs.
inline int CheckAndPrint(const Endpoints& endpoints, const Ledger& ledger, const Regions& regions, const std::string& json,
                         double patience_s) {
  const Result result = Check(endpoints, ledger, absl::Seconds(patience_s),
                              [](const std::string& what) { std::cout << "demo: " << what << std::endl; });
  std::cout << "\n" << TableText(result, regions) << "\n" << FindingsText(result);
  if (!json.empty()) {
    std::ofstream file(json);
    file << Json(result, ledger, regions);
    if (!file.flush()) {
      std::cerr << "demo: cannot write " << json << std::endl;
      return 1;
    }
  }
  std::cout << ClosingLine(result, ledger) << std::endl;
  return ledger.complete && result.findings.clean() ? 0 : 1;
}

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_OPTIONS_H_
