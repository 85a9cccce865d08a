// A small service for tests of the path: it counts the members of reported families.
//
// Made of real contracts, so that its topics can be read by anything: FamilyReported and GraduationRequested come in from
// provinces, FamilyGraduated and ReportOutcome from an upstream service, DayOpened from the calendar, ConfirmGraduation as a
// command. What it does is simple enough for a model that shares no code with the path (tally_model.h):
//   - a family is registered by its first report and changed by later ones, version by version; a report that is not newer than the
//     last one (reported_at, then report_id) changes nothing;
//   - a KK number belongs for ever to the family of the province that claimed it first;
//   - every 30 days after its registration a family's version rises (a sweep, and the event that comes first does the same);
//   - the first member's name asks for faults: REJECT, QUARANTINE, STOP (a defect), SILENT (a handler that forgets the answer),
//   HUGE (a
//     fact too large for any topic).
#ifndef BERDAYA_COMMON_FLOW_TESTING_TALLY_SERVICE_H_
#define BERDAYA_COMMON_FLOW_TESTING_TALLY_SERVICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/bus/topics.h"
#include "common/calendar/day.h"
#include "common/flow/handlers.h"
#include "common/flow/service_spec.h"
#include "common/store/table.h"

namespace berdaya::flow::testing {

inline constexpr int64_t kTallyPeriodDays = 30;
inline constexpr int64_t kDefectCase = 666;  // a command about it meets a defect

// The topics of one tally service; tests on one broker choose names that no other test uses.
struct TallyNames {
  std::vector<int> provinces = {33};
  std::string facts = "registry.facts.v1";
  std::string dead_letters = "registry.dead-letters.v1";
  std::string upstream = "upstream.facts.v1";
  std::string days{bus::kCalendarDays};
  // False: days come by partition from the upstream topic, and the command's day is that of its family's partition.
  bool republish_days = true;
};

struct TallyRow {
  int64_t family_id = 0;
  int32_t province = 0;
  std::string ref;
  int64_t version = 0;
  int64_t members = 0;
  int64_t reported_at_s = 0;
  std::string report_id;
  int32_t partition = 0;  // of its day
  calendar::Day due_on;
  int64_t periods = 0;
  static constexpr auto Describe() {
    return store::Table<TallyRow>(
        "tally", store::Key(store::Field("family_id", &TallyRow::family_id)),
        store::Fields(store::Field("province", &TallyRow::province), store::Field("ref", &TallyRow::ref),
                      store::Field("version", &TallyRow::version), store::Field("members", &TallyRow::members),
                      store::Field("reported_at_s", &TallyRow::reported_at_s), store::Field("report_id", &TallyRow::report_id),
                      store::Field("partition", &TallyRow::partition), store::Field("due_on", &TallyRow::due_on),
                      store::Field("periods", &TallyRow::periods)),
        store::Indexes(store::Index("tally_by_due", "partition", "due_on", "family_id")));
  }
  static constexpr int kByDue = 0;
};

struct TallyRefRow {
  int32_t province = 0;
  std::string ref;
  int64_t family_id = 0;
  static void LeadsTo(const TallyRefRow& row, KeySet& keys) { keys.Want<TallyRow>(row.family_id); }
  static constexpr auto Describe() {
    return store::Table<TallyRefRow>(
        "tally_ref", store::Key(store::Field("province", &TallyRefRow::province), store::Field("ref", &TallyRefRow::ref)),
        store::Fields(store::Field("family_id", &TallyRefRow::family_id)));
  }
};

struct TallyKkRow {
  int32_t province = 0;
  int64_t kk = 0;
  int64_t family_id = 0;
  static constexpr auto Describe() {
    return store::Table<TallyKkRow>(
        "tally_kk", store::Key(store::Field("province", &TallyKkRow::province), store::Field("kk", &TallyKkRow::kk)),
        store::Fields(store::Field("family_id", &TallyKkRow::family_id)));
  }
};

// A request that waits for the upstream service's answer.
struct TallyAskRow {
  int64_t position = 0;
  int32_t province = 0;
  int32_t partition = 0;
  int64_t offset = 0;
  std::string ce_id;
  static constexpr auto Describe() {
    return store::Table<TallyAskRow>(
        "tally_ask", store::Key(store::Field("position", &TallyAskRow::position)),
        store::Fields(store::Field("province", &TallyAskRow::province), store::Field("partition", &TallyAskRow::partition),
                      store::Field("offset", &TallyAskRow::offset), store::Field("ce_id", &TallyAskRow::ce_id)));
  }
};

// What may never count an effect twice: "reports", "members", "graduated", "confirmed".
struct TallyCountRow {
  std::string name;
  int64_t value = 0;
  static constexpr auto Describe() {
    return store::CounterTable<TallyCountRow>("tally_count", store::Key(store::Field("name", &TallyCountRow::name)),
                                              store::Fields(store::Field("value", &TallyCountRow::value)));
  }
};

// Its own tables and the path's.
store::Schema TallySchema();

ServiceSpec TallySpec(const TallyNames& names);

// What the topics of `names` have to be created with.
std::vector<bus::TopicSpec> TallyTopics(const TallyNames& names);

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_TALLY_SERVICE_H_
