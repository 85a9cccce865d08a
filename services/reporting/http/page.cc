#include "services/reporting/http/page.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace berdaya::reporting {
namespace {

using region::Level;
using region::RegionCode;

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

RegionCode CodeOf(const v1::RegionFigures& figures) { return RegionCode::FromCell(static_cast<int64_t>(figures.region())); }

int64_t ValueOf(const v1::RegionFigures& figures, v1::Indicator indicator) {
  return indicator <= figures.figures_size() ? figures.figures(indicator - 1).value() : 0;
}
int64_t ChangeOf(const v1::RegionFigures& figures, v1::Indicator indicator) {
  return indicator <= figures.figures_size() ? figures.figures(indicator - 1).change() : 0;
}

// The value of an href attribute. Indonesian, the nation and the latest month are what no parameter means.
std::string Href(std::string_view lang, uint64_t region, int month) {
  std::string query;
  const auto add = [&](const std::string& parameter) { query += (query.empty() ? "?" : "&amp;") + parameter; };
  if (region != 0) add(absl::StrCat("region=", region));
  if (month != 0) add(absl::StrFormat("month=%04d-%02d", month / 12, month % 12 + 1));
  if (lang == "en") add("lang=en");
  return "/" + query;
}

// Writes one page.
class Writer {
 public:
  Writer(const Texts& texts, const Page& page) : t_(texts), page_(page) {}

  std::string Write() {
    Head(t_, page_.region.name());
    Put("<body>\n<a class=\"skip\" href=\"#table\">", t_.skip, "</a>\n");
    Header();
    Put("<main>\n");
    Path();
    Put("<h1>", Escape(page_.region.name()), "</h1>\n<p class=\"when\">", When(), "</p>\n");
    Months();
    Headlines();
    if (!page_.parts.empty()) Table();
    Put("</main>\n");
    Footer();
    Put("</body>\n</html>\n");
    return std::move(out_);
  }

  std::string WriteMessage(std::string_view sentence) {
    Head(t_, sentence);
    Put("<body>\n");
    Header();
    Put("<main>\n<h1>", Escape(sentence), "</h1>\n<p><a href=\"", Href(t_.lang, 0, 0), "\">", t_.to_nation,
        "</a></p>\n</main>\n</body>\n</html>\n");
    return std::move(out_);
  }

 private:
  template <class... Part>
  void Put(const Part&... parts) {
    (out_.append(std::string_view(parts)), ...);
  }

  int LinkMonth() const { return page_.asked_month ? page_.month : 0; }

  void Head(const Texts& t, std::string_view subject) {
    Put("<!doctype html>\n<html lang=\"", t.lang, "\">\n<head>\n<meta charset=\"utf-8\">\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", Escape(subject), " \u00b7 ", t.title,
        "</title>\n<link rel=\"stylesheet\" href=\"", kStylePath, "\">\n</head>\n");
  }

  void Header() {
    Put("<header>\n<p class=\"name\"><a href=\"", Href(t_.lang, 0, 0), "\">", t_.title, "</a> <span>", t_.tagline, "</span></p>\n");
    Put("<p class=\"lang\"><a href=\"", Href(t_.other_lang, page_.region.region(), LinkMonth()), "\" lang=\"",
        t_.other_lang.empty() ? "id" : t_.other_lang, "\" hreflang=\"", t_.other_lang.empty() ? "id" : t_.other_lang, "\">",
        t_.other_name, "</a></p>\n</header>\n");
  }

  void Path() {
    if (page_.above.empty()) return;
    Put("<nav aria-label=\"", t_.path_label, "\">\n<ol class=\"path\">\n");
    for (const v1::RegionFigures& region : page_.above) {
      Put("<li><a href=\"", Href(t_.lang, region.region(), LinkMonth()), "\">", Escape(region.name()), "</a></li>\n");
    }
    Put("<li aria-current=\"page\">", Escape(page_.region.name()), "</li>\n</ol>\n</nav>\n");
  }

  std::string When() const {
    if (page_.month == 0) return std::string(t_.no_event);
    // The day itself is still running, the last of a month too.
    if (page_.as_of.MonthIndex() == page_.month) return absl::StrCat(std::string(t_.as_of), " ", FormatDay(t_, page_.as_of));
    return absl::StrCat(std::string(t_.at_end_of), " ", FormatMonth(t_, page_.month));
  }

  void Months() {
    if (page_.month == 0) return;
    const auto link = [&](int month, const char* rel, const char* before, const char* after) {
      // The latest month needs no address of its own: that page moves on with the events.
      const int asked = month == page_.latest_month ? 0 : month;
      Put("<li><a rel=\"", rel, "\" href=\"", Href(t_.lang, page_.region.region(), asked), "\">", before, FormatMonth(t_, month),
          after, "</a></li>\n");
    };
    Put("<nav aria-label=\"", t_.month_label, "\">\n<ul class=\"months\">\n");
    link(page_.month - 1, "prev", "\u2039 ", "");
    if (page_.month < page_.latest_month) link(page_.month + 1, "next", "", " \u203a");
    if (page_.month + 1 < page_.latest_month) link(page_.latest_month, "last", "", " \u00bb");
    Put("</ul>\n</nav>\n");
  }

  void Headlines() {
    Put("<section aria-label=\"", t_.headlines_label, "\">\n<dl class=\"headlines\">\n");
    for (const Headline& headline : t_.headlines) {
      int64_t value = 0;
      int64_t change = 0;
      for (const v1::Indicator indicator : headline.indicators) {
        if (indicator == v1::INDICATOR_UNSPECIFIED) continue;
        value += ValueOf(page_.region, indicator);
        change += ChangeOf(page_.region, indicator);
      }
      Put("<div><dt>", headline.label, "</dt><dd><strong>", FormatNumber(value), "</strong> <small>", FormatChange(change), " ",
          t_.this_month, "</small></dd></div>\n");
    }
    Put("</dl>\n</section>\n");
  }

  std::string_view Caption() const {
    switch (CodeOf(page_.region).level()) {
      case Level::kNation:
        return t_.by_province;
      case Level::kProvince:
        return t_.by_regency;
      default:
        return t_.by_district;
    }
  }

  template <class Visit>
  void ForEachColumn(Visit visit) const {
    for (const ColumnGroup& group : t_.columns) {
      for (int i = 0; i < group.size(); ++i) visit(group.columns[static_cast<size_t>(i)], i == 0);
    }
  }

  void Table() {
    Put("<section id=\"table\" class=\"scroll\" tabindex=\"0\" aria-labelledby=\"caption\">\n<table>\n<caption id=\"caption\">",
        Caption(), " <span>", t_.scroll, "</span></caption>\n");
    Put("<colgroup>\n<col>\n");
    for (const ColumnGroup& group : t_.columns) Put("<col span=\"", std::to_string(group.size()), "\">\n");
    Put("</colgroup>\n<thead>\n<tr><th rowspan=\"2\" scope=\"col\">", t_.region, "</th>");
    for (const ColumnGroup& group : t_.columns) {
      Put("<th class=\"first\" colspan=\"", std::to_string(group.size()), "\" scope=\"colgroup\">", group.heading, "</th>");
    }
    Put("</tr>\n<tr>");
    ForEachColumn([&](const Column& column, bool first) {
      Put(first ? "<th class=\"first\" scope=\"col\">" : "<th scope=\"col\">", column.label, "</th>");
    });
    Put("</tr>\n</thead>\n<tbody>\n");
    for (const v1::RegionFigures& part : page_.parts) Row(part, Level::kDistrict != CodeOf(part).level());
    if (const v1::RegionFigures rest = Rest(); rest.figures_size() > 0) Row(rest, false);
    Put("</tbody>\n<tfoot>\n");
    v1::RegionFigures total = page_.region;
    total.set_name(std::string(t_.total));
    Row(total, false);
    Put("</tfoot>\n</table>\n</section>\n");
  }

  void Row(const v1::RegionFigures& figures, bool linked) {
    Put("<tr><th scope=\"row\">");
    if (linked) Put("<a href=\"", Href(t_.lang, figures.region(), LinkMonth()), "\">");
    Put(Escape(figures.name()), linked ? "</a></th>" : "</th>");
    ForEachColumn([&](const Column& column, bool first) {
      const int64_t value = ValueOf(figures, column.indicator);
      Put(first ? "<td class=\"first" : "<td class=\"", value == 0 ? " zero\">" : "\">", FormatNumber(value), "</td>");
    });
    Put("</tr>\n");
  }

  // What the region has and none of its parts; without figures where there is no such thing.
  v1::RegionFigures Rest() const {
    v1::RegionFigures rest = page_.region;
    rest.set_name(std::string(t_.own_offices));
    bool any = false;
    for (v1::Figure& figure : *rest.mutable_figures()) {
      for (const v1::RegionFigures& part : page_.parts) figure.set_value(figure.value() - ValueOf(part, figure.indicator()));
      any = any || figure.value() != 0;
    }
    if (!any) rest.clear_figures();
    return rest;
  }

  void Footer() {
    Put("<footer>\n<p>", t_.note_stock, " ", t_.note_people, " ", t_.note_numbers, "</p>\n<ul class=\"fresh\">\n<li>");
    if (page_.as_of.empty()) {
      Put(t_.fresh_no_day);
    } else {
      Put(t_.fresh_day, " <time datetime=\"", page_.as_of.Format(), "\">", FormatDay(t_, page_.as_of), "</time>");
    }
    Put("</li>\n<li>", t_.fresh_waiting, " ", page_.waiting < 0 ? std::string(t_.fresh_unknown) : FormatNumber(page_.waiting),
        "</li>\n");
    const absl::TimeZone wib = absl::FixedTimeZone(7 * 60 * 60);
    Put("<li>", t_.fresh_made, " <time datetime=\"", absl::FormatTime("%Y-%m-%dT%H:%M:%S+07:00", page_.made, wib), "\">",
        FormatDay(t_, calendar::JakartaDay(page_.made)), ", ", absl::FormatTime("%H.%M.%S", page_.made, wib), " WIB</time></li>\n");
    Put("</ul>\n</footer>\n");
  }

  const Texts& t_;
  const Page& page_;
  std::string out_;
};

}  // namespace

std::string RenderPage(const Texts& texts, const Page& page) { return Writer(texts, page).Write(); }

std::string RenderMessage(const Texts& texts, std::string_view sentence) { return Writer(texts, Page{}).WriteMessage(sentence); }

}  // namespace berdaya::reporting
