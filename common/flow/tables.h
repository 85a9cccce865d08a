// The tables of the path itself; every service's database has them beside its own.
#ifndef BERDAYA_COMMON_FLOW_TABLES_H_
#define BERDAYA_COMMON_FLOW_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/calendar/day.h"
#include "common/store/table.h"

namespace berdaya::flow {

// How far an input partition is handled. Taking ownership and every commit raise the row version; a commit compares it, so that
// whoever lost the partition cannot write (the fence).
struct InputRow {
  std::string topic;
  int32_t partition = 0;
  int64_t next_offset = 0;
  int64_t last_hash = 0;   // of the record before next_offset: another record there means the log was cut and written again
  calendar::Day day;       // of the partition, where days arrive
  calendar::Day last_day;  // the last one opened; after `day` while a service that republishes days is on its way there
  static constexpr auto Describe() {
    return store::Table<InputRow>(
        "flow_input", store::Key(store::Field("topic", &InputRow::topic), store::Field("partition", &InputRow::partition)),
        store::Fields(store::Field("next_offset", &InputRow::next_offset), store::Field("last_hash", &InputRow::last_hash),
                      store::Field("day", &InputRow::day), store::Field("last_day", &InputRow::last_day)));
  }
};

// High-water mark of a source in an input partition: what is not above it is a repeat.
struct MarkRow {
  std::string topic;
  int32_t partition = 0;
  std::string source;
  int64_t epoch = 0;
  int64_t sequence = 0;
  int64_t hash = 0;  // of the record at the mark: another one with its sequence means that the log tells another history
  static constexpr auto Describe() {
    return store::Table<MarkRow>("flow_mark",
                                 store::Key(store::Field("topic", &MarkRow::topic), store::Field("partition", &MarkRow::partition),
                                            store::Field("source", &MarkRow::source)),
                                 store::Fields(store::Field("epoch", &MarkRow::epoch), store::Field("sequence", &MarkRow::sequence),
                                               store::Field("hash", &MarkRow::hash)));
  }
};

// The last sequence assigned in an output partition.
struct HeadRow {
  std::string topic;
  int32_t partition = 0;
  int64_t last_sequence = 0;
  static constexpr auto Describe() {
    return store::CounterTable<HeadRow>(
        "flow_head", store::Key(store::Field("topic", &HeadRow::topic), store::Field("partition", &HeadRow::partition)),
        store::Fields(store::Field("last_sequence", &HeadRow::last_sequence)));
  }
};

// What one transaction publishes to one output partition (outbox.h). Keyed by its last sequence, so that the segment that holds a
// sequence is the first one at or after it.
struct SegmentRow {
  std::string topic;
  int32_t partition = 0;
  int64_t last_sequence = 0;
  int64_t count = 0;
  int64_t epoch = 0;
  int64_t time_ms = 0;  // UTC, of the transaction
  std::string payload;
  int64_t first_sequence() const { return last_sequence - count + 1; }
  static constexpr auto Describe() {
    return store::Table<SegmentRow>(
        "flow_outbox",
        store::Key(store::Field("topic", &SegmentRow::topic), store::Field("partition", &SegmentRow::partition),
                   store::Field("last_sequence", &SegmentRow::last_sequence)),
        store::Fields(store::Field("count", &SegmentRow::count), store::Field("epoch", &SegmentRow::epoch),
                      store::Field("time_ms", &SegmentRow::time_ms), store::Field("payload", &SegmentRow::payload)));
  }
};

// The last sequence of an output partition known to be in the log, without a gap. At start the log's own tail says where to go on;
// this is for trimming, for logs that have expired, and to see from the tail that the log lost records meanwhile (relay.h).
struct CursorRow {
  std::string topic;
  int32_t partition = 0;
  int64_t sequence = 0;
  int64_t tail_sequence = 0;  // of our last record known to be in the log; above `sequence` while lost records are sent again
  int64_t tail_offset = -1;   // where that is; -1: not known
  friend bool operator==(const CursorRow&, const CursorRow&) = default;
  static constexpr auto Describe() {
    return store::Table<CursorRow>(
        "flow_cursor", store::Key(store::Field("topic", &CursorRow::topic), store::Field("partition", &CursorRow::partition)),
        store::Fields(store::Field("sequence", &CursorRow::sequence), store::Field("tail_sequence", &CursorRow::tail_sequence),
                      store::Field("tail_offset", &CursorRow::tail_offset)));
  }
};

// Whose turn it is to relay (lease.h). The row version is the holder's sign of life.
struct LeaseRow {
  std::string name;   // "relay"
  int64_t owner = 0;  // rises whenever the turn changes hands
  bool held = false;
  static constexpr auto Describe() {
    return store::Table<LeaseRow>("flow_lease", store::Key(store::Field("name", &LeaseRow::name)),
                                  store::Fields(store::Field("owner", &LeaseRow::owner), store::Field("held", &LeaseRow::held)));
  }
};

// Numbers that only rise: "command" (positions of commands, taken in blocks), "operation", "instance" (starts of an instance),
// "guard/…" (guard.h) and "epoch" (0: beginning a new one is not built yet).
struct NumberRow {
  std::string name;
  int64_t value = 0;
  static constexpr auto Describe() {
    return store::CounterTable<NumberRow>("flow_number", store::Key(store::Field("name", &NumberRow::name)),
                                          store::Fields(store::Field("value", &NumberRow::value)));
  }
};

// An accepted command with its answer: the same request_id gives the same answer.
struct CommandRow {
  std::string principal;
  std::string request_id;
  std::string method;  // full name of the request message
  int64_t request_hash = 0;
  std::string response;
  static constexpr auto Describe() {
    return store::Table<CommandRow>(
        "flow_command",
        store::Key(store::Field("principal", &CommandRow::principal), store::Field("request_id", &CommandRow::request_id)),
        store::Fields(store::Field("method", &CommandRow::method), store::Field("request_hash", &CommandRow::request_hash),
                      store::Field("response", &CommandRow::response)));
  }
};

// A record that waits for a repair (quarantined), or behind one (waiting), with its original bytes.
struct ParkedRow {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  bool waiting = false;
  std::string code;
  std::string field;
  std::string reason;  // for operators, without personal data
  std::string ce_id;
  std::string type;
  std::string key;
  std::string value;
  bool repaired = false;     // value was replaced by an operator
  bool unsequenced = false;  // of a facts topic, and no service of ours can have written it
  int64_t timestamp_ms = 0;  // when the record was appended to its log, UTC
  int64_t number = 0;        // order in which records were parked, over all topics: replayed in this order
  static constexpr auto Describe() {
    return store::Table<ParkedRow>(
        "flow_parked",
        store::Key(store::Field("topic", &ParkedRow::topic), store::Field("partition", &ParkedRow::partition),
                   store::Field("offset", &ParkedRow::offset)),
        store::Fields(store::Field("waiting", &ParkedRow::waiting), store::Field("code", &ParkedRow::code),
                      store::Field("field", &ParkedRow::field), store::Field("reason", &ParkedRow::reason),
                      store::Field("ce_id", &ParkedRow::ce_id), store::Field("type", &ParkedRow::type),
                      store::Field("key", &ParkedRow::key), store::Field("value", &ParkedRow::value),
                      store::Field("repaired", &ParkedRow::repaired), store::Field("unsequenced", &ParkedRow::unsequenced),
                      store::Field("timestamp_ms", &ParkedRow::timestamp_ms), store::Field("number", &ParkedRow::number)));
  }
};

// A key that a parked record named (hash of table and key): later records that name it wait.
struct ParkedKeyRow {
  int64_t hash = 0;
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  bool present = true;
  static constexpr auto Describe() {
    return store::Table<ParkedKeyRow>(
        "flow_parked_key",
        store::Key(store::Field("hash", &ParkedKeyRow::hash), store::Field("topic", &ParkedKeyRow::topic),
                   store::Field("partition", &ParkedKeyRow::partition), store::Field("offset", &ParkedKeyRow::offset)),
        store::Fields(store::Field("present", &ParkedKeyRow::present)));
  }
};

// What an operator did about parked records. Never erased.
struct OperationRow {
  int64_t number = 0;
  std::string action;  // repair, discard, replay
  std::string topic;   // of the record; empty for a replay
  int32_t partition = 0;
  int64_t offset = 0;
  std::string principal;
  std::string reason;
  int64_t at_ms = 0;  // UTC
  static constexpr auto Describe() {
    return store::Table<OperationRow>(
        "flow_operation", store::Key(store::Field("number", &OperationRow::number)),
        store::Fields(store::Field("action", &OperationRow::action), store::Field("topic", &OperationRow::topic),
                      store::Field("partition", &OperationRow::partition), store::Field("offset", &OperationRow::offset),
                      store::Field("principal", &OperationRow::principal), store::Field("reason", &OperationRow::reason),
                      store::Field("at_ms", &OperationRow::at_ms)));
  }
};

// All of them, to be put first into a service's schema.
std::vector<const store::TableSpec*> FlowTables();

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_TABLES_H_
