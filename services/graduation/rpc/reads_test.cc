#include "services/graduation/rpc/reads.h"

#include <memory>
#include <string>

#include "common/bus/topics.h"
#include "common/flow/tables.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using region::RegionCode;
using testing::ElementsAre;

constexpr RegionCode kNation;

class ReadsTest : public testing::Test {
 protected:
  ReadsTest() : database_(*store::Open({.url = "sqlite::memory:"})) {
    store::Schema schema{.tables = flow::FlowTables()};
    for (const store::TableSpec* table : Tables()) schema.tables.push_back(table);
    EXPECT_TRUE(database_->Migrate(schema).ok());
  }
  template <class Row>
  void Given(const Row& row) {
    auto transaction = *database_->Begin();
    const store::Write write{&row};
    EXPECT_EQ(*transaction->Put(store::SpecOf<Row>(), {&write, 1}), 0);
    EXPECT_TRUE(transaction->Commit().ok());
  }
  void GivenCase(int64_t case_id, int64_t family_id, int64_t village, v1::CaseState state = v1::CASE_STATE_FOLLOWED) {
    CaseRow row;
    row.case_id = case_id;
    row.family_id = family_id;
    row.village = RegionCode::FromCell(village);
    row.state = state;
    row.enrolled_on = Day::Of(2014, 7, 1);
    row.ends_on = Day::Of(2020, 6, 30);
    Given(row);
  }
  std::unique_ptr<store::Reader> Read() { return *database_->Snapshot(); }
  // All pages, as case ids.
  std::vector<int64_t> List(v1::ListCasesRequest request, RegionCode scope = kNation) {
    std::vector<int64_t> ids;
    for (int pages = 0; pages < 100; ++pages) {
      v1::ListCasesResponse response;
      const absl::Status status = ListCases(*Read(), request, scope, response);
      EXPECT_TRUE(status.ok()) << status;
      for (const v1::Case& c : response.cases()) ids.push_back(c.case_id());
      if (response.next_page_token().empty()) return ids;
      EXPECT_EQ(response.cases_size(), request.page_size());
      request.set_page_token(response.next_page_token());
    }
    ADD_FAILURE() << "the pages do not end";
    return ids;
  }

  std::unique_ptr<store::Database> database_;
};

v1::ListCasesRequest Of(uint64_t region, v1::CaseState state = v1::CASE_STATE_UNSPECIFIED, int page_size = 2) {
  v1::ListCasesRequest request;
  request.set_region(region);
  request.set_state(state);
  request.set_page_size(page_size);
  return request;
}

TEST_F(ReadsTest, OutsideTheScopeIsAnsweredAsUnknown) {
  GivenCase(1, 10, 3324052001);
  Given(FamilyRow{10, 4, 1});
  Given(FamilyRow{11, 1, 0});
  EXPECT_EQ(ReadCase(*Read(), 1, kNation)->family_id, 10);
  EXPECT_EQ(ReadCaseOfFamily(*Read(), 10, RegionCode::Of(3324000000))->case_id, 1);
  const absl::Status unknown = ReadCase(*Read(), 2, kNation).status();
  EXPECT_TRUE(absl::IsNotFound(unknown));
  EXPECT_EQ(ReadCase(*Read(), 1, RegionCode::Of(3200000000)).status(), unknown);
  EXPECT_EQ(ReadCaseOfFamily(*Read(), 10, RegionCode::Of(3200000000)).status(), unknown);
  EXPECT_EQ(ReadCaseOfFamily(*Read(), 11, kNation).status(), unknown) << "known, and never in PKH";
  EXPECT_EQ(ReadCaseOfFamily(*Read(), 12, kNation).status(), unknown);
}

TEST_F(ReadsTest, PagesGoOnAfterTheirLastCaseInBothOrders) {
  for (int64_t i = 1; i <= 7; ++i) {
    GivenCase(100 - i, i, i % 2 == 0 ? 3324052001 : 3324052002, i % 3 == 0 ? v1::CASE_STATE_PROPOSED : v1::CASE_STATE_FOLLOWED);
  }
  GivenCase(50, 1, 3324052002, v1::CASE_STATE_GRADUATED);  // an earlier case of family 1
  GivenCase(10, 20, 3201012001);
  EXPECT_THAT(List(Of(3324000000)), ElementsAre(98, 96, 94, 50, 99, 97, 95, 93));
  EXPECT_THAT(List(Of(3324000000, v1::CASE_STATE_PROPOSED)), ElementsAre(94, 97));
  EXPECT_THAT(List(Of(3324000000, v1::CASE_STATE_FOLLOWED, 1)), ElementsAre(98, 96, 99, 95, 93));
  EXPECT_THAT(List(Of(0)), ElementsAre(10, 98, 96, 94, 50, 99, 97, 95, 93));
  EXPECT_THAT(List(Of(0), RegionCode::Of(3200000000)), ElementsAre(10)) << "the nation, seen from West Java";
  EXPECT_THAT(List(Of(3324000000), RegionCode::Of(3200000000)), ElementsAre());
}

TEST_F(ReadsTest, RefusesWhatIsNoQuery) {
  v1::ListCasesResponse response;
  EXPECT_EQ(FieldOf(ListCases(*Read(), Of(7), kNation, response)), "region");
  EXPECT_EQ(FieldOf(ListCases(*Read(), Of(0, v1::CASE_STATE_UNSPECIFIED, 1001), kNation, response)), "page_size");
  EXPECT_EQ(FieldOf(ListCases(*Read(), Of(0, static_cast<v1::CaseState>(99)), kNation, response)), "state");
  v1::ListCasesRequest request = Of(0);
  request.set_page_token("not a token");
  EXPECT_EQ(FieldOf(ListCases(*Read(), request, kNation, response)), "page_token");
}

TEST_F(ReadsTest, ExplainsByWhatWasKept) {
  CaseRow row;
  row.case_id = 1;
  row.state = v1::CASE_STATE_GRADUATED;
  row.kind = type::v1::GRADUATION_KIND_NATURAL;
  row.proposal_version = 5;
  row.components = Components::From(OneChild());  // a child came later
  Given(row);
  ProposalRow proposal;
  proposal.case_id = 1;
  proposal.version = 5;
  proposal.kind = row.kind;
  proposal.day = Day::Of(2016, 5, 2);
  proposal.rule_version = "pkh-2014";
  Given(proposal);
  Given(DecisionRow{1, type::v1::GRADUATION_VERDICT_CONFIRM, "L-2", "kadis", Day::Of(2016, 6, 2), Day::Of(2016, 6, 3), 8, 5});
  Given(DecisionRow{1, type::v1::GRADUATION_VERDICT_HOLD, "L-1", "kadis", Day::Of(2016, 5, 9), Day::Of(2016, 5, 9), 6, 5});
  Given(DecisionRow{2, type::v1::GRADUATION_VERDICT_HOLD, "L-3", "kadis", Day::Of(2016, 5, 9), Day::Of(2016, 5, 9), 6, 5});
  Given(RecommendationRow{1, "pendamping-7", Day::Of(2016, 5, 3), std::string(64, 'a'), Day::Of(2016, 5, 3)});
  v1::ExplainDecisionResponse why;
  ASSERT_TRUE(ExplainCase(*Read(), row, TestEnv().rules, why).ok());
  EXPECT_EQ(why.rule_version(), "pkh-2014");
  EXPECT_EQ(why.criteria(1).input(), "0 eligible");
  EXPECT_THAT(why.recommended_by(), ElementsAre("pendamping-7"));
  ASSERT_EQ(why.decisions_size(), 2);
  EXPECT_EQ(why.decisions(0).letter_number(), "L-1") << "in order";
  EXPECT_EQ(why.decisions(1).letter_number(), "L-2");
}

TEST_F(ReadsTest, WithoutAProposalTheDayIsThatOfTheCasesPartition) {
  CaseRow row;
  row.case_id = 1;
  row.partition = 3;
  row.state = v1::CASE_STATE_FOLLOWED;
  row.enrolled_on = Day::Of(2014, 7, 1);
  row.ends_on = Day::Of(2020, 6, 30);
  row.proposal_version = 2;  // withdrawn
  Given(row);
  Given(flow::InputRow{std::string(bus::kRegistryFacts), 3, 0, 0, Day::Of(2019, 2, 3)});
  v1::ExplainDecisionResponse why;
  ASSERT_TRUE(ExplainCase(*Read(), row, TestEnv().rules, why).ok());
  EXPECT_EQ(why.as_of().year(), 2019);
  EXPECT_EQ(why.as_of().day(), 3);
}

}  // namespace
}  // namespace berdaya::graduation
