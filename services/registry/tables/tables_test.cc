#include "services/registry/tables/tables.h"

#include <set>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace berdaya::registry {
namespace {

RC_GTEST_PROP(PackIds, ComeBackAsTheyWere, ()) {
  // Ids are positions: below 2^60, of a command or of a record, near the family's or of another province.
  const auto id = rc::gen::inRange<int64_t>(1, int64_t{1} << 60);
  const int64_t family_id = *id;
  std::vector<int64_t> ids = *rc::gen::container<std::vector<int64_t>>(id);
  for (int64_t& one : ids) {
    if (*rc::gen::arbitrary<bool>()) one = family_id + *rc::gen::inRange(-300, 300);
  }
  RC_ASSERT(UnpackIds(family_id, PackIds(family_id, ids)) == ids);
}

TEST(PackIds, AFamilysOwnMembersTakeOneByteEach) {
  constexpr int64_t kFamily = 33LL << 52 | 1LL << 48 | 500 << 8;
  std::vector<int64_t> ids;
  for (int i = 1; i <= 40; ++i) ids.push_back(kFamily + i);
  EXPECT_EQ(PackIds(kFamily, ids).size(), 40u);
  EXPECT_EQ(PackIds(kFamily, {}), "");
  EXPECT_TRUE(UnpackIds(kFamily, "").empty());
}

RC_GTEST_PROP(Traits, CellRoundTrip, ()) {
  Traits traits;
  traits.sex = static_cast<province::v1::Sex>(*rc::gen::inRange<int>(0, province::v1::Sex_ARRAYSIZE));
  traits.relation = static_cast<province::v1::Relation>(*rc::gen::inRange<int>(0, province::v1::Relation_ARRAYSIZE));
  traits.schooling = static_cast<province::v1::Schooling>(*rc::gen::inRange<int>(0, province::v1::Schooling_ARRAYSIZE));
  traits.pregnant = *rc::gen::arbitrary<bool>();
  traits.severe_disability = *rc::gen::arbitrary<bool>();
  traits.recipient = *rc::gen::arbitrary<bool>();
  const Traits back = Traits::FromCell(traits.ToCell());
  RC_ASSERT(back.sex == traits.sex);
  RC_ASSERT(back.relation == traits.relation);
  RC_ASSERT(back.schooling == traits.schooling);
  RC_ASSERT(back.pregnant == traits.pregnant);
  RC_ASSERT(back.severe_disability == traits.severe_disability);
  RC_ASSERT(back.recipient == traits.recipient);
}

// A cell gives a value so many bits; a contract that outgrows them must be seen here, not in people's data.
TEST(Traits, EveryValueOfTheContractFits) {
  EXPECT_LE(province::v1::Sex_MAX, 3);
  EXPECT_LE(province::v1::Relation_MAX, 15);
  EXPECT_LE(province::v1::Schooling_MAX, 15);
}

TEST(Tables, AreAllThereOnce) {
  std::set<std::string> names;
  for (const store::TableSpec* table : Tables()) EXPECT_TRUE(names.insert(table->name).second) << table->name;
  for (const char* name : {"awaited_report", "enrolment", "enrolment_decision", "family", "kk", "local_ref", "nik", "person"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

}  // namespace
}  // namespace berdaya::registry
