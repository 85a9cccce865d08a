// What is stored may never change: hashes, and the ids made from places in the log.
#include "common/flow/stable_hash.h"

#include <gtest/gtest.h>

#include <string>

#include "common/flow/inputs.h"
#include "common/flow/origin.h"
#include "common/flow/testing/tally_service.h"

namespace berdaya::flow {
namespace {

uint64_t OfText(std::string_view text) { return StableHash().Text(text).Value(); }

TEST(StableHashTest, GoldenValues) {
  EXPECT_EQ(StableHash().Value(), 0xefd01f60ba992926u);
  EXPECT_EQ(StableHash().Int(1).Value(), 0xad517786ea51de2du);
  EXPECT_EQ(OfText("abc"), 0x36fa21f093d19de1u);
  EXPECT_EQ(OfText("12345678"), 0xe6b4c392348ef2e5u);
  EXPECT_EQ(OfText("The quick brown fox jumps over the lazy dog"), 0x72f2d5e25048f7fdu);
  EXPECT_EQ(StableHash().Text("ab").Text("c").Int(7).Value(), 0x5faec6c4487076a2u);
}

TEST(StableHashTest, EndsOfTextsCount) {
  EXPECT_NE(StableHash().Text("ab").Text("c").Value(), StableHash().Text("a").Text("bc").Value());
  EXPECT_NE(OfText(std::string("a")), OfText(std::string("a\0", 2)));
  EXPECT_NE(OfText(std::string(8, '\0')), OfText(std::string(16, '\0')));
}

TEST(StableHashTest, EveryBitCounts) {
  const std::string text = "0123456789abcdefXYZ";
  const uint64_t hash = OfText(text);
  for (size_t i = 0; i < text.size() * 8; ++i) {
    std::string other = text;
    other[i / 8] = static_cast<char>(other[i / 8] ^ (1 << (i % 8)));
    EXPECT_NE(OfText(other), hash) << "bit " << i;
  }
}

TEST(StableHashTest, KeysOfDifferentTablesDiffer) {
  EXPECT_EQ(HashOfKey<testing::TallyRefRow>({33, "a"}), 0x56dc426a2a644db1u);
  EXPECT_NE((HashOfKey<testing::TallyKkRow>({1, 2})), (HashOfKey<testing::TallyKkRow>({2, 1})));
  EXPECT_NE(HashOfKey<testing::TallyRow>(5), HashOfKey<testing::TallyAskRow>(5));
}

TEST(StableHashTest, ARecordIsItsIdTypeKeyAndValue) {
  bus::Record record{.offset = 4, .timestamp_ms = 5, .key = "k", .value = "v"};
  record.headers.id = "i";
  record.headers.type = "t";
  const uint64_t hash = HashOfRecord(record);
  EXPECT_EQ(hash, 0xe4fb8715d347297u);
  record.offset = 9;
  EXPECT_EQ(HashOfRecord(record), hash);
  record.value = "w";
  EXPECT_NE(HashOfRecord(record), hash);
}

TEST(PositionTest, PacksSlotGenerationOffsetAndOrdinal) {
  const Position position = Position::OfRecord(33, 1, 5);
  EXPECT_EQ(position.Id(0), int64_t{33} << 52 | int64_t{1} << 48 | 5 << 8);
  EXPECT_EQ(position.Id(255), position.Id(0) + 255);
  EXPECT_EQ(Position::OfRecord(33, 1, 6).Id(0), position.Id(0) + 256);
}

TEST(PositionTest, FieldsDoNotRunIntoEachOther) {
  constexpr int64_t kLastOffset = (int64_t{1} << 40) - 1;
  EXPECT_LT(Position::OfRecord(33, 1, kLastOffset).Id(255), Position::OfRecord(33, 2, 0).Id(0));
  EXPECT_LT(Position::OfRecord(33, 15, kLastOffset).Id(255), Position::OfRecord(34, 0, 0).Id(0));
  EXPECT_LT(Position::OfRecord(127, 15, kLastOffset).Id(255), Position::OfCommand(0).Id(0));
  EXPECT_GT(Position::OfCommand(kLastOffset).Id(255), 0);
}

}  // namespace
}  // namespace berdaya::flow
