#include "tests/simulation/state.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/bus/topics.h"
#include "common/flow/stable_hash.h"
#include "common/store/digest.h"
#include "services/enterprise_mentoring/tables/tables.h"
#include "services/graduation/tables/tables.h"
#include "services/registry/tables/tables.h"
#include "services/reporting/tables/tables.h"
#include "tests/simulation/rows.h"

namespace berdaya::simulation {
namespace {

using CaseNames = std::map<int64_t, std::string>;

CaseNames NameCases(Platform& platform) {
  CaseNames names;
  std::map<int64_t, int> of_family;
  for (const auto& row : RowsOf<graduation::CaseRow>(platform, kGraduation)) {
    names[row.case_id] = absl::StrCat("graduation-", row.family_id, "-", ++of_family[row.family_id]);
  }
  for (const auto& row : RowsOf<mentoring::CaseRow>(platform, kMentoring)) {
    names[row.case_id] = absl::StrCat("mentoring-", row.family_id);
  }
  return names;
}

bool NamesCase(const std::string& column) {
  return column == "case_id" || column == "previous_case_id" || column == "graduation_case_id";
}

std::string LineOf(const store::TableSpec& table, store::CellSource& cells, const CaseNames& names) {
  std::string line = table.name;
  for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
    const store::ColumnSpec& column = table.columns[i];
    absl::StrAppend(&line, " ", column.name, "=");
    if (column.type == store::CellType::kText) {
      absl::StrAppend(&line, std::string(cells.Text(i)));
      continue;
    }
    const auto named = NamesCase(column.name) ? names.find(cells.Int(i)) : names.end();
    absl::StrAppend(&line, named != names.end() ? named->second : absl::StrCat(cells.Int(i)));
  }
  return line;
}

// A counter that went up and down again counts for nothing.
bool CountsForNothing(const store::TableSpec& table, store::CellSource& cells) {
  return table.kind == store::TableKind::kCounter && cells.Int(static_cast<int>(table.columns.size()) - 1) == 0;
}

}  // namespace

std::vector<std::string> StateOf(Platform& platform) {
  const CaseNames names = NameCases(platform);
  std::vector<std::string> lines;
  for (int s = 0; s < kServices; ++s) {
    const auto service = static_cast<Service>(s);
    auto reader = platform.database(service).Snapshot();
    for (const store::TableSpec* table : Wire(service).schema.tables) {
      const absl::Status status = (*reader)->Scan(*table, {.limit = kAllRows}, [&](size_t, store::CellSource& cells, int64_t) {
        if (!CountsForNothing(*table, cells)) lines.push_back(absl::StrCat(kServiceNames[s], " ", LineOf(*table, cells, names)));
      });
      if (!status.ok()) platform.Blame("reading ", table->name, ": ", status.ToString());
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> ReportedStateOf(Platform& platform) {
  std::map<int64_t, std::string> families;
  std::vector<std::string> lines;
  for (const auto& row : RowsOf<registry::FamilyRow>(platform, kRegistry)) {
    families[row.family_id] = absl::StrCat(row.province, " ", row.local_family_ref);
    lines.push_back(absl::StrCat("family ", families[row.family_id], " kk ", row.kk, " village ", row.village.ToCell(), " at ",
                                 row.reported_at_us, " content ", row.content_hash));
  }
  for (const auto& row : RowsOf<registry::PersonRow>(platform, kRegistry)) {
    lines.push_back(absl::StrCat("person ", row.nik, " ", row.name, " ", row.birth_date.ToCell(), " ", row.traits.ToCell(), " in ",
                                 row.family_id == 0 ? "" : families[row.family_id]));
  }
  for (const auto& row : RowsOf<registry::NikRow>(platform, kRegistry)) {
    lines.push_back(absl::StrCat("nik ", row.nik, " in ", row.family_id == 0 ? "" : families[row.family_id]));
  }
  for (const auto& row : RowsOf<registry::KkRow>(platform, kRegistry)) {
    lines.push_back(absl::StrCat("kk ", row.kk, " of ", families[row.family_id]));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

uint64_t FingerprintOf(Platform& platform) {
  flow::StableHash hash;
  for (const bus::TopicSpec& topic : bus::AllTopics({kProvinces.begin(), kProvinces.end()})) {
    for (int32_t p = 0; p < topic.partitions; ++p) {
      hash.Text(topic.name).Int(p);
      for (const auto& record : platform.bus->Records({topic.name, p})) {
        hash.Int(record->timestamp_ms).Text(record->key).Text(record->value).Text(record->header_text);
        hash.Int(record->headers.epoch).Int(record->headers.sequence);
      }
    }
  }
  for (int s = 0; s < kServices; ++s) {
    const auto service = static_cast<Service>(s);
    auto reader = platform.database(service).Snapshot();
    for (const store::TableSpec* table : SchemaOf(service).tables) {
      const auto digest = store::Digest(**reader, *table);
      if (!digest.ok()) platform.Blame("digest of ", table->name, ": ", digest.status().ToString());
      if (digest.ok()) hash.Text(digest->ToString());
    }
  }
  return hash.Value();
}

void Count(Platform& platform, RunResult& result) {
  for (const int province : kProvinces) {
    result.records += static_cast<int64_t>(platform.bus->Records({bus::ReportsTopic(province), 0}).size());
  }
  for (const auto& row : RowsOf<graduation::CaseRow>(platform, kGraduation)) {
    result.graduations += row.state == graduation::v1::CASE_STATE_GRADUATED;
  }
  for (const auto& row : RowsOf<mentoring::CaseRow>(platform, kMentoring)) result.matched += row.partner_id.empty() ? 0 : 1;
}

}  // namespace berdaya::simulation
