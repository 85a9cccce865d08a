// What a service is made of, as the path of an event sees it.
#ifndef BERDAYA_COMMON_FLOW_SERVICE_SPEC_H_
#define BERDAYA_COMMON_FLOW_SERVICE_SPEC_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bus/bus.h"
#include "common/flow/handlers.h"
#include "common/store/store.h"

namespace berdaya::flow {

// What a rejection says to people.
struct Sentence {
  std::string_view id;  // Indonesian
  std::string_view en;  // English
};

struct ServiceSpec {
  std::string name;                          // "registry": the ce_source is berdaya/<name>, whatever instance it is
  std::string facts_topic;                   // where Outcome::Publish goes
  std::string dead_letters_topic;            // where a notice of each quarantined record goes, without its content
  std::vector<std::string> inputs;           // topics read
  std::vector<bus::TopicPartition> outputs;  // every partition that may be written
  std::vector<bus::TopicSpec> topics;        // what must exist before anything is read: inputs and outputs, as declared
  // The topic whose DayOpened events move this service's days. Where it is the facts topic of another service, days are kept by
  // partition; where republish_days is set, a day holds for the whole service and is published again into every partition of
  // facts_topic, missing days in order.
  std::string day_topic;
  bool republish_days = false;
  store::Schema schema;  // the service's own tables and migrations; the path's tables are added to it
  Handlers handlers;
  const void* env = nullptr;  // what View::env gives to handlers; outlives the service

  // Where reports are read: what to publish for a rejected one, and what a code says to people.
  std::function<void(const Origin&, const ReportNames&, std::string_view code, Outcome&)> on_rejected;
  std::function<Sentence(std::string_view code)> sentence_of;

  std::string source() const { return "berdaya/" + name; }
};

// Decides about a record that cannot be handled now, in one place for all services.
enum class Fate {
  kReject,      // answered: the sender has to mend it
  kQuarantine,  // parked: an operator has to mend it
  kRetry,       // infrastructure: roll back, wait, again
  kStop,        // close, readiness off, alarm
};

// `from_decision`: the status comes from decoding or deciding, not from store or bus.
Fate FateOf(const absl::Status& status, InputKind kind, bool from_decision);

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_SERVICE_SPEC_H_
