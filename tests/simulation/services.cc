#include "tests/simulation/services.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/flow/tables.h"
#include "common/region/region_table.h"
#include "services/enterprise_mentoring/wiring.h"
#include "services/graduation/wiring.h"
#include "services/registry/wiring.h"
#include "services/reporting/wiring.h"

namespace berdaya::simulation {
namespace {

template <class T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << "simulation: " << value.status() << std::endl;
  std::abort();
}

std::string RegionText() {
  std::string rows;
  int count = 0;
  const auto add = [&](const std::string& code, const char* name) {
    absl::StrAppend(&rows, code, "\t", name, "\n");
    ++count;
  };
  for (const int province : kProvinces) {
    const std::string code = absl::StrCat(province);
    add(code, "Provinsi");
    add(code + "01", "Kabupaten Satu");
    add(code + "0101", "Kecamatan Satu");
    add(code + "01012001", "Desa Satu");
    add(code + "01012002", "Desa Dua");
    add(code + "0102", "Kecamatan Dua");
    add(code + "01022001", "Desa Tiga");
    add(code + "02", "Kabupaten Dua");
    add(code + "0201", "Kecamatan Tiga");
    add(code + "02012001", "Desa Empat");
  }
  return absl::StrCat("berdaya-regions\t1\t", count, "\n", rows);
}

const region::RegionTable& Regions() {
  static const auto* const kTable = Must(region::RegionTable::FromText(RegionText(), "simulation")).release();
  return *kTable;
}

flow::ServiceSpec WireRegistry() {
  static const auto* const kRules =
      new registry::v1::ComponentRules(Must(registry::LoadComponentRules("data/programmes/pkh_components.textproto")));
  static const auto* const kEnv = new registry::Env{Regions(), *kRules};
  return registry::Wire(*kEnv);
}

flow::ServiceSpec WireGraduation() {
  static const auto* const kRules = new graduation::RuleBook(Must(graduation::LoadRuleBook("data/rules")));
  static const auto* const kEnv = new graduation::Env{*kRules};
  return graduation::Wire(*kEnv);
}

flow::ServiceSpec WireMentoring() {
  static const auto* const kEnv = new mentoring::Env{Regions(), /*taken_at_once=*/2};
  return mentoring::Wire(*kEnv);
}

}  // namespace

std::vector<uint64_t> VillagesOf(int province) {
  const uint64_t first = static_cast<uint64_t>(province) * 100'000'000;
  return {first + 1'012'001, first + 1'012'002, first + 1'022'001, first + 2'012'001};
}

flow::ServiceSpec Wire(Service service) {
  switch (service) {
    case kRegistry:
      return WireRegistry();
    case kGraduation:
      return WireGraduation();
    case kMentoring:
      return WireMentoring();
    default:
      return reporting::Wire();
  }
}

store::Schema SchemaOf(Service service) {
  store::Schema schema = Wire(service).schema;
  const std::vector<const store::TableSpec*> own = std::exchange(schema.tables, flow::FlowTables());
  schema.tables.insert(schema.tables.end(), own.begin(), own.end());
  return schema;
}

}  // namespace berdaya::simulation
