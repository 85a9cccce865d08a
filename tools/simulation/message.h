// From an entry of the ledger to the record that goes into the log.
#ifndef BERDAYA_TOOLS_SIMULATION_MESSAGE_H_
#define BERDAYA_TOOLS_SIMULATION_MESSAGE_H_

#include <cstdint>
#include <string>

#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

struct Message {
  const char* type = "";  // ce_type
  std::string key;
  std::string id;  // ce_id
  std::string value;
};

// The record at this index of the ledger. A repeat is the same to the last byte, its id included.
void BuildMessage(const Ledger& ledger, uint32_t index, Message& message);

// The number that stands in the place of a good one.
uint64_t BadNumber(BadNik kind, uint64_t good);

// Which member of the household carries the bad number, and how it is bad.
inline int BadMember(const Record& record) { return record.detail >> 4; }
inline BadNik BadKind(const Record& record) { return static_cast<BadNik>(record.detail & 15); }

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_MESSAGE_H_
