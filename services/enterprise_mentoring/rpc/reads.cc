#include "services/enterprise_mentoring/rpc/reads.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/service/page_token.h"
#include "common/status/status.h"
#include "common/store/typed.h"
#include "services/enterprise_mentoring/domain/partner_check.h"
#include "services/enterprise_mentoring/events/facts.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {
namespace {

using region::RegionCode;

constexpr int kMaxPage = 1000;
constexpr int kDefaultPage = 100;
constexpr int64_t kMaxMous = 1000;  // of one partner

absl::StatusOr<int> PageSize(int32_t asked) {
  if (asked < 0 || asked > kMaxPage) return Invalid("page_size_invalid", "page_size", "a page has 1 to 1,000 rows; 0 means 100");
  return asked == 0 ? kDefaultPage : asked;
}

// The part of one region that lies in another: the smaller of the two, or nothing.
std::optional<RegionCode> Overlap(RegionCode a, RegionCode b) {
  if (a.Contains(b)) return b;
  return b.Contains(a) ? std::optional(a) : std::nullopt;
}

// A page of an index that ends in (village, family_id); `stage` is its first column where it is given.
store::ScanRange CasesRange(RegionCode region, std::optional<int64_t> stage, const std::vector<int64_t>& after, int64_t limit) {
  store::ScanRange range{.index = stage.has_value() ? CaseRow::kByStage : CaseRow::kByVillage, .limit = limit};
  if (stage.has_value()) {
    range.from.emplace_back(*stage);
    range.to.emplace_back(*stage);
  }
  range.to.emplace_back(region.Range().end);
  range.after_from = !after.empty();
  if (after.empty()) {
    range.from.emplace_back(region.Range().first);
  } else {
    for (const int64_t cell : after) range.from.emplace_back(cell);
  }
  return range;
}

absl::Status FillMous(store::Reader& reader, RegionCode scope, v1::PartnerSummary& summary) {
  const std::string& id = summary.partner().partner_id();
  const absl::StatusOr<std::vector<MouRow>> rows =
      store::ScanRows<MouRow>(reader, {.index = MouRow::kByPartner, .from = {id}, .to = {id + '\0'}, .limit = kMaxMous});
  if (!rows.ok()) return rows.status();
  for (const MouRow& row : *rows) {
    v1::Mou document;
    if (!document.ParseFromString(row.document)) return absl::DataLossError("a stored MoU is damaged");
    const std::vector<RegionCode> areas = AreasOf(document);
    if (std::none_of(areas.begin(), areas.end(), [&](RegionCode area) { return Overlap(area, scope).has_value(); })) continue;
    v1::MouSummary& mou = *summary.add_mous();
    *mou.mutable_mou() = std::move(document);
    if (std::all_of(areas.begin(), areas.end(), [&](RegionCode area) { return scope.Contains(area); })) {
      mou.set_taken(static_cast<int32_t>(row.taken));
    } else {
      mou.set_reaches_beyond_region(true);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadCase(store::Reader& reader, RegionCode scope, const v1::GetCaseRequest& request, v1::Case& response) {
  int64_t family_id = request.family_id();
  if (request.key_case() == v1::GetCaseRequest::KEY_NOT_SET) {
    return Invalid("key_missing", "key", "give a case_id or a family_id");
  }
  if (request.key_case() == v1::GetCaseRequest::kCaseId) {
    const absl::StatusOr<std::optional<CaseIdRow>> id = store::Get<CaseIdRow>(reader, request.case_id());
    if (!id.ok()) return id.status();
    family_id = id->has_value() ? (*id)->family_id : 0;
  }
  const absl::StatusOr<std::optional<CaseRow>> row = store::Get<CaseRow>(reader, family_id);
  if (!row.ok()) return row.status();
  if (!row->has_value() || !scope.Contains((*row)->village)) {
    return WithReason(absl::NotFoundError("no such case"), "case_unknown");
  }
  FillCase(**row, response);
  return absl::OkStatus();
}

absl::Status ReadCases(store::Reader& reader, RegionCode scope, const v1::ListCasesRequest& request,
                       v1::ListCasesResponse& response) {
  const absl::StatusOr<RegionCode> asked = RegionCode::FromNumber(request.region());
  if (!asked.ok()) return Invalid("region_invalid", "region", "a region is a Kemendagri code of ten digits; 0 is the nation");
  if (!v1::CaseStage_IsValid(request.stage())) return Invalid("stage_invalid", "stage", "no such stage");
  const absl::StatusOr<int> page = PageSize(request.page_size());
  if (!page.ok()) return page.status();
  const std::string filter = absl::StrCat("ListCases ", request.region(), " ", request.stage());
  const absl::StatusOr<std::vector<int64_t>> after = service::DecodePageToken(request.page_token(), filter, 2);
  if (!after.ok()) return after.status();
  const std::optional<RegionCode> region = Overlap(scope, *asked);
  if (!region.has_value()) return absl::OkStatus();  // nothing of it is the caller's: an empty list
  // A token says where to go on, never where the caller may look.
  if (!after->empty() && !region->Contains(RegionCode::FromCell((*after)[0]))) {
    return Invalid("page_token_invalid", "page_token", "the token is of another query");
  }

  std::optional<int64_t> stage;
  if (request.stage() != v1::CASE_STAGE_UNSPECIFIED) stage = request.stage();
  absl::StatusOr<std::vector<CaseRow>> rows = store::ScanRows<CaseRow>(reader, CasesRange(*region, stage, *after, *page + 1));
  if (!rows.ok()) return rows.status();
  if (static_cast<int>(rows->size()) > *page) {
    rows->pop_back();
    response.set_next_page_token(service::EncodePageToken({rows->back().village.ToCell(), rows->back().family_id}, filter));
  }
  for (const CaseRow& row : *rows) FillCase(row, *response.add_cases());
  return absl::OkStatus();
}

absl::Status ReadPartners(store::Reader& reader, RegionCode scope, const v1::ListPartnersRequest& request,
                          v1::ListPartnersResponse& response) {
  const absl::StatusOr<int> page = PageSize(request.page_size());
  if (!page.ok()) return page.status();
  const std::string filter = "ListPartners";
  const absl::StatusOr<std::string> after = service::DecodePageToken(request.page_token(), filter);
  if (!after.ok()) return after.status();
  store::ScanRange range{.limit = *page + 1};
  if (!after->empty()) {
    range.from = {*after};
    range.after_from = true;
  }
  absl::StatusOr<std::vector<PartnerRow>> rows = store::ScanRows<PartnerRow>(reader, range);
  if (!rows.ok()) return rows.status();
  if (static_cast<int>(rows->size()) > *page) {
    rows->pop_back();
    response.set_next_page_token(service::EncodePageToken(rows->back().partner_id, filter));
  }
  for (const PartnerRow& row : *rows) {
    v1::PartnerSummary& summary = *response.add_partners();
    summary.mutable_partner()->set_partner_id(row.partner_id);
    summary.mutable_partner()->set_name(row.name);
    summary.mutable_partner()->set_kind(row.kind);
    if (absl::Status s = FillMous(reader, scope, summary); !s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace berdaya::mentoring
