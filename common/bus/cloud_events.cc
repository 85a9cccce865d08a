#include "common/bus/cloud_events.h"

namespace berdaya::bus {
namespace {

int64_t NumberOf(std::string_view value) {
  int64_t number = -1;
  const char* end = value.data() + value.size();
  auto [stop, error] = std::from_chars(value.data(), end, number);
  return error == std::errc() && stop == end && number >= 0 ? number : -1;
}

}  // namespace

void SetHeader(std::string_view name, std::string_view value, EventHeaders& headers) {
  // Runs about ten times a record: the length leaves one or two candidates.
  switch (name.size()) {
    case 5:
      if (name == "ce_id") headers.id = value;
      break;
    case 7:
      if (name == "ce_type") headers.type = value;
      if (name == "ce_time") headers.time = value;
      break;
    case 8:
      if (name == "ce_epoch") headers.epoch = NumberOf(value);
      break;
    case 9:
      if (name == "ce_source") headers.source = value;
      break;
    case 10:
      if (name == "ce_subject") headers.subject = value;
      break;
    case 11:
      if (name == "ce_sequence") headers.sequence = NumberOf(value);
      if (name == "traceparent") headers.traceparent = value;
      break;
    case 12:
      if (name == "content-type") headers.content_type = value;
      break;
    case 14:
      if (name == "ce_specversion") headers.spec_version = value;
      break;
    default:
      break;
  }
}

int64_t HeaderBytes(const EventHeaders& headers) {
  int64_t bytes = 0;
  ForEachHeader(headers,
                [&](std::string_view name, std::string_view value) { bytes += static_cast<int64_t>(name.size() + value.size()); });
  return bytes;
}

}  // namespace berdaya::bus
