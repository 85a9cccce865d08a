// The partitioner of Kafka's Java client: 32-bit MurmurHash2 (Austin Appleby, public domain) with its seed.
#include <cstring>

#include "common/bus/bus.h"

namespace berdaya::bus {
namespace {

constexpr uint32_t kSeed = 0x9747b28c;
constexpr uint32_t kMix = 0x5bd1e995;

uint32_t Murmur2(std::string_view key) {
  uint32_t hash = kSeed ^ static_cast<uint32_t>(key.size());
  while (key.size() >= 4) {
    uint32_t word;
    std::memcpy(&word, key.data(), 4);  // little-endian machines only, as everything we run on
    word *= kMix;
    word ^= word >> 24;
    word *= kMix;
    hash = (hash * kMix) ^ word;
    key.remove_prefix(4);
  }
  if (!key.empty()) {
    for (size_t i = key.size(); i-- > 0;) hash ^= static_cast<uint32_t>(static_cast<unsigned char>(key[i])) << (8 * i);
    hash *= kMix;
  }
  hash ^= hash >> 13;
  hash *= kMix;
  return hash ^ (hash >> 15);
}

}  // namespace

int32_t PartitionOf(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>(Murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace berdaya::bus
