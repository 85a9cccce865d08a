// Where an input came from, and what a handler may know of it besides its content.
#ifndef BERDAYA_COMMON_FLOW_ORIGIN_H_
#define BERDAYA_COMMON_FLOW_ORIGIN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/calendar/day.h"

namespace berdaya::flow {

// The place of an input, packed so that ids made from it are clustered by their slot and rise with the log:
// [command 1 bit][slot 7][generation 4][offset 40][ordinal 8]. The slot is the province of a report, else the partition.
class Position {
 public:
  static constexpr int kOrdinals = 256;

  constexpr Position() = default;
  static constexpr Position OfRecord(int slot, int generation, int64_t offset) {
    return Position(int64_t{slot} << 52 | int64_t{generation} << 48 | offset << 8);
  }
  // Ids made by a command come from a range of their own.
  static constexpr Position OfCommand(int64_t number) { return Position(int64_t{1} << 59 | number << 8); }

  // The id of the ordinal-th thing this input creates, 0 to 255.
  constexpr int64_t Id(int ordinal) const { return packed_ | ordinal; }
  constexpr int64_t packed() const { return packed_; }

 private:
  explicit constexpr Position(int64_t packed) : packed_(packed) {}
  int64_t packed_ = 0;
};

// Who asks, for commands. Filled by the gRPC shell.
struct Principal {
  std::string name;
  int64_t region = 0;  // packed region code of the scope; 0 is the nation
};

enum class InputKind { kReport, kFact, kDay, kCommand, kSweep };

struct Origin {
  InputKind kind = InputKind::kFact;
  int province = 0;       // the authority of a report's topic, two digits; 0 otherwise
  int32_t partition = 0;  // of the input topic; sweeps: the partition swept
  int64_t offset = -1;
  int64_t timestamp_ms = 0;  // when the record was appended to its log, UTC
  Position position;         // where ids come from
  calendar::Day day;         // the day of the input's partition; may be empty before the first DayOpened
  std::string_view ce_id;
  const Principal* principal = nullptr;  // commands only
  std::string_view request_id;           // commands only

  int64_t NewId(int ordinal) const { return position.Id(ordinal); }

  // The day to record what was decided under: the partition's day, or before the first DayOpened the day of the record.
  calendar::Day RecordedDay() const { return day.empty() ? calendar::JakartaDay(absl::FromUnixMillis(timestamp_ms)) : day; }
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_ORIGIN_H_
