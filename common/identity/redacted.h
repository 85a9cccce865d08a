// A value that must not be shown: a name, an identity number, a birth date.
//
//   Redacted<std::string> name(member.name());
//   log << name;                 // does not compile
//   Send(name.Reveal());         // the one word to search for in a review
//
// It compares, hashes and goes into tables like the value inside, and prints nowhere: no operator<<, no formatter, no conversion.
#ifndef BERDAYA_COMMON_IDENTITY_REDACTED_H_
#define BERDAYA_COMMON_IDENTITY_REDACTED_H_

#include <compare>
#include <concepts>
#include <cstdint>
#include <ostream>
#include <utility>

namespace berdaya::identity {

template <class T>
class Redacted {
 public:
  Redacted() = default;
  explicit Redacted(T value) : value_(std::move(value)) {}

  const T& Reveal() const { return value_; }

  // Numbers go into tables as they are.
  static Redacted FromCell(int64_t cell) requires std::integral<T> { return Redacted(static_cast<T>(cell)); }
  int64_t ToCell() const requires std::integral<T> { return static_cast<int64_t>(value_); }

  friend bool operator==(const Redacted&, const Redacted&) = default;
  friend auto operator<=>(const Redacted&, const Redacted&) = default;
  template <class H>
  friend H AbslHashValue(H h, const Redacted& redacted) {
    return H::combine(std::move(h), redacted.value_);
  }

  friend std::ostream& operator<<(std::ostream&, const Redacted&) = delete;

  // Without it GoogleTest would print the bytes of the object when a comparison fails.
  friend void PrintTo(const Redacted&, std::ostream* out) { *out << "<redacted>"; }

 private:
  T value_{};
};

}  // namespace berdaya::identity

#endif  // BERDAYA_COMMON_IDENTITY_REDACTED_H_
