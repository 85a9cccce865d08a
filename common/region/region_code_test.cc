#include "common/region/region_code.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <type_traits>

#include "absl/hash/hash_testing.h"
#include "common/store/table.h"

namespace berdaya::region {
namespace {

static_assert(sizeof(RegionCode) == 8 && std::is_trivially_copyable_v<RegionCode>);
static_assert(store::IntegerCell<RegionCode>);

constexpr RegionCode kVillage = RegionCode::Of(3324052001);
constexpr RegionCode kDistrict = RegionCode::Of(3324050000);
constexpr RegionCode kRegency = RegionCode::Of(3324000000);
constexpr RegionCode kProvince = RegionCode::Of(3300000000);

// Spread over the whole range at once; left alone, rapidcheck starts near the low end.
int64_t Part(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high + 1)); }

// Any code of any level but the nation.
RegionCode AnyCode() {
  const int64_t depth = Part(1, 4);
  int64_t code = Part(11, 99) * 100'000'000;
  if (depth > 1) code += Part(1, 99) * 1'000'000;
  if (depth > 2) code += Part(1, 99) * 10'000;
  if (depth > 3) code += Part(1, 9999);
  return RegionCode::FromCell(code);
}

TEST(RegionCode, KnowsItsLevelAndWhatIsAbove) {
  EXPECT_EQ(kVillage.level(), Level::kVillage);
  EXPECT_EQ(kDistrict.level(), Level::kDistrict);
  EXPECT_EQ(kRegency.level(), Level::kRegency);
  EXPECT_EQ(kProvince.level(), Level::kProvince);
  EXPECT_EQ(RegionCode().level(), Level::kNation);
  EXPECT_EQ(kVillage.Parent(), kDistrict);
  EXPECT_EQ(kDistrict.Parent(), kRegency);
  EXPECT_EQ(kRegency.Parent(), kProvince);
  EXPECT_EQ(kProvince.Parent(), RegionCode());
  EXPECT_EQ(RegionCode().Parent(), RegionCode());
  EXPECT_EQ(kVillage.ProvinceCode(), 33);
  EXPECT_EQ(kVillage.At(Level::kRegency), kRegency);
  EXPECT_EQ(kRegency.At(Level::kVillage), kRegency);
}

TEST(RegionCode, ContainsItselfAndWhatIsInside) {
  EXPECT_TRUE(kRegency.Contains(kRegency));
  EXPECT_TRUE(kRegency.Contains(kVillage));
  EXPECT_TRUE(RegionCode().Contains(kVillage));
  EXPECT_FALSE(kVillage.Contains(kRegency));
  EXPECT_FALSE(kRegency.Contains(kProvince));
  EXPECT_FALSE(kRegency.Contains(RegionCode::Of(3325052001)));
  EXPECT_FALSE(kProvince.Contains(RegionCode()));
}

TEST(RegionCode, RangesCoverWhatIsInside) {
  EXPECT_EQ(kRegency.Range().first, 3324000000);
  EXPECT_EQ(kRegency.Range().end, 3325000000);
  EXPECT_EQ(kVillage.Range().end, 3324052002);
  EXPECT_EQ(RegionCode().Range().first, 0);
  EXPECT_EQ(RegionCode().Range().end, 10'000'000'000);
}

TEST(RegionCode, ReadsBothWaysOfWriting) {
  for (const char* text : {"33.24.05.2001", "3324052001"}) EXPECT_EQ(RegionCode::Parse(text).value(), kVillage);
  for (const char* text : {"33.24", "3324", "3324000000"}) EXPECT_EQ(RegionCode::Parse(text).value(), kRegency);
  EXPECT_EQ(RegionCode::Parse("33").value(), kProvince);
  EXPECT_EQ(kVillage.Format(), "33.24.05.2001");
  EXPECT_EQ(kDistrict.Format(), "33.24.05");
  EXPECT_EQ(kProvince.Format(), "33");
  EXPECT_EQ(RegionCode().Format(), "");
}

TEST(RegionCode, RefusesWhatHasNotTheForm) {
  for (const char* text : {"",
                           "3",
                           "332",
                           "33.",
                           "33.2",
                           "33.24.",
                           "33-24",
                           "33.2405",
                           "3324.05",
                           "33.24.05.200",
                           "33.24.05.20011",
                           "332405200",
                           "33240520011",
                           "0000000000",
                           "10",
                           "00.01",
                           "33.00",
                           "3300",
                           "33.24.00.2001",
                           "3300052001",
                           "3324002001",
                           "33.24.05.0000",
                           " 3324052001",
                           "33.24.05.2001 ",
                           "+324052001",
                           "33.24.05.00.0"}) {
    EXPECT_FALSE(RegionCode::Parse(text).ok()) << text;
  }
  for (const uint64_t number :
       {uint64_t{33}, uint64_t{1000000000}, uint64_t{3300052001}, uint64_t{3324002001}, uint64_t{10000000000}, ~uint64_t{0}}) {
    EXPECT_FALSE(RegionCode::FromNumber(number).ok()) << number;
  }
  EXPECT_EQ(RegionCode::FromNumber(3324052001).value(), kVillage);
  EXPECT_EQ(RegionCode::FromNumber(0).value(), RegionCode());
}

TEST(RegionCode, TellsKindsOfVillages) {
  EXPECT_EQ(kVillage.village_kind(), VillageKind::kDesa);
  EXPECT_EQ(RegionCode::Of(3324051001).village_kind(), VillageKind::kKelurahan);
  EXPECT_EQ(RegionCode::Of(9103013001).village_kind(), VillageKind::kDesaAdat);
  EXPECT_EQ(kDistrict.village_kind(), VillageKind::kNone);
}

TEST(RegionCode, Hashes) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({RegionCode(), kProvince, kRegency, kDistrict, kVillage}));
}

RC_GTEST_PROP(RegionCodeProperty, TextAndNumberRoundTrip, ()) {
  const RegionCode code = AnyCode();
  const std::string text = code.Format();
  RC_ASSERT(*RegionCode::Parse(text) == code);
  std::string plain = text;
  std::erase(plain, '.');
  RC_ASSERT(*RegionCode::Parse(plain) == code);
  RC_ASSERT(*RegionCode::Parse(std::to_string(code.ToCell())) == code);
  RC_ASSERT(*RegionCode::FromNumber(static_cast<uint64_t>(code.ToCell())) == code);
}

RC_GTEST_PROP(RegionCodeProperty, ContainmentRangeAndTextAgree, ()) {
  const RegionCode a = AnyCode();
  // Two random codes hardly ever meet, so half the time the second is above the first.
  const RegionCode b = *rc::gen::arbitrary<bool>() ? AnyCode() : a.At(static_cast<Level>(Part(0, 4)));
  const bool in_range = a.ToCell() >= b.Range().first && a.ToCell() < b.Range().end;
  RC_ASSERT(b.Contains(a) == in_range);
  RC_ASSERT(b.Contains(a) == a.Format().starts_with(b.Format()));
  RC_ASSERT(a.Parent().Contains(a));
  RC_ASSERT(a.Parent() < a);
}

RC_GTEST_PROP(RegionCodeProperty, AnyTextIsRefusedOrReadExactly, ()) {
  const std::string text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.")));
  const auto code = RegionCode::Parse(text);
  if (code.ok()) {
    std::string plain = text;
    std::erase(plain, '.');
    plain.resize(10, '0');
    RC_ASSERT(std::to_string(code->ToCell()) == plain);
    RC_ASSERT(RegionCode::HasForm(code->ToCell()));
  }
}

}  // namespace
}  // namespace berdaya::region
