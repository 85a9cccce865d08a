// JSON by hand, for log lines and the health pages.
#ifndef BERDAYA_COMMON_SERVICE_JSON_TEXT_H_
#define BERDAYA_COMMON_SERVICE_JSON_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace berdaya::service {

// A JSON string, quotes included, on one line; bytes that are no UTF-8 become the replacement character.
std::string JsonQuote(std::string_view text);

// {"code":..,"reason":..,"field":..,"message":..}; what is empty is left out.
std::string JsonOf(const absl::Status& status);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_JSON_TEXT_H_
