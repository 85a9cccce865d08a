#include "services/graduation/events/followed_family.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;
using testing::IsEmpty;

registry::v1::ComponentsChanged Fact(int64_t version, uint64_t village = kVillage, type::v1::Components components = OneChild()) {
  registry::v1::ComponentsChanged m;
  m.mutable_info()->set_family_id(kFamily);
  m.mutable_info()->set_version(version);
  m.mutable_info()->set_village(village);
  *m.mutable_components() = std::move(components);
  return m;
}

class FollowedFamilyTest : public testing::Test {
 protected:
  FollowedFamilyTest() { w_.OpenDay(Day::Of(2014, 7, 1)); }
  absl::StatusOr<flow::Outcome> Apply(const registry::v1::ComponentsChanged& m) {
    return w_.fixture().Apply<OnComponentsChanged>(m, w_.fixture().Fact());
  }
  int64_t Seen() { return w_.fixture().Now<FamilyRow>(kFamily).value_or(FamilyRow{}).registry_version; }

  World w_;
};

TEST_F(FollowedFamilyTest, TheNextVersionIsApplied) {
  EXPECT_TRUE(Apply(Fact(1)).ok());
  EXPECT_TRUE(Apply(Fact(2)).ok());
  EXPECT_EQ(Seen(), 2);
}

TEST_F(FollowedFamilyTest, ARepeatIsDropped) {
  ASSERT_TRUE(Apply(Fact(1)).ok());
  ASSERT_TRUE(Apply(Fact(2)).ok());
  for (const int64_t version : {1, 2}) {
    const absl::StatusOr<flow::Outcome> out = Apply(Fact(version));
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(out->FindPut<FamilyRow>(), nullptr);
    EXPECT_THAT(out->outgoing(), IsEmpty());
  }
  EXPECT_EQ(Seen(), 2);
}

TEST_F(FollowedFamilyTest, AGapStops) {
  EXPECT_TRUE(absl::IsDataLoss(Apply(Fact(2)).status())) << "the first fact of a family has version 1";
  ASSERT_TRUE(Apply(Fact(1)).ok());
  EXPECT_TRUE(absl::IsDataLoss(Apply(Fact(3)).status()));
  EXPECT_EQ(Seen(), 1);
}

TEST_F(FollowedFamilyTest, AFactWithoutVersionIsTakenAsItComes) {
  ASSERT_TRUE(Apply(Fact(1)).ok());
  EXPECT_TRUE(Apply(Fact(0)).ok());
  EXPECT_EQ(Seen(), 1);
}

TEST_F(FollowedFamilyTest, TimePassesBeforeTheFactIsLookedAt) {
  w_.Register();
  w_.Enrol(Day::Of(2014, 7, 1));
  w_.News();
  w_.OpenDay(Day::Of(2019, 8, 1));  // no sweep has come by
  w_.Recount(Nobody());
  EXPECT_THAT(w_.News(),
              ElementsAre("2019-07-01 TimeLimitWarned v2 12 months to 2020-06-30", "2019-08-01 GraduationProposed v3 natural"));
}

TEST_F(FollowedFamilyTest, TheCaseMovesWithTheFamilyAndOldFactsKeepTheOldVillage) {
  w_.Register();
  w_.Enrol(Day::Of(2014, 7, 1));
  w_.OpenDay(Day::Of(2019, 8, 1));
  const absl::StatusOr<flow::Outcome> out = Apply(Fact(4, 3324052002));
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(flow::FactOf<v1::TimeLimitWarned>(*out).info().village(), kVillage);
  EXPECT_EQ(w_.CaseOf().village.ToCell(), 3324052002);
  EXPECT_EQ(w_.fixture().read_through(), 0) << "the case is named by its family";
}

TEST_F(FollowedFamilyTest, AVillageThatIsNoRegionIsNotTaken) {
  EXPECT_FALSE(Apply(Fact(1, 7)).ok());
  EXPECT_EQ(Seen(), 0);
}

}  // namespace
}  // namespace berdaya::graduation
