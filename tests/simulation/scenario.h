// What the provinces, the ministry, the days and strangers do, from a seed alone: phases of intents. Within a phase the order of
// what reaches different topics and services does not matter to what is true in the end; between phases it does.
#ifndef BERDAYA_TESTS_SIMULATION_SCENARIO_H_
#define BERDAYA_TESTS_SIMULATION_SCENARIO_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berdaya/enterprise_mentoring/v1/types.pb.h"
#include "common/calendar/day.h"

namespace berdaya::simulation {

struct Intent {
  enum class Kind {
    kReport,    // a province publishes these bytes
    kDay,       // a day opens
    kEnrol,     // the ministry decides on a nomination, once the family is known
    kDecide,    // the dinas decide on every proposal that they have read of
    kConfirm,   // the ministry confirms one that waits for longer
    kPartner,   // the ministry registers a partner
    kMou,       // and signs an MoU with it
    kMentor,    // a session, and now and then a milestone, of every family that a partner has taken
    kStranger,  // somebody who is no service writes into a topic of facts: it says that a family has graduated
    kDamaged,   // another publisher's fact arrives damaged, and an operator knows what it should be
  };
  Kind kind = Kind::kReport;
  int province = 0;
  std::string ref;
  std::string type;   // of a report
  std::string value;  // of a report
  std::string id;     // of a report: its ce_id; of everything else a name that is its own
  bool must_be_rejected = false;
  calendar::Day day;
  bool enrolled = false;
  uint64_t random = 0;
  enterprise_mentoring::v1::Mou mou;
};

using Phase = std::vector<Intent>;

struct Scenario {
  calendar::Day first_day;
  calendar::Day last_day;
  std::vector<Phase> phases;
};

// `strict`: nobody fights over a partner's places, whose winner is who comes first.
Scenario MakeScenario(uint64_t seed, bool strict);

// The seconds since 1970 of 08:00 in Jakarta on a day.
int64_t MorningOf(calendar::Day day);

std::string_view NameOf(Intent::Kind kind);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TESTS_SIMULATION_SCENARIO_H_
