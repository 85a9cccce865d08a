// What must be true of a tally service's topics, worked out from the topics alone.
//
// A plain model of tally_service.h that shares no code with the path: it reads what provinces published, says what has to be
// answered and published, and compares. Works on records from any bus.
#ifndef BERDAYA_COMMON_FLOW_TESTING_TALLY_MODEL_H_
#define BERDAYA_COMMON_FLOW_TESTING_TALLY_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/bus/bus.h"
#include "common/bus/memory.h"
#include "common/flow/testing/tally_service.h"

namespace berdaya::flow::testing {

struct SeenRecord {
  int64_t offset = 0;
  std::string key;
  std::string value;
  std::string type;
  std::string source;
  int64_t epoch = -1;
  int64_t sequence = -1;
};

// The records of every partition, oldest first.
using Seen = std::map<bus::TopicPartition, std::vector<SeenRecord>>;

Seen SeeAll(const bus::MemoryBus& bus, const TallyNames& names);

struct TallyChecks {
  // Repaired reports by province and offset: the new value, or nullopt for a discarded one.
  std::map<std::pair<int, int64_t>, std::optional<std::string>> repairs;
  // Everything published has been handled. Otherwise only what holds at any time is checked.
  bool settled = true;
  // The last day that was opened and swept.
  calendar::Day last_day;
  // A killed process may have left the same record twice in the log, in order; what consumers drop is dropped here too.
  bool repeats_allowed = false;
  // A broker that lost records and forgot who wrote them has them again, behind later ones: all are there, in any order.
  bool any_order = false;
  // Commands that were answered.
  int64_t commands = 0;
  // Not checked if empty: the values of TallyCountRow.
  std::map<std::string, int64_t> counts;
};

struct TallyFindings {
  std::vector<std::string> problems;
  int64_t published = 0;  // reports
  int64_t final = 0;
  int64_t open = 0;     // quarantined or waiting behind one
  int64_t asked = 0;    // waiting for upstream's answer
  int64_t repeats = 0;  // records that consumers have to drop
  int64_t facts = 0;
  int64_t notices = 0;

  std::string ToString() const;  // the problems, a line each; "" if there are none
};

TallyFindings CheckTally(const Seen& seen, const TallyNames& names, const TallyChecks& checks);

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_TALLY_MODEL_H_
