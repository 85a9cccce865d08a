// The length of what people write.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_TEXT_CHECK_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_TEXT_CHECK_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace berdaya::mentoring {

// Characters of a UTF-8 text: bytes that do not continue a character.
inline size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

inline bool HasCharacters(std::string_view text, size_t least, size_t most) {
  const size_t n = CharactersIn(text);
  return n >= least && n <= most;
}

inline bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_TEXT_CHECK_H_
