// The table in data/regions: counts and facts that are known from elsewhere.
#include <array>
#include <chrono>
#include <iostream>
#include <set>
#include <string>

#include "common/region/region_table.h"
#include "gtest/gtest.h"

namespace berdaya::region {
namespace {

using calendar::Day;

constexpr Day kOldDay = Day::Of(2020, 2, 18);
constexpr Day kToday = Day::Of(2026, 1, 1);

const RegionTable& Real() {
  static const auto* const kTable = [] {
    const auto start = std::chrono::steady_clock::now();
    auto table = RegionTable::Load("data/regions/regions.tsv");
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (!table.ok()) std::cerr << table.status() << std::endl;
    std::cout << "loaded in " << took.count() << " ms" << std::endl;
    return new auto(std::move(table));
  }();
  return *kTable->value();
}

// How many regions of each level there are on a day: provinces, regencies, districts, villages.
std::array<int, 4> Counts(Day day) {
  std::array<int, 4> counts = {};
  for (const Region& region : Real().all()) {
    if (region.ValidOn(day)) ++counts[static_cast<int>(region.code.level()) - 1];
  }
  return counts;
}

// Old and new code of each regency that moved (Kemendagri).
constexpr int kMoved[][2] = {{9101, 9301}, {9116, 9302}, {9117, 9303}, {9118, 9304}, {9104, 9401}, {9107, 9402}, {9108, 9403},
                             {9109, 9404}, {9125, 9405}, {9126, 9406}, {9127, 9407}, {9128, 9408}, {9102, 9501}, {9112, 9502},
                             {9113, 9503}, {9114, 9504}, {9121, 9505}, {9122, 9506}, {9123, 9507}, {9124, 9508}, {9201, 9601},
                             {9204, 9602}, {9205, 9603}, {9209, 9604}, {9210, 9605}, {9271, 9671}};

RegionCode Regency(int code) { return RegionCode::FromCell(int64_t{code} * 1'000'000); }

TEST(RealTable, HasTheKnownCounts) {
  EXPECT_EQ(Counts(kToday), (std::array<int, 4>{38, 514, 7285, 83762}));
  // The same places under their old codes; the four new provinces were not there.
  EXPECT_EQ(Counts(kOldDay), (std::array<int, 4>{34, 514, 7285, 83762}));
  EXPECT_EQ(Real().Provinces(Day::Of(2022, 7, 24)).size(), 34);
  EXPECT_EQ(Real().Provinces(Day::Of(2022, 7, 25)).size(), 37);
  EXPECT_EQ(Real().Provinces(Day::Of(2022, 12, 7)).size(), 37);
  EXPECT_EQ(Real().Provinces(Day::Of(2022, 12, 8)).size(), 38);
}

TEST(RealTable, EveryMovedRegencyIsFoundUnderBothCodes) {
  std::set<RegionCode> new_codes;
  for (const auto& [old_code, new_code] : kMoved) {
    const Region* before = Real().Find(Regency(old_code), kOldDay);
    const Region* after = Real().Find(Regency(new_code), kToday);
    ASSERT_NE(before, nullptr) << old_code;
    ASSERT_NE(after, nullptr) << new_code;
    EXPECT_EQ(before->name, after->name);
    EXPECT_EQ(Real().Find(Regency(old_code), kToday), nullptr);
    EXPECT_EQ(Real().Find(Regency(new_code), kOldDay), nullptr);
    EXPECT_EQ(Real().CurrentCode(Regency(old_code)), Regency(new_code));
    EXPECT_EQ(Real().CodeOn(Regency(new_code), kOldDay), Regency(old_code));
    new_codes.insert(Regency(new_code));
  }
  // No other regency of a new province is left out.
  for (const int province : {93, 94, 95, 96}) {
    for (const Region* regency : Real().Children(RegionCode::FromCell(province * int64_t{100'000'000}), kToday)) {
      EXPECT_TRUE(new_codes.contains(regency->code)) << regency->code;
    }
  }
}

TEST(RealTable, KnowsPlacesByName) {
  const auto name = [](int64_t code, Day day) {
    const Region* region = Real().Find(RegionCode::FromCell(code), day);
    return region == nullptr ? std::string("-") : std::string(region->name);
  };
  EXPECT_EQ(name(3324000000, kOldDay), "Kabupaten Kendal");
  EXPECT_EQ(name(9101000000, kOldDay), "Kabupaten Merauke");
  EXPECT_EQ(name(9301000000, kToday), "Kabupaten Merauke");
  EXPECT_EQ(name(9671000000, kToday), "Kota Sorong");
  EXPECT_EQ(name(9271000000, kOldDay), "Kota Sorong");
  EXPECT_EQ(name(9600000000, kToday), "Papua Barat Daya");
  EXPECT_EQ(name(1101012001, kOldDay), "Keude Bakongan");
  EXPECT_EQ(name(1207281007, kToday), "Lubuk Pakam I,II") << "commas in names survive";
}

TEST(RealTable, EveryRegionLiesInOneThatIsValidWithIt) {
  for (const Day day : {kOldDay, Day::Of(2022, 9, 1), kToday}) {
    for (const Region& region : Real().all()) {
      if (!region.ValidOn(day) || region.code.level() == Level::kProvince) continue;
      ASSERT_NE(Real().Find(region.code.Parent(), day), nullptr) << region.code << " on " << day;
    }
  }
}

TEST(RealTable, EveryRegionCountsSomewhereOnEveryDayAndComesBack) {
  for (const Region& region : Real().all()) {
    const RegionCode old_code = Real().CodeOn(region.code, kOldDay);
    const RegionCode new_code = Real().CodeOn(region.code, kToday);
    ASSERT_NE(Real().Find(old_code, kOldDay), nullptr) << region.code;
    ASSERT_NE(Real().Find(new_code, kToday), nullptr) << region.code;
    if (region.code.level() == Level::kProvince) continue;
    ASSERT_EQ(old_code.level(), region.code.level()) << region.code;
    ASSERT_EQ(Real().CodeOn(new_code, kOldDay), old_code) << region.code;
  }
}

TEST(RealTable, ChildrenAddUp) {
  for (const Day day : {kOldDay, kToday}) {
    std::array<int, 4> counts = {};
    for (const Region* province : Real().Provinces(day)) {
      ++counts[0];
      for (const Region* regency : Real().Children(province->code, day)) {
        ++counts[1];
        for (const Region* district : Real().Children(regency->code, day)) {
          ++counts[2];
          counts[3] += static_cast<int>(Real().Children(district->code, day).size());
        }
      }
    }
    EXPECT_EQ(counts, Counts(day)) << day;
  }
}

}  // namespace
}  // namespace berdaya::region
