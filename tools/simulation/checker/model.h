// What must be true, worked out from the ledger alone by the checker's own reading of the rules: protos/, docs/events.md and
// docs/rejections.md. It knows nothing of how the workload planned anything.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_MODEL_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_MODEL_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "berdaya/enterprise_mentoring/v1/types.pb.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/registry/v1/registry_service.pb.h"
#include "berdaya/reporting/v1/reporting_service.pb.h"
#include "tools/simulation/checker/components.h"
#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

// The one final outcome of a record.
struct ExpectedOutcome {
  province::v1::ReportStatus status = province::v1::REPORT_STATUS_UNSPECIFIED;
  std::string code;
  std::string field;
};

struct ExpectedEnrolment {
  registry::v1::EnrolmentState state = registry::v1::ENROLMENT_STATE_UNSPECIFIED;
  std::string round;
  Day starts_on = 0;
  Day ended_on = 0;
};

// A family's way through PKH.
struct ExpectedCase {
  graduation::v1::CaseState state = graduation::v1::CASE_STATE_UNSPECIFIED;  // unspecified: no case
  int64_t version = 0;
  Day enrolled_on = 0;
  type::v1::GraduationKind kind = type::v1::GRADUATION_KIND_UNSPECIFIED;
  int warned_months = 0;
  bool requested = false;
  Day proposed_on = 0;
  std::string recommended_by;
  std::string decided_by;
  Day graduated_on = 0;
  bool open() const { return state == graduation::v1::CASE_STATE_FOLLOWED || state == graduation::v1::CASE_STATE_PROPOSED; }
};

enum class Place { kNone, kWaits, kTaken, kEither };  // either: the last places of a month, in whatever order graduates came

struct ExpectedMentoring {
  Place place = Place::kNone;  // none: no case
  int mou = -1;                // index into Ledger::mous, where taken or either
  bool queued = false;         // it waited before it was taken
  uint64_t village = 0;
  int moves = 0;  // after it was opened; within a district, so that no MoU and no figure cares
  Day opened_on = 0;
  Day matched_on = 0;
  int sessions = 0;
  Day first_session_on = 0;
  int milestones = 0;
};

enum Notice { kEnrolmentDecided, kTimeLimitWarned, kProposed, kWithdrawn, kConfirmed, kOffered, kNotices };

struct ExpectedFamily {
  uint32_t household = kNone;  // as last accepted; kNone: not registered
  int64_t version = 0;
  int64_t reported_at_us = 0;
  Components components;                        // as last published
  std::array<ExpectedEnrolment, 3> enrolments;  // by Programme
  ExpectedCase pkh_case;
  ExpectedMentoring mentoring;
  std::array<int, kNotices> notices{};
  Day due = 0;  // when time alone may change something again; 0: never
};

// Something that figures count: so much more or less of an indicator, at a place, on a day.
struct Count {
  reporting::v1::Indicator indicator = reporting::v1::INDICATOR_UNSPECIFIED;
  int32_t change = 0;
  uint64_t region = 0;  // village, or the office of a rejection
  Day day = 0;
};

struct Expected {
  std::vector<ExpectedOutcome> outcomes;  // by record
  std::vector<ExpectedFamily> families;
  std::vector<Count> counts;
  // Places that have to be taken under each MoU, of all and of those who came in the month in which they ran out.
  std::vector<int> taken;
  std::vector<int> taken_of_either;
};

Expected WorkOut(const Ledger& ledger);

// Adds the stocks of mentoring cases to the counts. Not before it is settled who took the last places (Place::kEither).
void CountMentoring(Expected& world);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_MODEL_H_
