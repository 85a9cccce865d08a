// CloudEvents 1.0 attributes as Kafka headers (Kafka binding, binary mode). Names are case-sensitive. Without state.
#ifndef BERDAYA_COMMON_BUS_CLOUD_EVENTS_H_
#define BERDAYA_COMMON_BUS_CLOUD_EVENTS_H_

#include <charconv>
#include <cstdint>
#include <string_view>

#include "common/bus/bus.h"

namespace berdaya::bus {

// Longest decimal of an int64_t, with its sign.
inline constexpr size_t kMaxNumberBytes = 20;

// Sets the attribute that a header carries, without copying: `value` must live as long as `headers`. Headers that are no attribute
// are passed over; a number that is none counts as absent (-1). Of a header that comes twice the last one counts.
void SetHeader(std::string_view name, std::string_view value, EventHeaders& headers);

// Calls visit(std::string_view name, std::string_view value) for each attribute that is there. Names end in a zero byte; values
// live as long as the call.
template <class Visit>
void ForEachHeader(const EventHeaders& headers, Visit&& visit) {
  auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) visit(name, value);
  };
  auto number = [&](std::string_view name, int64_t value) {
    if (value < 0) return;
    char digits[kMaxNumberBytes];
    const char* end = std::to_chars(digits, digits + kMaxNumberBytes, value).ptr;
    visit(name, std::string_view(digits, static_cast<size_t>(end - digits)));
  };
  text("ce_specversion", headers.spec_version);
  text("ce_id", headers.id);
  text("ce_source", headers.source);
  text("ce_type", headers.type);
  text("ce_subject", headers.subject);
  text("ce_time", headers.time);
  text("content-type", headers.content_type);
  text("traceparent", headers.traceparent);
  number("ce_epoch", headers.epoch);
  number("ce_sequence", headers.sequence);
}

// Bytes of the attributes' names and values, as limits count them.
int64_t HeaderBytes(const EventHeaders& headers);

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_CLOUD_EVENTS_H_
