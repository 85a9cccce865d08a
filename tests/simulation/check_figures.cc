#include <map>
#include <memory>
#include <set>
#include <utility>

#include "berdaya/graduation/v1/facts.pb.h"
#include "common/bus/topics.h"
#include "common/store/digest.h"
#include "services/enterprise_mentoring/tables/tables.h"
#include "services/registry/tables/tables.h"
#include "services/reporting/tables/tables.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/rows.h"

namespace berdaya::simulation {
namespace {

using region::Level;
using region::RegionCode;
namespace rv = reporting::v1;

using Figures = std::map<std::pair<int64_t, int>, int64_t>;  // by region and indicator

void Count(RegionCode village, int indicator, int64_t value, Figures& figures) {
  for (const Level level : {Level::kNation, Level::kProvince, Level::kRegency, Level::kDistrict}) {
    figures[{village.At(level).ToCell(), indicator}] += value;
  }
}

// FamilyGraduated names where the family lived then, which no table keeps.
void CountGraduations(Platform& platform, Figures& figures) {
  std::set<int64_t> counted;
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    for (const auto& record : platform.bus->Records({std::string(bus::kGraduationFacts), p})) {
      graduation::v1::FamilyGraduated m;
      if (record->headers.source != "berdaya/graduation" || record->headers.type != m.GetDescriptor()->full_name()) continue;
      if (!m.ParseFromString(record->value) || !counted.insert(m.case_id()).second) continue;
      const int indicator = m.kind() == type::v1::GRADUATION_KIND_NATURAL        ? rv::INDICATOR_GRADUATED_NATURAL
                            : m.kind() == type::v1::GRADUATION_KIND_SELF_RELIANT ? rv::INDICATOR_GRADUATED_SELF_RELIANT
                                                                                 : rv::INDICATOR_GRADUATED_TIME_LIMIT;
      Count(*RegionCode::FromNumber(m.info().village()), indicator, 1, figures);
    }
  }
}

Figures Recount(Platform& platform) {
  Figures figures;
  std::map<int64_t, RegionCode> lives_in;
  for (const auto& row : RowsOf<registry::FamilyRow>(platform, kRegistry)) {
    lives_in[row.family_id] = row.village;
    Count(row.village, rv::INDICATOR_FAMILIES, 1, figures);
    Count(row.village, rv::INDICATOR_MEMBERS, static_cast<int64_t>(registry::UnpackIds(row.family_id, row.member_ids).size()),
          figures);
  }
  for (const auto& row : RowsOf<registry::EnrolmentRow>(platform, kRegistry)) {
    if (row.state != registry::v1::ENROLMENT_STATE_ACTIVE) continue;
    const bool pkh = row.programme == type::v1::PROGRAMME_PKH;
    Count(lives_in[row.family_id], pkh ? rv::INDICATOR_PKH_ACTIVE : rv::INDICATOR_SEMBAKO_ACTIVE, 1, figures);
  }
  CountGraduations(platform, figures);
  for (const auto& row : RowsOf<mentoring::CaseRow>(platform, kMentoring)) {
    const int indicator = row.stage == mentoring::v1::CASE_STAGE_WAITING   ? rv::INDICATOR_CASES_WAITING
                          : row.stage == mentoring::v1::CASE_STAGE_MATCHED ? rv::INDICATOR_CASES_MATCHED
                                                                           : rv::INDICATOR_CASES_MENTORED;
    Count(row.village, indicator, 1, figures);
  }
  return figures;
}

}  // namespace

void CheckFigures(Platform& platform, const Officials& officials) {
  Figures is;
  for (const auto& row : RowsOf<reporting::FigureRow>(platform, kReporting)) is[{row.region.ToCell(), row.indicator}] += row.change;
  Figures should_be = Recount(platform);
  const int64_t nation = RegionCode().ToCell();
  for (const auto& row : RowsOf<mentoring::MilestoneRow>(platform, kMentoring)) {
    if (row.milestone == mentoring::v1::MILESTONE_MONEY_SEPARATED) ++should_be[{nation, rv::INDICATOR_MONEY_SEPARATED}];
  }
  for (const auto& [place, statuses] : officials.replies()) {
    if (statuses.back() == province::v1::REPORT_STATUS_REJECTED) ++should_be[{nation, rv::INDICATOR_REPORTS_REJECTED}];
  }
  // Where these two count is in facts alone.
  std::erase_if(is, [&](const auto& f) { return f.first.second >= rv::INDICATOR_MONEY_SEPARATED && f.first.first != nation; });
  std::erase_if(is, [](const auto& f) { return f.second == 0; });
  std::erase_if(should_be, [](const auto& f) { return f.second == 0; });
  if (is == should_be) return;
  for (const auto& [key, value] : should_be) {
    if (is[key] != value) platform.Blame("region ", key.first, " indicator ", key.second, ": ", is[key], " instead of ", value);
  }
  for (const auto& [key, value] : is) {
    if (value != 0 && !should_be.contains(key))
      platform.Blame("region ", key.first, " indicator ", key.second, ": ", value, " instead of 0");
  }
}

void CompareRebuilt(Platform& platform) {
  auto database = store::Open({.url = "sqlite::memory:", .cache_mib = 2});
  if (!database.ok() || !(*database)->Migrate(SchemaOf(kReporting)).ok()) return platform.Blame("no database to rebuild in");
  flow::testing::SteppedService rebuilt(*platform.bus, **database, Wire(kReporting), "rebuilt",
                                        [&platform] { return absl::FromUnixMillis(platform.now_ms); });
  absl::Status status = rebuilt.engine.Open();
  rebuilt.relay = std::make_unique<flow::Relay>(*platform.bus, **database, rebuilt.spec.source(), 0, rebuilt.spec.outputs);
  if (status.ok()) status = rebuilt.Join();
  for (int64_t before = -1; status.ok() && (before != rebuilt.read() || rebuilt.engine.SweepPending());) {
    before = rebuilt.engine.HasInputs() ? rebuilt.read() : -1;
    status = rebuilt.Handle();
  }
  for (const auto& row : RowsOf<flow::ParkedRow>(**database)) {
    if (row.unsequenced && status.ok()) status = rebuilt.engine.Discard({row.topic, row.partition}, row.offset);
  }
  if (status.ok()) status = rebuilt.engine.Replay().status();
  if (!status.ok()) return platform.Blame("rebuilding reporting: ", status.ToString());
  auto before = platform.database(kReporting).Snapshot();
  auto after = (*database)->Snapshot();
  for (const store::TableSpec* table : Wire(kReporting).schema.tables) {
    const auto is = store::Digest(**before, *table);
    const auto would_be = store::Digest(**after, *table);
    if (!is.ok() || !would_be.ok() || *is != *would_be)
      platform.Blame("reporting's ", table->name, " differs when it is built anew");
  }
}

}  // namespace berdaya::simulation
