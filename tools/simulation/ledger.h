// What the simulated provinces and the simulated ministry did, in order: the publisher's own books.
//
// The workload writes it, the checker works out from it alone what must be true. In a file it is text, one line an entry, so that a
// person can look something up.
#ifndef BERDAYA_TOOLS_SIMULATION_LEDGER_H_
#define BERDAYA_TOOLS_SIMULATION_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/simulation/days.h"
#include "tools/simulation/household.h"

namespace berdaya::simulation {

inline constexpr uint32_t kNone = 0xffffffff;

enum class Kind : uint8_t { kFamily, kNominated, kRequested, kRecommended, kDecided };
enum class Programme : uint8_t { kPkh = 1, kSembako = 2 };

// What was done wrong on purpose.
enum class Fault : uint8_t { kNone, kBadNik, kUnknownRegion, kOtherProvince, kRepeated, kUndecodable };
inline constexpr int kFaults = 6;
const char* FaultName(Fault fault);

// One published record.
struct Record {
  Kind kind = Kind::kFamily;
  Fault fault = Fault::kNone;
  uint8_t detail = 0;    // which kind of the fault; where it matters, the member in the upper four bits
  uint8_t province = 0;  // of the topic
  Programme programme = Programme::kPkh;
  uint16_t officer = 0;
  uint32_t family = kNone;     // index into Ledger::families
  uint32_t household = kNone;  // index into Ledger::households: what a FamilyReported says
  uint32_t repeats = kNone;    // index into Ledger::records: what it repeats, byte by byte
  uint64_t office = 0;
  uint64_t village = 0;  // as reported; differs from the household's in a fault
  Day occurred_on = 0;
  int64_t reported_at_us = 0;
  int64_t case_id = 0;  // kDecided
  int64_t offset = -1;  // as the broker acknowledged it; -1: never acknowledged
};

// The bad number that a record with Fault::kBadNik carries, in the member of `detail`.
enum class BadNik : uint8_t { kFifteenDigits, kImpossibleProvince, kImpossibleDate, kSerialZero };
// The ways of Fault::kOtherProvince.
enum class OtherProvince : uint8_t { kVillage, kOffice };

// A decision of the ministry on a nomination, as the registry answered it.
struct Decision {
  uint32_t family = 0;
  Programme programme = Programme::kPkh;
  bool enrolled = false;
  Day starts_on = 0;
  int status = 0;  // registry.v1.DecisionStatus; 0: no answer
};

// A session that a partner held, or a milestone that it recorded.
struct Mentoring {
  uint32_t family = 0;
  int64_t case_id = 0;
  Day day = 0;
  int milestone = 0;  // enterprise_mentoring.v1.Milestone; 0: a session
  bool accepted = false;
};

// Things of one kind done between two waits.
struct Step {
  enum class What : uint8_t { kReports, kDecisions, kDays, kMous, kMentoring };
  What what = What::kReports;
  uint32_t begin = 0;  // of records, decisions or mentorings
  uint32_t end = 0;
  Day first = 0;  // kDays: opened from here
  Day last = 0;   // to here; kMous: signed on
};

struct Family {
  uint8_t province = 0;
  int64_t family_id = 0;  // as replied; 0: never
};

// An MoU of the ministry's, with its partner.
struct MouTerms {
  std::string partner_id;
  std::string partner_name;
  std::string mou_number;
  Day signed_on = 0;
  int capacity = 0;
  std::vector<uint64_t> areas;
};

struct Ledger {
  uint64_t seed = 0;
  double seconds = 0;     // from the first record to the last wait
  bool complete = false;  // the workload came to its end
  std::vector<Family> families;
  std::vector<Household> households;
  std::vector<Record> records;
  std::vector<Decision> decisions;
  std::vector<Mentoring> mentorings;
  std::vector<MouTerms> mous;
  std::vector<Step> steps;

  Day LastDay() const;  // the last day opened; 0 if none
};

// The province's own reference of a family, such as "k32-000123", and back; kNone if it is no such reference.
std::string RefOf(int province, uint32_t family);
uint32_t FamilyOf(const std::string& ref);
std::string OfficerOf(const Record& record);

absl::Status Save(const Ledger& ledger, const std::string& path);
absl::StatusOr<Ledger> Load(const std::string& path);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_LEDGER_H_
