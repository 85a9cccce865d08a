// What the registry keeps.
#ifndef BERDAYA_SERVICES_REGISTRY_TABLES_TABLES_H_
#define BERDAYA_SERVICES_REGISTRY_TABLES_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/registry_service.pb.h"
#include "common/calendar/day.h"
#include "common/flow/view.h"
#include "common/region/region_code.h"
#include "common/store/store.h"
#include "services/registry/domain/components.h"

namespace berdaya::registry {

// The small attributes of a person in one cell.
struct Traits {
  province::v1::Sex sex = province::v1::SEX_UNSPECIFIED;
  province::v1::Relation relation = province::v1::RELATION_UNSPECIFIED;
  province::v1::Schooling schooling = province::v1::SCHOOLING_UNSPECIFIED;
  bool pregnant = false;
  bool severe_disability = false;
  bool recipient = false;

  int64_t ToCell() const {
    return sex | relation << 2 | schooling << 6 | pregnant << 10 | severe_disability << 11 | recipient << 12;
  }
  static Traits FromCell(int64_t cell) {
    return {static_cast<province::v1::Sex>(cell & 3),
            static_cast<province::v1::Relation>(cell >> 2 & 15),
            static_cast<province::v1::Schooling>(cell >> 6 & 15),
            (cell >> 10 & 1) != 0,
            (cell >> 11 & 1) != 0,
            (cell >> 12 & 1) != 0};
  }
};

struct PersonRow {
  int64_t person_id = 0;
  int64_t family_id = 0;  // 0: has left its family
  int64_t nik = 0;        // 0: none known
  std::string name;
  calendar::Day birth_date;
  Traits traits;
  static constexpr auto Describe() {
    return store::Table<PersonRow>(
        "person", store::Key(store::Field("person_id", &PersonRow::person_id)),
        store::Fields(store::Field("family_id", &PersonRow::family_id), store::Field("nik", &PersonRow::nik),
                      store::Field("name", &PersonRow::name), store::Field("birth_date", &PersonRow::birth_date),
                      store::Field("traits", &PersonRow::traits)));
  }
};

struct FamilyRow {
  int64_t family_id = 0;
  int64_t version = 0;   // of its last fact
  int32_t province = 0;  // whose reports it follows
  std::string local_family_ref;
  int64_t kk = 0;  // 0: none known
  region::RegionCode village;
  int64_t reported_at_us = 0;  // of the report that holds, microseconds since 1970, UTC
  int64_t content_hash = 0;    // of that report
  std::string member_ids;      // packed; see PackIds
  Components components;       // as last published
  calendar::Day review_on;     // when a birthday changes them; none if none will, or while the family is not in PKH
  static void LeadsTo(const FamilyRow& row, flow::KeySet& keys);
  static constexpr auto Describe() {
    return store::Table<FamilyRow>(
        "family", store::Key(store::Field("family_id", &FamilyRow::family_id)),
        store::Fields(store::Field("version", &FamilyRow::version), store::Field("province", &FamilyRow::province),
                      store::Field("local_family_ref", &FamilyRow::local_family_ref), store::Field("kk", &FamilyRow::kk),
                      store::Field("village", &FamilyRow::village), store::Field("reported_at_us", &FamilyRow::reported_at_us),
                      store::Field("content_hash", &FamilyRow::content_hash), store::Field("member_ids", &FamilyRow::member_ids),
                      store::Field("components", &FamilyRow::components), store::Field("review_on", &FamilyRow::review_on)),
        store::Indexes(store::Index("family_by_village", "village", "family_id"),
                       store::Index("family_by_review", "review_on", "family_id")));
  }
  static constexpr int kByVillage = 0;
  static constexpr int kByReview = 1;
};

// Who holds a local_family_ref, a KK number, a NIK: rows of their own, so that two families that claim one meet in one place.
struct RefRow {
  int32_t province = 0;
  std::string local_family_ref;
  int64_t family_id = 0;
  static void LeadsTo(const RefRow& row, flow::KeySet& keys) { keys.Want<FamilyRow>(row.family_id); }
  static constexpr auto Describe() {
    return store::Table<RefRow>(
        "local_ref",
        store::Key(store::Field("province", &RefRow::province), store::Field("local_family_ref", &RefRow::local_family_ref)),
        store::Fields(store::Field("family_id", &RefRow::family_id)));
  }
};

struct KkRow {
  int64_t kk = 0;
  int64_t family_id = 0;
  static constexpr auto Describe() {
    return store::Table<KkRow>("kk", store::Key(store::Field("kk", &KkRow::kk)),
                               store::Fields(store::Field("family_id", &KkRow::family_id)));
  }
};

struct NikRow {
  int64_t nik = 0;
  int64_t person_id = 0;
  int64_t family_id = 0;  // 0: the person is in no family now
  // Who is in no family may be taken in, and no family leads to the person.
  static void LeadsTo(const NikRow& row, flow::KeySet& keys) {
    if (row.family_id == 0) keys.Want<PersonRow>(row.person_id);
  }
  static constexpr auto Describe() {
    return store::Table<NikRow>(
        "nik", store::Key(store::Field("nik", &NikRow::nik)),
        store::Fields(store::Field("person_id", &NikRow::person_id), store::Field("family_id", &NikRow::family_id)));
  }
};

struct EnrolmentRow {
  int64_t family_id = 0;
  int32_t programme = 0;  // type.v1.Programme
  v1::EnrolmentState state = v1::ENROLMENT_STATE_UNSPECIFIED;
  std::string round;  // of the last nomination
  calendar::Day starts_on;
  calendar::Day ended_on;
  int64_t nominated_at_us = 0;  // reported_at of the last nomination, microseconds since 1970, UTC
  static constexpr auto Describe() {
    return store::Table<EnrolmentRow>(
        "enrolment",
        store::Key(store::Field("family_id", &EnrolmentRow::family_id), store::Field("programme", &EnrolmentRow::programme)),
        store::Fields(store::Field("state", &EnrolmentRow::state), store::Field("round", &EnrolmentRow::round),
                      store::Field("starts_on", &EnrolmentRow::starts_on), store::Field("ended_on", &EnrolmentRow::ended_on),
                      store::Field("nominated_at_us", &EnrolmentRow::nominated_at_us)));
  }
};

// A decision of the ministry that was recorded, so that it is recorded once.
struct DecisionRow {
  std::string decision_id;
  int64_t family_id = 0;
  int32_t programme = 0;
  bool enrolled = false;
  calendar::Day starts_on;
  friend bool operator==(const DecisionRow&, const DecisionRow&) = default;
  static constexpr auto Describe() {
    return store::Table<DecisionRow>(
        "enrolment_decision", store::Key(store::Field("decision_id", &DecisionRow::decision_id)),
        store::Fields(store::Field("family_id", &DecisionRow::family_id), store::Field("programme", &DecisionRow::programme),
                      store::Field("enrolled", &DecisionRow::enrolled), store::Field("starts_on", &DecisionRow::starts_on)));
  }
};

// A report that was handed to another service, kept for good: by it a repeat is known and gets the same answer.
struct HandedRow {
  region::RegionCode office;  // that reported; a report_id is unique for it
  std::string local_family_ref;
  std::string report_id;
  int64_t position = 0;  // where its first record waits or waited (AwaitedRow)
  province::v1::ReportStatus status = province::v1::REPORT_STATUS_UNSPECIFIED;  // unspecified: not answered yet
  std::string code;                                                             // of a rejection
  std::string field;                                                            // of a rejection
  std::string reason;  // of a decision: free text of an officer, never published, never logged
  static void LeadsTo(const HandedRow& row, flow::KeySet& keys);
  static constexpr auto Describe() {
    return store::Table<HandedRow>(
        "handed_report",
        store::Key(store::Field("office", &HandedRow::office), store::Field("local_family_ref", &HandedRow::local_family_ref),
                   store::Field("report_id", &HandedRow::report_id)),
        store::Fields(store::Field("position", &HandedRow::position), store::Field("status", &HandedRow::status),
                      store::Field("code", &HandedRow::code), store::Field("field", &HandedRow::field),
                      store::Field("reason", &HandedRow::reason)));
  }
};

// A record of a report that another service answers: what its reply has to name.
struct AwaitedRow {
  int64_t position = 0;
  int32_t province = 0;
  int32_t partition = 0;
  int64_t offset = 0;
  std::string ce_id;
  std::string report_id;
  std::string local_family_ref;
  int64_t family_id = 0;
  region::RegionCode office;  // that reported
  int64_t repeat = 0;         // position of a repeat that waits for the same answer; 0: none
  static void LeadsTo(const AwaitedRow& row, flow::KeySet& keys);
  static constexpr auto Describe() {
    return store::Table<AwaitedRow>(
        "awaited_report", store::Key(store::Field("position", &AwaitedRow::position)),
        store::Fields(store::Field("province", &AwaitedRow::province), store::Field("partition", &AwaitedRow::partition),
                      store::Field("offset", &AwaitedRow::offset), store::Field("ce_id", &AwaitedRow::ce_id),
                      store::Field("report_id", &AwaitedRow::report_id),
                      store::Field("local_family_ref", &AwaitedRow::local_family_ref),
                      store::Field("family_id", &AwaitedRow::family_id), store::Field("office", &AwaitedRow::office),
                      store::Field("repeat", &AwaitedRow::repeat)));
  }
};

// A family's person ids as bytes: varints of the distance to the family_id, so that a family's own members take one byte each.
std::string PackIds(int64_t family_id, const std::vector<int64_t>& person_ids);
std::vector<int64_t> UnpackIds(int64_t family_id, const std::string& packed);

// All tables of the registry.
std::vector<const store::TableSpec*> Tables();

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_TABLES_TABLES_H_
