#include "services/graduation/rpc/reads.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/bus/topics.h"
#include "common/calendar/day_proto.h"
#include "common/flow/tables.h"
#include "common/service/page_token.h"
#include "common/status/status.h"
#include "common/store/typed.h"
#include "services/graduation/domain/case_message.h"
#include "services/graduation/domain/explain.h"

namespace berdaya::graduation {
namespace {

using region::RegionCode;

constexpr int kMaxPage = 1000;
constexpr int kDefaultPage = 100;
constexpr int64_t kMostDecisions = 1000;  // of one case; people make a handful

absl::Status NotFound() { return WithReason(absl::NotFoundError("no such case"), "case_unknown"); }

absl::StatusOr<calendar::Day> DayOf(store::Reader& reader, int32_t partition) {
  const absl::StatusOr<std::optional<flow::InputRow>> input =
      store::Get<flow::InputRow>(reader, {std::string(bus::kRegistryFacts), partition});
  if (!input.ok()) return input.status();
  return input->has_value() ? (*input)->day : calendar::Day{};
}

// The index and the columns before the village.
struct Order {
  int index = CaseRow::kByVillage;
  std::vector<store::Cell> prefix;

  std::vector<store::Cell> With(std::initializer_list<int64_t> rest) const {
    std::vector<store::Cell> cells = prefix;
    cells.insert(cells.end(), rest.begin(), rest.end());
    return cells;
  }
};

template <class Row>
absl::StatusOr<std::vector<Row>> RowsOf(store::Reader& reader, int64_t case_id) {
  return store::ScanRows<Row>(reader, {.from = {case_id}, .to = {case_id + 1}, .limit = kMostDecisions});
}

absl::Status AddDecisions(store::Reader& reader, int64_t case_id, v1::ExplainDecisionResponse& response) {
  absl::StatusOr<std::vector<DecisionRow>> decisions = RowsOf<DecisionRow>(reader, case_id);
  if (!decisions.ok()) return decisions.status();
  std::sort(decisions->begin(), decisions->end(), [](const DecisionRow& a, const DecisionRow& b) { return a.version < b.version; });
  for (const DecisionRow& row : *decisions) {
    v1::HumanDecision& decision = *response.add_decisions();
    decision.set_verdict(row.verdict);
    decision.set_decided_by(row.decided_by);
    calendar::ToProto(row.decided_on, *decision.mutable_decided_on());
    decision.set_letter_number(row.letter_number);
  }
  return absl::OkStatus();
}

absl::Status AddRecommenders(store::Reader& reader, int64_t case_id, v1::ExplainDecisionResponse& response) {
  absl::StatusOr<std::vector<RecommendationRow>> rows = RowsOf<RecommendationRow>(reader, case_id);
  if (!rows.ok()) return rows.status();
  std::stable_sort(rows->begin(), rows->end(),
                   [](const RecommendationRow& a, const RecommendationRow& b) { return a.recorded_day < b.recorded_day; });
  for (RecommendationRow& row : *rows) response.add_recommended_by(std::move(row.recommended_by));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CaseRow> ReadCase(store::Reader& reader, int64_t case_id, RegionCode scope) {
  absl::StatusOr<std::optional<CaseRow>> row = store::Get<CaseRow>(reader, case_id);
  if (!row.ok()) return row.status();
  if (!row->has_value() || !scope.Contains((*row)->village)) return NotFound();
  return **std::move(row);
}

absl::StatusOr<CaseRow> ReadCaseOfFamily(store::Reader& reader, int64_t family_id, RegionCode scope) {
  const absl::StatusOr<std::optional<FamilyRow>> family = store::Get<FamilyRow>(reader, family_id);
  if (!family.ok()) return family.status();
  if (!family->has_value() || (*family)->case_id == 0) return NotFound();
  return ReadCase(reader, (*family)->case_id, scope);
}

absl::Status ListCases(store::Reader& reader, const v1::ListCasesRequest& request, RegionCode scope,
                       v1::ListCasesResponse& response) {
  const absl::StatusOr<RegionCode> asked = RegionCode::FromNumber(request.region());
  if (!asked.ok()) return Invalid("region_invalid", "region", "a region is a Kemendagri code of ten digits");
  if (!v1::CaseState_IsValid(request.state())) return Invalid("state_unknown", "state", "use one of the states of the contract");
  if (request.page_size() < 0 || request.page_size() > kMaxPage)
    return Invalid("page_size_invalid", "page_size", "a page has 1 to 1,000 cases");
  if (!scope.Contains(*asked) && !asked->Contains(scope)) return absl::OkStatus();  // nothing of it is the caller's: an empty list
  const RegionCode region = scope.Contains(*asked) ? *asked : scope;
  const std::string filter = absl::StrCat("ListCases ", request.region(), " ", static_cast<int>(request.state()));
  const absl::StatusOr<std::vector<int64_t>> after = service::DecodePageToken(request.page_token(), filter, 3);
  if (!after.ok()) return after.status();

  const int page = request.page_size() == 0 ? kDefaultPage : request.page_size();
  Order order;
  if (request.state() != v1::CASE_STATE_UNSPECIFIED) order = {CaseRow::kByState, {int64_t{request.state()}}};
  store::ScanRange range{
      .index = order.index, .from = order.With({region.Range().first}), .to = order.With({region.Range().end}), .limit = page + 1};
  if (!after->empty() && (*after)[0] >= region.Range().first) {
    range.from = order.With({(*after)[0], (*after)[1], (*after)[2]});
    range.after_from = true;
  }
  absl::StatusOr<std::vector<CaseRow>> rows = store::ScanRows<CaseRow>(reader, range);
  if (!rows.ok()) return rows.status();
  if (static_cast<int>(rows->size()) > page) {
    rows->pop_back();
    const CaseRow& last = rows->back();
    response.set_next_page_token(service::EncodePageToken({last.village.ToCell(), last.family_id, last.case_id}, filter));
  }
  for (const CaseRow& row : *rows) FillCase(row, *response.add_cases());
  return absl::OkStatus();
}

absl::Status ExplainCase(store::Reader& reader, const CaseRow& row, const RuleBook& rules, v1::ExplainDecisionResponse& response) {
  FillCase(row, *response.mutable_case_());
  std::optional<ProposalRow> proposal;
  if (row.kind != type::v1::GRADUATION_KIND_UNSPECIFIED) {  // the open proposal, or the one that the graduation rests on
    absl::StatusOr<std::optional<ProposalRow>> kept = store::Get<ProposalRow>(reader, {row.case_id, row.proposal_version});
    if (!kept.ok()) return kept.status();
    proposal = *std::move(kept);
  }
  const absl::StatusOr<calendar::Day> today = DayOf(reader, row.partition);
  if (!today.ok()) return today.status();
  const Proposal* basis = proposal.has_value() ? &*proposal : nullptr;
  if (absl::Status s = Explain(row, basis, *today, rules, response); !s.ok()) return s;
  if (absl::Status s = AddDecisions(reader, row.case_id, response); !s.ok()) return s;
  return AddRecommenders(reader, row.case_id, response);
}

}  // namespace berdaya::graduation
