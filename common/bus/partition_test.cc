#include <gtest/gtest.h>

#include "common/bus/bus.h"

namespace berdaya::bus {
namespace {

struct Vector {
  const char* key;
  int64_t hash;  // Utils.murmur2 of Kafka's Java client
};

// The first six are Kafka's own test (UtilsTest.testMurmur2); the others were computed with its 4.3.1 client.
constexpr Vector kVectors[] = {
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
    {"", 275646681},
    {"a", -1563381124},
    {"ab", 316155434},
    {"abcd", -1323649548},
    {"family-3273010001", -1721934874},
    {"101000000000001", -1818864664},
    {"\xc3\xa9", 186971271},
};

TEST(Partition, IsTheOneOfTheJavaClient) {
  for (const Vector& v : kVectors) {
    const int64_t positive = v.hash & 0x7fffffff;
    for (int32_t partitions : {1, 6, 7, 1000, 0x7fffffff}) {
      EXPECT_EQ(PartitionOf(v.key, partitions), positive % partitions) << "'" << v.key << "' of " << partitions;
    }
  }
}

}  // namespace
}  // namespace berdaya::bus
