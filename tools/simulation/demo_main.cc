// berdaya-demo: plays the dinas of the provinces and the ministry from July 2014 to December 2020, then checks what became of it.
#include <unistd.h>

#include <iostream>
#include <string>

#include "tools/simulation/driver.h"
#include "tools/simulation/mous.h"
#include "tools/simulation/options.h"

namespace berdaya::simulation {
namespace {

int Main(int argc, char** argv) {
  CLI::App app(
      "Plays the dinas of 34 provinces and the ministry on an empty platform, and checks the platform against its own books.");
  DriverOptions options;
  std::string regions_file = kDefaultRegions;
  std::string partners_file = "data/partners/universities_2020.textproto";
  std::string ledger_file;
  std::string json_file;
  double patience_s = 60;
  bool trace = false;
  AddEndpoints(app, options.endpoints, regions_file);
  app.add_option("--families", options.families, "Families in all")
      ->envname("BERDAYA_DEMO_FAMILIES")
      ->check(CLI::Range(34, 999'999));
  app.add_option("--seed", options.seed, "The same seed plays the same lives")->envname("BERDAYA_DEMO_SEED")->capture_default_str();
  app.add_option("--months", options.months, "Fewer than 78 end early")->check(CLI::Range(1, kMonths))->capture_default_str();
  app.add_option("--partners", partners_file, "The ministry's partners and their MoUs")
      ->envname("BERDAYA_DEMO_PARTNERS_FILE")
      ->capture_default_str();
  app.add_option("--ledger", ledger_file, "Writes the books into this file, for berdaya-check");
  app.add_option("--json", json_file, "Writes the result into this file");
  app.add_option("--patience", patience_s, "Seconds without a sign of life after which what is awaited counts as lost")
      ->capture_default_str();
  app.add_flag("--trace", trace, "Prints each phase of each month, for tests");
  CLI11_PARSE(app, argc, argv);
  options.patience = absl::Seconds(patience_s);
  options.say = [](const std::string& line) { std::cout << "demo: " << line << std::endl; };
  if (trace) options.trace = [](const std::string& line) { std::cout << "trace: " << line << std::endl; };

  const absl::StatusOr<Regions> regions = LoadRegions(regions_file);
  const absl::StatusOr<enterprise_mentoring::v1::PartnerFile> partners = LoadPartners(partners_file);
  if (!regions.ok() || !partners.ok()) {
    std::cerr << "demo: " << (regions.ok() ? partners.status() : regions.status()).message() << std::endl;
    return 2;
  }
  std::cout << "demo: seed " << options.seed << ", " << options.families << " families in " << regions->provinces().size()
            << " provinces" << std::endl;
  Ledger ledger;
  Driver driver(*regions, *partners, options, ledger);
  const absl::Status status = driver.Run();
  if (!status.ok()) std::cerr << "demo: stopped early: " << status.message() << std::endl;
  if (ledger.steps.empty()) return 2;  // nothing was published
  if (!ledger_file.empty()) {
    if (absl::Status saved = Save(ledger, ledger_file); !saved.ok()) std::cerr << "demo: " << saved.message() << std::endl;
  }
  return CheckAndPrint(options.endpoints, ledger, *regions, json_file, status.ok() ? 20 : 0);
}

}  // namespace
}  // namespace berdaya::simulation

int main(int argc, char** argv) {
  const int code = berdaya::simulation::Main(argc, argv);
  std::cout.flush();
  _exit(code);  // gRPC and librdkafka may take seconds to say goodbye to services that are gone
}
