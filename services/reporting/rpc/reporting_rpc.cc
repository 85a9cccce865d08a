#include "services/reporting/rpc/reporting_rpc.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/service/page_token.h"
#include "common/status/status.h"
#include "services/reporting/queries/figures.h"

namespace berdaya::reporting {
namespace {

using region::RegionCode;

constexpr int kMaxPage = 1000;
constexpr int kDefaultPage = 100;

absl::StatusOr<RegionCode> RegionOf(uint64_t number, std::string_view field) {
  const absl::StatusOr<RegionCode> region = RegionCode::FromNumber(number);
  if (!region.ok()) return Invalid("region_invalid", field, "a region is a Kemendagri code of ten digits; 0 is the nation");
  return region;
}

// The MonthIndex asked for; 0 for the latest.
absl::StatusOr<int> MonthOf(int year, int month) {
  if (year == 0 && month == 0) return 0;
  if (year < calendar::kFirstYear || year > calendar::kLastYear) return Invalid("year_invalid", "year", "a year is 1900 to 2200; 0 with month 0 asks for the latest month");
  if (month < 1 || month > 12) return Invalid("month_invalid", "month", "a month is 1 to 12; 0 with year 0 asks for the latest month");
  return year * 12 + month - 1;
}

}  // namespace

ReportingRpc::ReportingRpc(const service::CallerSource& callers, service::Metrics& metrics, store::Database& database,
                           const region::RegionTable& regions, WatchSignals signals)
    : gate_(callers, metrics), database_(database), regions_(regions), watch_(gate_, database, regions, std::move(signals)) {}

grpc::ServerUnaryReactor* ReportingRpc::GetFigures(grpc::CallbackServerContext* context, const v1::GetFiguresRequest* request,
                                                   v1::GetFiguresResponse* response) {
  return gate_.Answer(context, "GetFigures",
                      [&](const service::Call& call) { return Get(call.caller, *request, *response->mutable_figures()); });
}

grpc::ServerUnaryReactor* ReportingRpc::ListFigures(grpc::CallbackServerContext* context, const v1::ListFiguresRequest* request,
                                                    v1::ListFiguresResponse* response) {
  return gate_.Answer(context, "ListFigures", [&](const service::Call& call) { return List(call.caller, *request, *response); });
}

grpc::ServerWriteReactor<v1::WatchFiguresResponse>* ReportingRpc::WatchFigures(grpc::CallbackServerContext* context,
                                                                               const v1::WatchFiguresRequest* request) {
  return watch_.Open(context, *request);
}

absl::Status ReportingRpc::Get(const service::Caller& caller, const v1::GetFiguresRequest& request, v1::RegionFigures& figures) {
  const absl::StatusOr<RegionCode> region = RegionOf(request.region(), "region");
  if (!region.ok()) return region.status();
  const absl::StatusOr<int> month = MonthOf(request.year(), request.month());
  if (!month.ok()) return month.status();
  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  FigureReads reads(**reader, regions_, RegionCode::FromCell(caller.region));
  absl::StatusOr<v1::RegionFigures> found = reads.OfRegion(*region, *month);
  if (!found.ok()) return found.status();
  figures = *std::move(found);
  return absl::OkStatus();
}

absl::Status ReportingRpc::List(const service::Caller& caller, const v1::ListFiguresRequest& request,
                                v1::ListFiguresResponse& response) {
  const absl::StatusOr<RegionCode> parent = RegionOf(request.parent(), "parent");
  if (!parent.ok()) return parent.status();
  absl::StatusOr<int> month = MonthOf(request.year(), request.month());
  if (!month.ok()) return month.status();
  if (request.page_size() < 0 || request.page_size() > kMaxPage) return Invalid("page_size_invalid", "page_size", "a page has 1 to 1,000 regions");
  const std::string filter = absl::StrCat("ListFigures ", request.parent(), " ", *month);
  const absl::StatusOr<std::vector<int64_t>> position = service::DecodePageToken(request.page_token(), filter, 2);
  if (!position.ok()) return position.status();

  absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  FigureReads reads(**reader, regions_, RegionCode::FromCell(caller.region));
  // All pages are of one month, also where the latest was asked for and a new one begins between two pages.
  RegionCode after;
  if (!position->empty()) {
    after = RegionCode::FromCell((*position)[0]);
    month = static_cast<int>((*position)[1]);
  } else if (*month == 0) {
    month = reads.LatestMonth();
    if (!month.ok()) return month.status();
  }
  absl::StatusOr<FigureReads::Children> children =
      reads.OfChildren(*parent, *month, after, request.page_size() == 0 ? kDefaultPage : request.page_size());
  if (!children.ok()) return children.status();
  for (v1::RegionFigures& figures : children->figures) response.add_figures()->Swap(&figures);
  if (children->more) {
    const auto last = static_cast<int64_t>(response.figures().rbegin()->region());
    response.set_next_page_token(service::EncodePageToken({last, *month}, filter));
  }
  return absl::OkStatus();
}

}  // namespace berdaya::reporting
