// What people write: lengths in characters, as the contract counts them, not in bytes.
#ifndef BERDAYA_COMMON_TEXT_TEXT_H_
#define BERDAYA_COMMON_TEXT_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace berdaya {

// Characters of a UTF-8 text, as every string of a decoded message is: bytes that do not continue a character.
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

// One line of text: what a name, a number or a reference may be.
inline bool IsPlainText(std::string_view text, size_t least, size_t most) {
  return HasCharacters(text, least, most) && !HasControlCharacter(text);
}

}  // namespace berdaya

#endif  // BERDAYA_COMMON_TEXT_TEXT_H_
