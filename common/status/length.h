// How contracts count the length of a text: in characters, not in bytes.
#ifndef BERDAYA_COMMON_STATUS_LENGTH_H_
#define BERDAYA_COMMON_STATUS_LENGTH_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace berdaya {

// `text` is UTF-8, as every string of a message that was decoded.
inline bool HasAtMost(size_t most, std::string_view text) {
  const auto begins = [](char c) { return (c & 0xc0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins)) <= most;
}

}  // namespace berdaya

#endif  // BERDAYA_COMMON_STATUS_LENGTH_H_
