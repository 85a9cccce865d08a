#include "services/registry/rpc/registry_rpc.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/rpc/rpc_test_fixture.h"

namespace berdaya::registry {
namespace {

TEST_F(RegistryRpcTest, AFamilyByItsIdByItsCardAndByItsMembers) {
  OpenDay();
  Register(2);
  const v1::Family family = ListAll(0, kVillage, 10).at(0);
  const province::v1::FamilyReported reported = TestFamily("ref-1", 1);
  EXPECT_EQ(family.version(), 1);
  EXPECT_EQ(family.local_family_ref(), "ref-1");
  EXPECT_EQ(family.kk_number(), reported.kk_number());
  EXPECT_EQ(family.village(), kVillage);
  EXPECT_EQ(family.components().early_childhood(), 1);
  EXPECT_EQ(family.enrolments_size(), 0);
  ASSERT_EQ(family.members_size(), 2);
  for (int i = 0; i < 2; ++i) {
    // Word for word what the province reported.
    EXPECT_EQ(family.members(i).member().SerializeAsString(), reported.members(i).SerializeAsString());
    v1::LookUpFamilyResponse found;
    ASSERT_TRUE(LookUp(0, reported.members(i).nik(), 0, &found).ok());
    EXPECT_EQ(found.family().SerializeAsString(), family.SerializeAsString());
  }
  v1::LookUpFamilyResponse by_card;
  ASSERT_TRUE(LookUp(0, 0, reported.kk_number(), &by_card).ok());
  EXPECT_EQ(by_card.family().SerializeAsString(), family.SerializeAsString());
  v1::GetFamilyResponse by_id;
  ASSERT_TRUE(Get(0, family.family_id(), &by_id).ok());
  EXPECT_EQ(by_id.family().SerializeAsString(), family.SerializeAsString());

  EXPECT_EQ(FieldOf(LookUp(0, 0, 0, &by_card)), "key");
}

TEST_F(RegistryRpcTest, AThousandFamiliesInTheOrderAsked) {
  OpenDay();
  Register(300);
  std::vector<int64_t> ids;
  for (const v1::Family& family : ListAll(0, kVillage, 1000)) ids.push_back(family.family_id());
  ASSERT_EQ(ids.size(), 300u);
  std::reverse(ids.begin(), ids.end());
  std::vector<int64_t> asked = ids;
  std::vector<int64_t> unknown;
  while (asked.size() < 1000) unknown.push_back(asked.emplace_back(static_cast<int64_t>(asked.size())));
  std::swap(asked[0], asked[999]);  // one that is not there in front
  v1::BatchGetFamiliesResponse response;
  ASSERT_TRUE(BatchGet(0, asked, &response).ok());
  ASSERT_EQ(response.families_size(), 300);
  EXPECT_EQ(response.families(0).family_id(), ids[1]);
  EXPECT_EQ(response.families(299).family_id(), ids[0]);
  EXPECT_EQ(response.not_found_size(), 700);

  asked.push_back(1);
  EXPECT_EQ(ReasonOf(BatchGet(0, asked, &response)), "family_ids_count");
  EXPECT_EQ(ReasonOf(BatchGet(0, {}, &response)), "family_ids_count");
}

TEST_F(RegistryRpcTest, PagesGoToTheEndWithoutGapsOrRepeats) {
  OpenDay();
  Register(20);
  Register(13, kNextVillage, 101);
  for (const int page_size : {1, 7, 20, 33, 1000}) {
    std::set<int64_t> ids;
    std::pair<uint64_t, int64_t> last;
    for (const v1::Family& family : ListAll(0, 3300000000, page_size)) {
      EXPECT_TRUE(ids.insert(family.family_id()).second) << "twice, by pages of " << page_size;
      EXPECT_LT(last, std::pair(family.village(), family.family_id()));
      last = {family.village(), family.family_id()};
    }
    EXPECT_EQ(ids.size(), 33u) << "by pages of " << page_size;
  }
  EXPECT_EQ(ListAll(0, kNextVillage, 5).size(), 13u);
  EXPECT_EQ(ListAll(0, 0, 1000).size(), 33u);
  EXPECT_EQ(ListAll(0, 3200000000, 1000).size(), 0u);

  v1::ListFamiliesRequest request;
  v1::ListFamiliesResponse page;
  request.set_region(3300000000);
  request.set_page_size(5);
  ASSERT_TRUE(List(0, request, &page).ok());
  request.set_page_token(page.next_page_token());
  request.set_region(kKendal);
  EXPECT_EQ(ReasonOf(List(0, request, &page)), "page_token_query") << "a token belongs to its query";
  request.set_page_token("nonsense");
  EXPECT_EQ(FieldOf(List(0, request, &page)), "page_token");

  request.clear_page_token();
  for (const auto& [region, size, field] :
       {std::tuple(uint64_t{33}, 1, "region"), std::tuple(uint64_t{3324000000}, -1, "page_size"),
        std::tuple(uint64_t{3324000000}, 1001, "page_size")}) {
    request.set_region(region);
    request.set_page_size(size);
    EXPECT_EQ(FieldOf(List(0, request, &page)), field);
  }
}

class LargeFamiliesTest : public RegistryRpcTest {
 protected:
  LargeFamiliesTest() : RegistryRpcTest(/*run=*/false) {}

  // As large as a report may make them: 40 members, names of 100 characters.
  void Keep(int64_t families) {
    std::vector<FamilyRow> rows;
    std::vector<PersonRow> persons;
    std::string name;
    for (int i = 0; i < 100; ++i) name += "\u0939";
    for (int64_t id = 1; id <= families; ++id) {
      std::vector<int64_t> members;
      for (int64_t i = 1; i <= 40; ++i) {
        members.push_back(id * 256 + i);
        persons.push_back(
            {.person_id = id * 256 + i, .family_id = id * 256, .name = name, .birth_date = calendar::Day::Of(1990, 1, 1)});
      }
      rows.push_back(
          {.family_id = id * 256, .village = *region::RegionCode::FromNumber(kVillage), .member_ids = PackIds(id * 256, members)});
    }
    auto transaction = *database_->Begin();
    Put(*transaction, rows);
    Put(*transaction, persons);
    ASSERT_TRUE(transaction->Commit().ok());
  }

 private:
  template <class Row>
  void Put(store::Transaction& transaction, const std::vector<Row>& rows) {
    std::vector<store::Write> writes;
    for (const Row& row : rows) writes.push_back({&row});
    EXPECT_EQ(*transaction.Put(store::SpecOf<Row>(), writes), 0);
  }
};

TEST_F(LargeFamiliesTest, APageOfThemIsShorterAndABatchSaysThatItIsTooLarge) {
  Keep(700);
  v1::ListFamiliesRequest request;
  request.set_region(kVillage);
  request.set_page_size(1000);
  v1::ListFamiliesResponse page;
  ASSERT_TRUE(List(0, request, &page).ok());
  EXPECT_LT(page.families_size(), 700);
  EXPECT_LT(page.ByteSizeLong(), size_t{4} << 20) << "what a client takes";
  std::set<int64_t> ids;
  for (const v1::Family& family : ListAll(0, kVillage, 1000)) EXPECT_TRUE(ids.insert(family.family_id()).second);
  EXPECT_EQ(ids.size(), 700u);

  v1::BatchGetFamiliesResponse response;
  EXPECT_EQ(ReasonOf(BatchGet(0, {ids.begin(), ids.end()}, &response)), "family_ids_count");
}

TEST_F(RegistryRpcTest, AListShowsWhatBothTheQueryAndTheCallersRegionHold) {
  OpenDay();
  Register(4);
  Register(3, kNextVillage, 101);
  struct Case {
    uint64_t scope;
    uint64_t region;
    size_t expected;
  };
  const Case cases[] = {
      {0, 0, 7},
      {0, kVillage, 4},
      {kVillage, 0, 4},
      {kVillage, 3300000000, 4},
      {kVillage, kVillage, 4},
      {kVillage, kNextVillage, 0},
      {kNextVillage, 3324050000, 3},
      {3324050000, kNextVillage, 3},
      {kKendal, 0, 7},
      {3374000000, 0, 0},
      {3374000000, kVillage, 0},
      {3200000000, 3300000000, 0},
  };
  for (const Case& c : cases) {
    for (const int page_size : {2, 1000})
      EXPECT_EQ(ListAll(c.scope, c.region, page_size).size(), c.expected) << c.scope << " " << c.region;
  }
  // A token of somebody who sees more, used by somebody who sees less: nothing outside, nothing left out.
  v1::ListFamiliesRequest request;
  v1::ListFamiliesResponse page;
  request.set_region(3300000000);
  request.set_page_size(2);
  ASSERT_TRUE(List(0, request, &page).ok());
  request.set_page_token(page.next_page_token());
  request.set_page_size(1000);
  page.Clear();
  ASSERT_TRUE(List(kNextVillage, request, &page).ok());
  EXPECT_EQ(page.families_size(), 3);
  for (const v1::Family& family : page.families()) EXPECT_EQ(family.village(), kNextVillage);
}

TEST_F(RegistryRpcTest, OutsideTheCallersRegionIsAnsweredExactlyAsNotFound) {
  OpenDay();
  Register(1);
  const v1::Family family = ListAll(0, 0, 10).at(0);
  const uint64_t nik = family.members(0).member().nik();
  for (const uint64_t inside : {uint64_t{0}, uint64_t{3300000000}, kKendal, uint64_t{3324050000}, kVillage}) {
    v1::GetFamilyResponse got;
    v1::LookUpFamilyResponse found;
    v1::BatchGetFamiliesResponse many;
    EXPECT_TRUE(Get(inside, family.family_id(), &got).ok()) << inside;
    EXPECT_TRUE(LookUp(inside, nik, 0, &found).ok()) << inside;
    EXPECT_TRUE(LookUp(inside, 0, family.kk_number(), &found).ok()) << inside;
    EXPECT_TRUE(BatchGet(inside, {family.family_id()}, &many).ok());
    EXPECT_EQ(many.families_size(), 1) << inside;
  }
  for (const uint64_t outside : {uint64_t{3200000000}, uint64_t{3374000000}, kNextVillage}) {
    v1::GetFamilyResponse got;
    v1::LookUpFamilyResponse found;
    const absl::Status hidden = Get(outside, family.family_id(), &got);
    EXPECT_TRUE(absl::IsNotFound(hidden));
    EXPECT_EQ(hidden, Get(outside, family.family_id() + 256, &got));
    EXPECT_EQ(hidden, LookUp(outside, nik, 0, &found));
    EXPECT_EQ(hidden, LookUp(outside, nik + 1, 0, &found));
    EXPECT_EQ(hidden, LookUp(outside, 0, family.kk_number(), &found));
    EXPECT_EQ(hidden, LookUp(outside, 0, family.kk_number() + 1, &found));
    v1::BatchGetFamiliesResponse many;
    ASSERT_TRUE(BatchGet(outside, {family.family_id(), 1}, &many).ok());
    EXPECT_EQ(many.families_size(), 0);
    EXPECT_EQ(many.not_found_size(), 2);
    EXPECT_EQ(ListAll(outside, kVillage, 10).size(), 0u);
  }
}

}  // namespace
}  // namespace berdaya::registry
