#include "services/enterprise_mentoring/rpc/reads.h"

#include <memory>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"
#include "services/enterprise_mentoring/wiring.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using region::RegionCode;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr RegionCode kNation;
constexpr RegionCode kKendalRegion = RegionCode::Of(kKendal);
constexpr RegionCode kKudusRegion = RegionCode::Of(kKudus);

// Five cases: families 1 to 3 in Kendal, of which 1 has a partner; 4 and 5 in Kudus, both with one.
class ReadsTest : public testing::Test {
 protected:
  ReadsTest() {
    database_ = *store::Open({.url = "sqlite::memory:"});
    EXPECT_TRUE(database_->Migrate(Wire(TestEnv()).schema).ok());
    auto transaction = *database_->Begin();
    flow::View view(&TestEnv());
    view.Begin(transaction.get(), {});
    for (int64_t family = 1; family <= 5; ++family) {
      CaseRow row;
      row.family_id = family;
      row.case_id = 100 + family;
      row.version = 2;
      row.village = *RegionCode::FromNumber(family <= 3 ? kKendalVillage : kKudusVillage);
      row.stage = family == 2 || family == 3 ? v1::CASE_STAGE_WAITING : v1::CASE_STAGE_MATCHED;
      row.graduated_on = row.opened_on = Day::Of(2020, 3, 1);
      view.Put<CaseRow>(std::move(row));
      view.Put<CaseIdRow>({100 + family, family});
    }
    view.Put<PartnerRow>({"polines", "Politeknik Contoh", v1::PARTNER_KIND_POLYTECHNIC});
    view.Put<PartnerRow>({"polines-2", "Politeknik Lain", v1::PARTNER_KIND_POLYTECHNIC});
    PutMou(view, {.number = "KENDAL"}, 1);
    PutMou(view, {.number = "BOTH", .areas = {kKendal, kKudus}}, 2);
    EXPECT_TRUE(view.Flush().ok());
    view.Clear();
    EXPECT_TRUE(transaction->Commit().ok());
    reader_ = *database_->Snapshot();
  }

  static void PutMou(flow::View& view, const MouOf& mou, int64_t taken) {
    MouRow row;
    row.mou_number = mou.number;
    row.partner_id = mou.partner;
    row.taken = taken;
    row.document = mou.Request().mou().SerializeAsString();
    view.Put<MouRow>(std::move(row));
  }

  // All pages of a list, `size` a page.
  std::vector<int64_t> Pages(RegionCode scope, uint64_t region, v1::CaseStage stage, int size) {
    std::vector<int64_t> families;
    v1::ListCasesRequest request;
    request.set_region(region);
    request.set_stage(stage);
    request.set_page_size(size);
    do {
      v1::ListCasesResponse response;
      const absl::Status status = ReadCases(*reader_, scope, request, response);
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_LE(response.cases_size(), size);
      for (const v1::Case& c : response.cases()) families.push_back(c.family_id());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return families;
  }

  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Reader> reader_;
};

TEST_F(ReadsTest, ACaseByItsIdOrItsFamily) {
  v1::GetCaseRequest request;
  v1::Case found;
  EXPECT_EQ(FieldOf(ReadCase(*reader_, kNation, request, found)), "key");
  request.set_case_id(104);
  ASSERT_TRUE(ReadCase(*reader_, kKudusRegion, request, found).ok());
  EXPECT_EQ(found.family_id(), 4);
  request.set_family_id(1);
  ASSERT_TRUE(ReadCase(*reader_, kNation, request, found).ok());
  EXPECT_EQ(found.case_id(), 101);
}

TEST_F(ReadsTest, OutsideTheScopeIsAsIfItWereNotThere) {
  v1::Case found;
  v1::GetCaseRequest outside, nobody;
  outside.set_case_id(104);
  nobody.set_case_id(999);
  const absl::Status status = ReadCase(*reader_, kKendalRegion, outside, found);
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status, ReadCase(*reader_, kKendalRegion, nobody, found));
}

TEST_F(ReadsTest, ListsByRegionAndStagePageByPage) {
  constexpr auto kAll = v1::CASE_STAGE_UNSPECIFIED;
  for (const int size : {1, 2, 5}) {
    SCOPED_TRACE(size);
    EXPECT_THAT(Pages(kNation, 0, kAll, size), ElementsAre(4, 5, 1, 2, 3));
    EXPECT_THAT(Pages(kNation, kKendal, kAll, size), ElementsAre(1, 2, 3));
    EXPECT_THAT(Pages(kNation, 0, v1::CASE_STAGE_WAITING, size), ElementsAre(2, 3));
    EXPECT_THAT(Pages(kNation, kJawaTengah, v1::CASE_STAGE_MATCHED, size), ElementsAre(4, 5, 1));
    EXPECT_THAT(Pages(kKendalRegion, 0, kAll, size), ElementsAre(1, 2, 3)) << "the part that the caller may see";
    EXPECT_THAT(Pages(kKendalRegion, kKendalVillage, v1::CASE_STAGE_WAITING, size), ElementsAre(2, 3));
    EXPECT_THAT(Pages(kKendalRegion, kKudus, kAll, size), IsEmpty());
    EXPECT_THAT(Pages(kNation, 3200000000, kAll, size), IsEmpty());
  }
}

TEST_F(ReadsTest, ATokenOpensNoOtherList) {
  v1::ListCasesRequest request;
  request.set_page_size(1);
  v1::ListCasesResponse response;
  ASSERT_TRUE(ReadCases(*reader_, kNation, request, response).ok());
  request.set_page_token(response.next_page_token());
  EXPECT_TRUE(absl::IsInvalidArgument(ReadCases(*reader_, kKendalRegion, request, response))) << "a place outside the scope";
  request.set_stage(v1::CASE_STAGE_WAITING);
  EXPECT_TRUE(absl::IsInvalidArgument(ReadCases(*reader_, kNation, request, response))) << "another filter";
}

TEST_F(ReadsTest, RefusesAnOddQuery) {
  v1::ListCasesResponse response;
  v1::ListCasesRequest request;
  request.set_region(12);
  EXPECT_EQ(FieldOf(ReadCases(*reader_, kNation, request, response)), "region");
  request.set_region(0);
  request.set_page_size(1001);
  EXPECT_EQ(FieldOf(ReadCases(*reader_, kNation, request, response)), "page_size");
}

TEST_F(ReadsTest, PartnersWithTheMousThatTouchTheCallersRegion) {
  v1::ListPartnersRequest request;
  v1::ListPartnersResponse nation, kudus, jawa_barat;
  ASSERT_TRUE(ReadPartners(*reader_, kNation, request, nation).ok());
  ASSERT_EQ(nation.partners_size(), 2);
  ASSERT_EQ(nation.partners(0).mous_size(), 2);
  EXPECT_EQ(nation.partners(0).mous(0).mou().mou_number(), "BOTH");
  EXPECT_EQ(nation.partners(0).mous(0).taken(), 2);
  EXPECT_EQ(nation.partners(0).mous(1).taken(), 1);
  EXPECT_THAT(nation.partners(1).mous(), IsEmpty()) << "polines-2 is no prefix match";

  ASSERT_TRUE(ReadPartners(*reader_, kKudusRegion, request, kudus).ok());
  ASSERT_EQ(kudus.partners(0).mous_size(), 1);
  EXPECT_EQ(kudus.partners(0).mous(0).mou().mou_number(), "BOTH");
  EXPECT_EQ(kudus.partners(0).mous(0).taken(), 0);
  EXPECT_TRUE(kudus.partners(0).mous(0).reaches_beyond_region());

  ASSERT_TRUE(ReadPartners(*reader_, RegionCode::Of(3200000000), request, jawa_barat).ok());
  EXPECT_EQ(jawa_barat.partners_size(), 2);
  EXPECT_THAT(jawa_barat.partners(0).mous(), IsEmpty());
}

TEST_F(ReadsTest, PartnersPageByPage) {
  v1::ListPartnersRequest request;
  request.set_page_size(1);
  v1::ListPartnersResponse first, second;
  ASSERT_TRUE(ReadPartners(*reader_, kNation, request, first).ok());
  request.set_page_token(first.next_page_token());
  ASSERT_TRUE(ReadPartners(*reader_, kNation, request, second).ok());
  EXPECT_EQ(first.partners(0).partner().partner_id(), "polines");
  EXPECT_EQ(second.partners(0).partner().partner_id(), "polines-2");
  EXPECT_EQ(second.next_page_token(), "");
}

}  // namespace
}  // namespace berdaya::mentoring
