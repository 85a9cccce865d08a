#include "services/reporting/http/first_page.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "common/service/log.h"
#include "services/reporting/queries/figures.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using region::Level;
using region::RegionCode;

constexpr int kMostParts = 1000;

service::HttpResponse Html(int status, std::string body) {
  return {status,
          "text/html; charset=utf-8",
          std::move(body),
          {{"Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}}};
}

std::string Parameter(const service::HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

// The MonthIndex of "2020-06", 0 for nothing, nullopt for anything else.
std::optional<int> MonthOf(const std::string& text) {
  if (text.empty()) return 0;
  const absl::StatusOr<Day> day = Day::Parse(text + "-01");
  if (!day.ok()) return std::nullopt;
  return day->MonthIndex();
}

// A region that is there, with or without figures.
v1::RegionFigures Empty(const region::RegionTable& regions, RegionCode region, int month) {
  v1::RegionFigures figures;
  figures.set_region(static_cast<uint64_t>(region.ToCell()));
  figures.set_name(NameOf(regions, region, month));
  return figures;
}

// The parts with figures, and those of the month's own regions without any, by code: an empty row says something too.
std::vector<v1::RegionFigures> WithAllParts(std::vector<v1::RegionFigures> parts, const region::RegionTable& regions, RegionCode parent,
                                            int month) {
  const Day day = month == 0 ? Day::Last() : Day::FirstOfMonth(month).AddMonths(1) - 1;
  const size_t found = parts.size();
  const auto before = [](const v1::RegionFigures& a, const v1::RegionFigures& b) { return a.region() < b.region(); };
  for (const region::Region* child : regions.Children(parent, day)) {
    v1::RegionFigures empty = Empty(regions, child->code, month);
    if (!std::binary_search(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(found), empty, before)) parts.push_back(std::move(empty));
  }
  std::sort(parts.begin(), parts.end(), before);
  return parts;
}

}  // namespace

void FirstPage::AddTo(service::HttpServer& server) {
  server.Handle("/", [this](const service::HttpRequest& request) { return Answer(request); });
  server.Handle(std::string(kStylePath), [](const service::HttpRequest&) {
    return service::HttpResponse{200, "text/css; charset=utf-8", std::string(StyleSheet()), {{"Cache-Control", "max-age=300"}}};
  });
}

service::HttpResponse FirstPage::Answer(const service::HttpRequest& request) const {
  if (request.path != "/") return {404, "text/plain; charset=utf-8", "no such page\n", {}};
  const Texts& texts = TextsOf(Parameter(request, "lang"));
  const std::optional<int> month = MonthOf(Parameter(request, "month"));
  if (!month.has_value()) return Html(400, RenderMessage(texts, texts.bad_month));
  const std::string asked = Parameter(request, "region");
  uint64_t number = 0;
  const bool digits = asked.empty() || absl::SimpleAtoi(asked, &number);
  const absl::StatusOr<RegionCode> region = RegionCode::FromNumber(number);
  if (!digits || !region.ok()) return Html(404, RenderMessage(texts, texts.not_found));
  const absl::StatusOr<Page> page = Read(*region, *month);
  if (page.ok()) return Html(200, RenderPage(texts, *page));
  if (absl::IsNotFound(page.status())) return Html(404, RenderMessage(texts, texts.not_found));
  static service::LogLimit limit(absl::Seconds(10));
  service::Log(limit, service::LogLevel::kError, "the page cannot read its figures", {{"status", page.status()}});
  return Html(503, RenderMessage(texts, texts.unavailable));
}

absl::StatusOr<Page> FirstPage::Read(RegionCode region, int month) const {
  const absl::StatusOr<std::unique_ptr<store::Reader>> reader = database_.Snapshot();
  if (!reader.ok()) return reader.status();
  FigureReads reads(**reader, regions_, RegionCode());
  Page page;
  const absl::StatusOr<int> latest = reads.LatestMonth();
  if (!latest.ok()) return latest.status();
  page.latest_month = *latest;
  page.month = month != 0 ? month : *latest;
  page.asked_month = month != 0;
  absl::StatusOr<v1::RegionFigures> figures = reads.OfRegion(region, page.month);
  if (!figures.ok()) return figures.status();
  page.region = *std::move(figures);
  for (RegionCode at = region; !at.IsNation();) {
    at = at.Parent();
    page.above.insert(page.above.begin(), Empty(regions_, at, page.month));
  }
  if (region.level() < Level::kDistrict) {
    absl::StatusOr<FigureReads::Children> children = reads.OfChildren(region, page.month, RegionCode(), kMostParts);
    if (!children.ok()) return children.status();
    page.parts = WithAllParts(std::move(children->figures), regions_, region, page.month);
  }
  const absl::StatusOr<Day> as_of = reads.AsOf();
  if (!as_of.ok()) return as_of.status();
  page.as_of = *as_of;
  page.waiting = waiting_();
  page.made = absl::Now();
  return page;
}

}  // namespace berdaya::reporting
