// A 64-bit hash that is the same in every process and release: it is stored (record hashes, content hashes, keys of parked
// records). Not cryptographic. FNV-1a over 8-byte words with a final avalanche; the golden test pins it.
#ifndef BERDAYA_COMMON_FLOW_STABLE_HASH_H_
#define BERDAYA_COMMON_FLOW_STABLE_HASH_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace berdaya::flow {

class StableHash {
 public:
  StableHash& Int(uint64_t value) {
    state_ = (state_ ^ value) * kPrime;
    state_ ^= state_ >> 29;
    return *this;
  }

  // Length first, so that ("ab","c") and ("a","bc") differ.
  StableHash& Text(std::string_view text) {
    Int(text.size());
    while (text.size() >= 8) {
      uint64_t word;
      std::memcpy(&word, text.data(), 8);
      Int(word);
      text.remove_prefix(8);
    }
    uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    return text.empty() ? *this : Int(rest);
  }

  uint64_t Value() const {
    uint64_t h = state_;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return h ^ (h >> 33);
  }

 private:
  static constexpr uint64_t kPrime = 0x100000001b3ULL;
  uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_STABLE_HASH_H_
