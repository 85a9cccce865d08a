// berdaya-check: checks a platform against the books of an earlier run of berdaya-demo.
#include <unistd.h>

#include <iostream>
#include <string>

#include "tools/simulation/options.h"

namespace berdaya::simulation {
namespace {

int Main(int argc, char** argv) {
  CLI::App app("Checks a platform against the books of an earlier run of berdaya-demo.");
  Endpoints endpoints;
  std::string regions_file = kDefaultRegions;
  std::string ledger_file;
  std::string json_file;
  double patience_s = 5;
  AddEndpoints(app, endpoints, regions_file);
  app.add_option("--ledger", ledger_file, "The books")->required();
  app.add_option("--json", json_file, "Writes the result into this file");
  app.add_option("--patience", patience_s, "Seconds that differences get to disappear")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<Regions> regions = LoadRegions(regions_file);
  const absl::StatusOr<Ledger> ledger = Load(ledger_file);
  if (!regions.ok() || !ledger.ok()) {
    std::cerr << "check: " << (regions.ok() ? ledger.status() : regions.status()).message() << std::endl;
    return 2;
  }
  return CheckAndPrint(endpoints, *ledger, *regions, json_file, patience_s);
}

}  // namespace
}  // namespace berdaya::simulation

int main(int argc, char** argv) {
  const int code = berdaya::simulation::Main(argc, argv);
  std::cout.flush();
  _exit(code);
}
