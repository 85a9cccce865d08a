// What enterprise mentoring keeps.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_TABLES_TABLES_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_TABLES_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "berdaya/enterprise_mentoring/v1/types.pb.h"
#include "berdaya/type/v1/programme.pb.h"
#include "common/calendar/day.h"
#include "common/flow/view.h"
#include "common/region/region_code.h"
#include "common/store/store.h"
#include "services/enterprise_mentoring/domain/milestones.h"

namespace berdaya::mentoring {

namespace v1 = enterprise_mentoring::v1;

// The mentoring case of a family; a family has one.
struct CaseRow {
  int64_t family_id = 0;
  int64_t case_id = 0;
  int64_t version = 0;  // of its last fact
  int64_t graduation_case_id = 0;
  v1::CaseStage stage = v1::CASE_STAGE_UNSPECIFIED;
  region::RegionCode village;
  region::RegionCode waiting_in;  // while it waits the regency of its village, else none (0): the waiting lines, one a regency
  type::v1::GraduationKind kind = type::v1::GRADUATION_KIND_UNSPECIFIED;
  calendar::Day graduated_on;
  calendar::Day opened_on;   // recorded_day of the graduation
  calendar::Day came_on;     // the day that MoUs are asked about: opened_on, or that of a move before a partner took it
  calendar::Day changed_on;  // recorded_day of its last fact
  std::string partner_id;    // with mou_number: empty while it waits
  std::string mou_number;
  calendar::Day matched_on;
  calendar::Day first_session_on;  // the earliest known
  int32_t sessions = 0;
  Milestones milestones;
  static void LeadsTo(const CaseRow& row, flow::KeySet& keys);
  static constexpr auto Describe() {
    return store::Table<CaseRow>(
        "mentoring_case", store::Key(store::Field("family_id", &CaseRow::family_id)),
        store::Fields(store::Field("case_id", &CaseRow::case_id), store::Field("version", &CaseRow::version),
                      store::Field("graduation_case_id", &CaseRow::graduation_case_id), store::Field("stage", &CaseRow::stage),
                      store::Field("village", &CaseRow::village), store::Field("waiting_in", &CaseRow::waiting_in),
                      store::Field("kind", &CaseRow::kind), store::Field("graduated_on", &CaseRow::graduated_on),
                      store::Field("opened_on", &CaseRow::opened_on), store::Field("came_on", &CaseRow::came_on),
                      store::Field("changed_on", &CaseRow::changed_on), store::Field("partner_id", &CaseRow::partner_id),
                      store::Field("mou_number", &CaseRow::mou_number), store::Field("matched_on", &CaseRow::matched_on),
                      store::Field("first_session_on", &CaseRow::first_session_on), store::Field("sessions", &CaseRow::sessions),
                      store::Field("milestones", &CaseRow::milestones)),
        store::Indexes(store::Index("case_by_village", "village", "family_id"),
                       store::Index("case_by_stage", "stage", "village", "family_id"),
                       store::Index("case_by_waiting", "waiting_in", "graduated_on", "family_id")));
  }
  static constexpr int kByVillage = 0;
  static constexpr int kByStage = 1;
  static constexpr int kByWaiting = 2;
};

// Whose case it is. A row of its own rather than an index, so that commands can name it before they are decided.
struct CaseIdRow {
  int64_t case_id = 0;
  int64_t family_id = 0;
  static void LeadsTo(const CaseIdRow& row, flow::KeySet& keys) { keys.Want<CaseRow>(row.family_id); }
  static constexpr auto Describe() {
    return store::Table<CaseIdRow>("case_id", store::Key(store::Field("case_id", &CaseIdRow::case_id)),
                                   store::Fields(store::Field("family_id", &CaseIdRow::family_id)));
  }
};

// Where a family lives that has changed since it was registered, graduated or not: the registry may tell of a move before
// graduation tells that the family has graduated where it lived until then.
struct ResidenceRow {
  int64_t family_id = 0;
  int64_t version = 0;  // of the registry's fact
  region::RegionCode village;
  calendar::Day changed_on;  // its recorded_day
  static constexpr auto Describe() {
    return store::Table<ResidenceRow>(
        "residence", store::Key(store::Field("family_id", &ResidenceRow::family_id)),
        store::Fields(store::Field("version", &ResidenceRow::version), store::Field("village", &ResidenceRow::village),
                      store::Field("changed_on", &ResidenceRow::changed_on)));
  }
};

struct PartnerRow {
  std::string partner_id;
  std::string name;
  v1::PartnerKind kind = v1::PARTNER_KIND_UNSPECIFIED;
  static constexpr auto Describe() {
    return store::Table<PartnerRow>(
        "partner", store::Key(store::Field("partner_id", &PartnerRow::partner_id)),
        store::Fields(store::Field("name", &PartnerRow::name), store::Field("kind", &PartnerRow::kind)));
  }
};

// An MoU and its places: the row that families fight over, so its row version is the fence.
struct MouRow {
  std::string mou_number;
  std::string partner_id;
  calendar::Day signed_on;
  calendar::Day opens_on;  // from when it takes families: signed_on, or the day it was recorded where that is later
  calendar::Day ends_on;
  // While families that wait are still to be taken: when, and nobody newer is taken before them. None once that is done.
  calendar::Day line_due_on;
  int64_t capacity = 0;
  int64_t taken = 0;
  std::string document;  // v1.Mou as it was recorded
  static void LeadsTo(const MouRow& row, flow::KeySet& keys) { keys.ReadAhead<PartnerRow>(row.partner_id); }
  int64_t free() const { return capacity - taken; }
  static constexpr auto Describe() {
    return store::Table<MouRow>(
        "mou", store::Key(store::Field("mou_number", &MouRow::mou_number)),
        store::Fields(store::Field("partner_id", &MouRow::partner_id), store::Field("signed_on", &MouRow::signed_on),
                      store::Field("opens_on", &MouRow::opens_on), store::Field("ends_on", &MouRow::ends_on),
                      store::Field("line_due_on", &MouRow::line_due_on), store::Field("capacity", &MouRow::capacity),
                      store::Field("taken", &MouRow::taken), store::Field("document", &MouRow::document)),
        store::Indexes(store::Index("mou_by_partner", "partner_id", "mou_number"),
                       store::Index("mou_by_line_due", "line_due_on", "mou_number")));
  }
  static constexpr int kByPartner = 0;
  static constexpr int kByLineDue = 1;
};

// The MoUs that name this very area. One row an area, so that the candidates of a family are four keys to read, not four scans.
struct AreaRow {
  region::RegionCode area;
  std::string mou_numbers;  // sorted, a line feed between
  static void LeadsTo(const AreaRow& row, flow::KeySet& keys);
  std::vector<std::string> Numbers() const;
  void Add(const std::string& mou_number);
  static constexpr auto Describe() {
    return store::Table<AreaRow>("mou_area", store::Key(store::Field("area", &AreaRow::area)),
                                 store::Fields(store::Field("mou_numbers", &AreaRow::mou_numbers)));
  }
};

struct SessionRow {
  int64_t case_id = 0;
  calendar::Day held_on;
  std::string mentor_ref;
  std::string topic;
  calendar::Day recorded_on;
  static constexpr auto Describe() {
    return store::Table<SessionRow>(
        "session", store::Key(store::Field("case_id", &SessionRow::case_id), store::Field("held_on", &SessionRow::held_on)),
        store::Fields(store::Field("mentor_ref", &SessionRow::mentor_ref), store::Field("topic", &SessionRow::topic),
                      store::Field("recorded_on", &SessionRow::recorded_on)));
  }
};

struct MilestoneRow {
  int64_t case_id = 0;
  int32_t milestone = 0;  // v1.Milestone
  calendar::Day reached_on;
  calendar::Day recorded_on;
  static constexpr auto Describe() {
    return store::Table<MilestoneRow>(
        "milestone",
        store::Key(store::Field("case_id", &MilestoneRow::case_id), store::Field("milestone", &MilestoneRow::milestone)),
        store::Fields(store::Field("reached_on", &MilestoneRow::reached_on),
                      store::Field("recorded_on", &MilestoneRow::recorded_on)));
  }
};

// All tables of enterprise mentoring.
std::vector<const store::TableSpec*> Tables();

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_TABLES_TABLES_H_
