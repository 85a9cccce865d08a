#include "common/region/region_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berdaya::region {
namespace {

using calendar::Day;
using ::testing::HasSubstr;

constexpr Day kChange = Day::Of(2022, 7, 25);

absl::StatusOr<std::unique_ptr<const RegionTable>> Table(const std::string& rows, int count) {
  return RegionTable::FromText("# a comment\nberdaya-regions\t1\t" + std::to_string(count) + "\n" + rows, "regions.tsv");
}

std::string Refusal(const std::string& rows, int count) { return std::string(Table(rows, count).status().message()); }

// Regency 91.01 became 93.01; its district kept its number, its village did not. 91.02 was divided into 93.02 and 93.03.
constexpr char kRows[] =
    "91\tPapua\n"
    "9101\tMerauke\t\t2022-07-25\n"
    "910101\tMerauke\t\t2022-07-25\n"
    "9101012001\tSamkai\t\t2022-07-25\n"
    "9102\tLama\t\t2022-07-25\n"
    "93\tPapua Selatan\t2022-07-25\t\t91\n"
    "9301\tMerauke\t2022-07-25\t\t9101\n"
    "930101\tMerauke\t2022-07-25\t\t910101\n"
    "9301012009\tBaru\t2022-07-25\n"
    "9302\tSatu\t2022-07-25\t2024-01-01\t9102\n"
    "9302\tSatu Raya\t2024-01-01\n"
    "9303\tDua\t2022-07-25\t\t9102\n";

class RegionTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto table = Table(kRows, 12);
    ASSERT_TRUE(table.ok()) << table.status();
    table_ = *std::move(table);
  }
  std::unique_ptr<const RegionTable> table_;
};

TEST_F(RegionTableTest, AVersionEndsWhenTheNextBegins) {
  constexpr RegionCode kOld = RegionCode::Of(9101000000);
  constexpr RegionCode kNew = RegionCode::Of(9301000000);
  EXPECT_NE(table_->Find(kOld, kChange - 1), nullptr);
  EXPECT_EQ(table_->Find(kOld, kChange), nullptr);
  EXPECT_EQ(table_->Find(kNew, kChange - 1), nullptr);
  EXPECT_NE(table_->Find(kNew, kChange), nullptr);
  EXPECT_TRUE(table_->Exists(kOld));
  EXPECT_FALSE(table_->Exists(RegionCode::Of(9199000000)));
  EXPECT_EQ(table_->Find(RegionCode(), kChange), nullptr);
  EXPECT_EQ(table_->Find(RegionCode::Of(9302000000), Day::Of(2023, 12, 31))->name, "Satu");
  EXPECT_EQ(table_->Find(RegionCode::Of(9302000000), Day::Of(2024, 1, 1))->name, "Satu Raya");
}

TEST_F(RegionTableTest, OnlyVillagesAreVillages) {
  EXPECT_TRUE(table_->VillageExists(RegionCode::Of(9101012001), Day::Of(2014, 7, 1)));
  EXPECT_FALSE(table_->VillageExists(RegionCode::Of(9101012001), kChange));
  EXPECT_FALSE(table_->VillageExists(RegionCode::Of(9101010000), Day::Of(2014, 7, 1)));
  EXPECT_FALSE(table_->VillageExists(RegionCode::Of(9101012002), Day::Of(2014, 7, 1)));
}

TEST_F(RegionTableTest, ChildrenAreOneLevelBelow) {
  const auto names = [](const std::vector<const Region*>& regions) {
    std::string all;
    for (const Region* region : regions) all += std::string(region->name) + ";";
    return all;
  };
  EXPECT_EQ(names(table_->Provinces(Day::Of(2020, 1, 1))), "Papua;");
  EXPECT_EQ(names(table_->Provinces(kChange)), "Papua;Papua Selatan;");
  EXPECT_EQ(names(table_->Children(RegionCode::Of(9100000000), Day::Of(2020, 1, 1))), "Merauke;Lama;");
  EXPECT_EQ(names(table_->Children(RegionCode::Of(9100000000), kChange)), "");
  EXPECT_EQ(names(table_->Children(RegionCode::Of(9300000000), Day::Of(2025, 1, 1))), "Merauke;Satu Raya;Dua;");
  EXPECT_EQ(names(table_->Children(RegionCode::Of(9301010000), kChange)), "Baru;");
  EXPECT_EQ(names(table_->Children(RegionCode::Of(9301012009), kChange)), "");
}

TEST_F(RegionTableTest, OldAndNewCodesLeadToEachOther) {
  const Day old_day = Day::Of(2014, 7, 1);
  const auto on = [&](int64_t code, Day day) { return table_->CodeOn(RegionCode::FromCell(code), day).ToCell(); };
  EXPECT_EQ(table_->Successor(RegionCode::Of(9101000000)), RegionCode::Of(9301000000));
  EXPECT_EQ(table_->Successor(RegionCode::Of(9301000000)), RegionCode());
  EXPECT_EQ(on(9101000000, kChange), 9301000000);
  EXPECT_EQ(on(9301000000, old_day), 9101000000);
  EXPECT_EQ(on(9101010000, kChange), 9301010000);
  EXPECT_EQ(on(9101000000, old_day), 9101000000);
  EXPECT_EQ(on(9300000000, old_day), 9100000000);
  EXPECT_EQ(on(9100000000, kChange), 9100000000);
  EXPECT_EQ(table_->CurrentCode(RegionCode::Of(9101010000)), RegionCode::Of(9301010000));
}

TEST_F(RegionTableTest, WhatMatchesNothingCountsHigherUp) {
  const Day old_day = Day::Of(2014, 7, 1);
  const auto on = [&](int64_t code, Day day) { return table_->CodeOn(RegionCode::FromCell(code), day).ToCell(); };
  EXPECT_EQ(on(9101012001, kChange), 9301000000) << "a village without a successor counts at its regency of that day";
  EXPECT_EQ(on(9301012009, old_day), 9101000000) << "a village without a predecessor likewise";
  EXPECT_EQ(on(9301012777, kChange), 9301000000) << "an unknown village counts at its regency";
  EXPECT_EQ(table_->Successor(RegionCode::Of(9102000000)), RegionCode()) << "divided";
  EXPECT_EQ(on(9102000000, kChange), 9100000000) << "a divided regency counts at its old province";
  EXPECT_EQ(on(9303000000, old_day), 9102000000);
  EXPECT_EQ(on(5501012001, kChange), 0) << "nothing of it is known";
}

TEST(RegionTable, WhatWasFoundedLaterOnOldGroundTookNothingOver) {
  const auto table = Table("11\tA\t\t2020-01-01\n12\tB\t2020-01-01\t\t11\n13\tC\t2022-01-01\t\t11\n", 3);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->Successor(RegionCode::Of(1100000000)), RegionCode::Of(1200000000));
  EXPECT_EQ((*table)->CodeOn(RegionCode::Of(1300000000), Day::Of(2021, 1, 1)), RegionCode::Of(1200000000));
  EXPECT_EQ((*table)->CodeOn(RegionCode::Of(1300000000), Day::Of(2019, 1, 1)), RegionCode::Of(1100000000));
}

TEST(RegionTable, RefusesADamagedFileWithItsLine) {
  EXPECT_THAT(Refusal("91\tPapua\n", 2), HasSubstr("regions.tsv:3: the table of regions is cut: it has 1 rows, expected 2"));
  EXPECT_THAT(Refusal("91\tPapua\n91x\tPapua\n", 2), HasSubstr("regions.tsv:4: a region code has"));
  EXPECT_THAT(Refusal("91\n", 1), HasSubstr("has no name"));
  EXPECT_THAT(Refusal("91\tPapua\t2022-13-01\n", 1), HasSubstr("the month is not within"));
  EXPECT_THAT(Refusal("91\tPapua\t2022-01-01\t2022-01-01\n", 1), HasSubstr("ends before it begins"));
  EXPECT_THAT(Refusal("91\tPapua\t\t\t\tx\n", 1), HasSubstr("at most five fields"));
  EXPECT_THAT(Refusal("9101\tMerauke\n", 1), HasSubstr("the region above, 91, does not come before it"));
  EXPECT_THAT(Refusal("92\tPapua Barat\n91\tPapua\n", 2), HasSubstr("not sorted"));
  EXPECT_THAT(Refusal("91\tPapua\n91\tPapua\n", 2), HasSubstr("two versions of one code"));
  EXPECT_THAT(Refusal("91\tPapua\n93\tPapua Selatan\t2022-07-25\t\t94\n", 2),
              HasSubstr("the code before of 93, 94, is not in the table"));
  for (const char* text : {"", "# nothing\n", "berdaya-regions\t2\t1\n91\tPapua\n", "berdaya-regions\t1\tmany\n", "91\tPapua\n",
                           "berdaya-regions\t1\t99999999999\n", "berdaya-regions\t1\t4000000000\n"}) {
    EXPECT_EQ(RegionTable::FromText(text, "x").status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(RegionTable, SaysWhichFileIsMissing) {
  const absl::Status status = RegionTable::Load("no/such/regions.tsv").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no/such/regions.tsv"));
  EXPECT_EQ(RegionTable::Load("data").status().code(), absl::StatusCode::kNotFound) << "a folder is no table";
}

TEST(RegionTable, ACircleOfCodesEnds) {
  const auto table = Table("11\tA\t2020-01-01\t2021-01-01\t12\n12\tB\t2021-01-01\t2022-01-01\t11\n", 2);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->CodeOn(RegionCode::Of(1100000000), Day::Of(2019, 1, 1)), RegionCode());
}

}  // namespace
}  // namespace berdaya::region
