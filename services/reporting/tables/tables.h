// What reporting keeps.
#ifndef BERDAYA_SERVICES_REPORTING_TABLES_TABLES_H_
#define BERDAYA_SERVICES_REPORTING_TABLES_TABLES_H_

#include <cstdint>
#include <vector>

#include "berdaya/enterprise_mentoring/v1/types.pb.h"
#include "berdaya/reporting/v1/reporting_service.pb.h"
#include "common/region/region_code.h"
#include "common/store/store.h"

namespace berdaya::reporting {

// What a month changed of an indicator in a region. The figure at the end of a month is the sum of the changes up to it.
//
// The key begins with the region's parent, so that the children of a region are one range and a region alone is a short one; months
// come before indicators, so that a region's figures up to a month are one range too.
struct FigureRow {
  region::RegionCode parent;  // the nation's is the nation
  region::RegionCode region;  // nation, province, regency or district
  int32_t month = 0;          // calendar::Day::MonthIndex
  v1::Indicator indicator = v1::INDICATOR_UNSPECIFIED;
  int64_t change = 0;
  static constexpr auto Describe() {
    return store::CounterTable<FigureRow>(
        "figure",
        store::Key(store::Field("parent", &FigureRow::parent), store::Field("region", &FigureRow::region),
                   store::Field("month", &FigureRow::month), store::Field("indicator", &FigureRow::indicator)),
        store::Fields(store::Field("change", &FigureRow::change)));
  }
};

// A family as the registry's facts tell it: what it counts for now, which a later fact may have to take away.
struct FamilyRow {
  int64_t family_id = 0;
  int64_t version = 0;  // of its last fact
  region::RegionCode village;
  int32_t members = 0;
  bool pkh_active = false;
  bool sembako_active = false;
  static constexpr auto Describe() {
    return store::Table<FamilyRow>(
        "family", store::Key(store::Field("family_id", &FamilyRow::family_id)),
        store::Fields(store::Field("version", &FamilyRow::version), store::Field("village", &FamilyRow::village),
                      store::Field("members", &FamilyRow::members), store::Field("pkh_active", &FamilyRow::pkh_active),
                      store::Field("sembako_active", &FamilyRow::sembako_active)));
  }
};

// How far the facts of one of graduation's cases have been read. A graduation stays counted where it happened. A family that enrols
// again has a new case, whose versions begin at 1 again.
struct GraduationRow {
  int64_t case_id = 0;
  int64_t version = 0;
  static constexpr auto Describe() {
    return store::Table<GraduationRow>("graduation_case", store::Key(store::Field("case_id", &GraduationRow::case_id)),
                                       store::Fields(store::Field("version", &GraduationRow::version)));
  }
};

// A mentoring case as the facts of enterprise mentoring tell it.
struct CaseRow {
  int64_t case_id = 0;
  int64_t version = 0;
  region::RegionCode village;  // as the last fact of the case names it
  enterprise_mentoring::v1::CaseStage stage = enterprise_mentoring::v1::CASE_STAGE_UNSPECIFIED;
  bool money_separated = false;
  static constexpr auto Describe() {
    return store::Table<CaseRow>(
        "mentoring_case", store::Key(store::Field("case_id", &CaseRow::case_id)),
        store::Fields(store::Field("version", &CaseRow::version), store::Field("village", &CaseRow::village),
                      store::Field("stage", &CaseRow::stage), store::Field("money_separated", &CaseRow::money_separated)));
  }
};

// All tables of reporting.
std::vector<const store::TableSpec*> Tables();

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_TABLES_TABLES_H_
