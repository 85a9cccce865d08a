#include "services/reporting/queries/figures.h"

#include <vector>

#include "common/flow/tables.h"
#include "common/flow/testing/decide_fixture.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/reporting/events/count.h"
#include "services/reporting/testing.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using region::RegionCode;

constexpr int kJune = Day::Of(2020, 6, 1).MonthIndex();
constexpr int kAugust = Day::Of(2020, 8, 1).MonthIndex();

class FiguresTest : public testing::Test {
 protected:
  FiguresTest() {
    Add(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 5);
    Add(3201010000, Day::Of(2020, 8, 2), v1::INDICATOR_FAMILIES, 2);
    Add(3324010000, Day::Of(2020, 8, 9), v1::INDICATOR_FAMILIES, 1);
  }
  void Add(uint64_t region, Day day, v1::Indicator indicator, int64_t change) {
    flow::Outcome out = flow::Outcome::Done();
    Count(*RegionCode::FromNumber(region), day, indicator, change, out);
    out.ApplyTo(fixture_.view());
    ASSERT_TRUE(fixture_.view().Flush().ok());
  }
  FigureReads As(uint64_t scope) { return FigureReads(fixture_.reader(), TestRegions(), *RegionCode::FromNumber(scope)); }
  static int64_t Families(const v1::RegionFigures& figures) { return figures.figures(0).value(); }

  flow::DecideFixture fixture_{nullptr, Tables()};
};

TEST_F(FiguresTest, TheLatestMonthIsTheNations) {
  const auto figures = As(0).OfRegion(RegionCode::Of(3324000000), 0);
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->name(), "Kabupaten Kendal");
  EXPECT_EQ(figures->year(), 2020);
  EXPECT_EQ(figures->month(), 8);
  EXPECT_EQ(figures->figures_size(), v1::Indicator_MAX);
  EXPECT_EQ(Families(*figures), 6);
  EXPECT_EQ(figures->figures(0).change(), 1);
  EXPECT_EQ(Families(*As(0).OfRegion(RegionCode::Of(3324000000), kJune)), 5);
}

TEST_F(FiguresTest, WithoutAnyEventThereIsNoMonth) {
  flow::DecideFixture empty(nullptr, Tables());
  FigureReads reads(empty.reader(), TestRegions(), RegionCode());
  const auto figures = reads.OfRegion(RegionCode(), 0);
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->year(), 0);
  EXPECT_EQ(figures->month(), 0);
  EXPECT_EQ(Families(*figures), 0);
  EXPECT_TRUE(reads.AsOf()->empty());
}

TEST_F(FiguresTest, OnlyChildrenWithAFigureByThenAreListed) {
  const auto june = As(0).OfChildren(RegionCode(), kJune, RegionCode(), 10);
  ASSERT_TRUE(june.ok()) << june.status();
  ASSERT_EQ(june->figures.size(), 1u);
  EXPECT_EQ(june->figures[0].name(), "Jawa Tengah");
  const auto august = As(0).OfChildren(RegionCode(), kAugust, RegionCode(), 10);
  ASSERT_EQ(august->figures.size(), 2u);
  EXPECT_EQ(august->figures[0].name(), "Jawa Barat");
  EXPECT_FALSE(august->more);
  EXPECT_TRUE(As(0).OfChildren(RegionCode(), kAugust, RegionCode(), 1)->more);
}

TEST_F(FiguresTest, ScopeIsCheckedOnEveryRead) {
  struct Case {
    uint64_t scope;
    uint64_t region;
    bool seen;
  };
  const Case cases[] = {{0, 0, true},
                        {0, 3324050000, true},
                        {3300000000, 3300000000, true},
                        {3300000000, 3324000000, true},
                        {3300000000, 0, false},           // the nation is for the nation
                        {3300000000, 3200000000, false},  // another province
                        {3324000000, 3300000000, false},  // what is above
                        {3324052001, 3324050000, false},
                        {0, 3399000000, false},  // does not exist
                        {0, 3324052001, false}};  // villages are not kept
  absl::Status hidden;
  for (const Case& c : cases) {
    const auto figures = As(c.scope).OfRegion(*RegionCode::FromNumber(c.region), 0);
    EXPECT_EQ(figures.ok(), c.seen) << c.scope << " asks for " << c.region;
    const auto children = As(c.scope).OfChildren(*RegionCode::FromNumber(c.region), 0, RegionCode(), 10);
    if (c.seen) continue;
    EXPECT_EQ(children.status(), figures.status());
    if (hidden.ok()) hidden = figures.status();
    EXPECT_EQ(figures.status(), hidden) << "outside and unknown are answered alike";
  }
  EXPECT_EQ(hidden.code(), absl::StatusCode::kNotFound);
}

TEST_F(FiguresTest, ADistrictHasNoChildren) {
  EXPECT_EQ(FieldOf(As(0).OfChildren(RegionCode::Of(3324050000), 0, RegionCode(), 10).status()), "parent");
}

TEST_F(FiguresTest, ManyRowsAreReadInSeveralScans) {
  for (int month = 0; month < 240; ++month) {
    for (uint64_t regency = 3301000000; regency <= 3308000000; regency += 1'000'000) {
      for (int i = 1; i < v1::Indicator_ARRAYSIZE; ++i) {
        Add(regency, Day::Of(2000, 1, 1).AddMonths(month), static_cast<v1::Indicator>(i), 1);
      }
    }
  }
  const auto children = As(0).OfChildren(RegionCode::Of(3300000000), 0, RegionCode(), 100);
  ASSERT_TRUE(children.ok()) << children.status();
  ASSERT_EQ(children->figures.size(), 9u);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Families(children->figures[i]), 240) << i;
}

TEST_F(FiguresTest, NamesFollowTheMonth) {
  EXPECT_EQ(NameOf(TestRegions(), RegionCode(), kJune), "Indonesia");
  EXPECT_EQ(NameOf(TestRegions(), RegionCode::Of(9101000000), kJune), "Kabupaten Merauke");
  EXPECT_EQ(NameOf(TestRegions(), RegionCode::Of(9101000000), Day::Of(2023, 1, 1).MonthIndex()), "Kabupaten Merauke");
  EXPECT_EQ(NameOf(TestRegions(), RegionCode::Of(9301000000), Day::Of(2023, 1, 1).MonthIndex()), "Kabupaten Merauke");
  EXPECT_EQ(NameOf(TestRegions(), RegionCode::Of(9999000000), kJune), "");
}

TEST_F(FiguresTest, AsOfIsTheSlowestPartition) {
  for (int32_t p = 0; p < 6; ++p) {
    EXPECT_TRUE(As(0).AsOf()->empty());
    fixture_.Given(flow::InputRow{"registry.facts.v1", p, 10, 0, Day::Of(2020, 8, 10) + p});
  }
  EXPECT_EQ(*As(0).AsOf(), Day::Of(2020, 8, 10));
}

}  // namespace
}  // namespace berdaya::reporting
