// Debian 12 builds Abseil with a string_view of its own, Debian 13 with the standard one.
#ifndef BERDAYA_COMMON_BUS_TEXT_H_
#define BERDAYA_COMMON_BUS_TEXT_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace berdaya::bus {

// A standard view as Abseil's functions take it.
inline absl::string_view Text(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace berdaya::bus

#endif  // BERDAYA_COMMON_BUS_TEXT_H_
