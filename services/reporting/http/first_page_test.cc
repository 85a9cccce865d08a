// The page by what it says and how it is built, not by its bytes.
#include "services/reporting/http/first_page.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/flow/tables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/reporting/events/count.h"
#include "services/reporting/testing.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using region::RegionCode;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The tags of a page in order, "" where one is closed that is not open.
std::string Unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const bool closes = html[at + 1] == '/';
    const size_t first = at + (closes ? 2 : 1);
    const std::string tag = html.substr(first, html.find_first_of(" >\n", first) - first);
    if (tag == "!doctype" || tag == "meta" || tag == "link" || tag == "col") continue;
    if (!closes) {
      open.push_back(tag);
    } else if (open.empty() || open.back() != tag) {
      return absl::StrCat("</", tag, "> closes ", open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : absl::StrCat("<", open.back(), "> stays open");
}

// The cells of the row with this name, as they are read.
std::vector<std::string> RowOf(const std::string& html, const std::string& name) {
  std::vector<std::string> cells;
  size_t at = html.find("<th scope=\"row\">" + name + "</th>");
  if (at == std::string::npos) at = html.find("\">" + name + "</a></th>");
  if (at == std::string::npos) return cells;
  const size_t end = html.find("</tr>", at);
  for (at = html.find("<td", at); at < end; at = html.find("<td", at + 1)) {
    const size_t text = html.find('>', at) + 1;
    cells.push_back(html.substr(text, html.find('<', text) - text));
  }
  return cells;
}

class FirstPageTest : public testing::Test {
 protected:
  FirstPageTest() {
    store::Schema schema{.tables = flow::FlowTables()};
    const auto own = Tables();
    schema.tables.insert(schema.tables.end(), own.begin(), own.end());
    EXPECT_TRUE(database_->Migrate(schema).ok());
  }

  // Adds to the figures, and says how far the registry's facts were read.
  void Given(uint64_t region, Day day, v1::Indicator indicator, int64_t change, Day as_of = {}) {
    flow::Outcome out = flow::Outcome::Done();
    Count(*RegionCode::FromNumber(region), day, indicator, change, out);
    for (int32_t p = 0; p < 6 && !as_of.empty(); ++p) out.Put(flow::InputRow{"registry.facts.v1", p, 1, 0, as_of});
    auto transaction = *database_->Begin();
    flow::View view(nullptr);
    view.Begin(transaction.get(), {});
    out.ApplyTo(view);
    ASSERT_TRUE(view.Flush().ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  service::HttpResponse Ask(std::map<std::string, std::string> query = {}, const std::string& path = "/") {
    service::HttpResponse response = page_.Answer({path, std::move(query)});
    EXPECT_EQ(Unbalanced(response.content_type == "text/html; charset=utf-8" ? response.body : ""), "");
    return response;
  }

  std::unique_ptr<store::Database> database_ =
      *store::Open({.url = absl::StrCat("sqlite:", testing::TempDir(), "/first_page_test.", getpid(), ".",
                                        testing::UnitTest::GetInstance()->current_test_info()->name(), ".db")});
  int64_t waiting_ = 0;
  FirstPage page_{*database_, TestRegions(), [this] { return waiting_; }};
};

TEST_F(FirstPageTest, ShowsTheNationByProvince) {
  Given(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 1'234'567, Day::Of(2020, 6, 24));
  Given(3201010000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 1'000);
  Given(3324050000, Day::Of(2020, 5, 24), v1::INDICATOR_GRADUATED_TIME_LIMIT, 12);
  waiting_ = 1'500;
  const service::HttpResponse page = Ask();
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, AllOf(HasSubstr("<html lang=\"id\">"), HasSubstr("<h1>Indonesia</h1>"), HasSubstr("Keadaan sampai 24 Juni 2020"),
                               HasSubstr("Menurut provinsi"), HasSubstr("+1.235.567 bulan ini"), HasSubstr("1.500"),
                               HasSubstr("href=\"/?region=3300000000\">Jawa Tengah</a>")));
  const std::vector<std::string> central_java = RowOf(page.body, "Jawa Tengah");
  ASSERT_EQ(central_java.size(), 12u);
  EXPECT_EQ(central_java[0], "1.234.567");
  EXPECT_EQ(central_java[6], "12");
  EXPECT_EQ(RowOf(page.body, "Aceh")[0], "0") << "a province without figures has a row all the same";
  EXPECT_EQ(RowOf(page.body, "Jumlah")[0], "1.235.567");
  EXPECT_TRUE(RowOf(page.body, "Tidak dirinci menurut wilayah").empty());
  EXPECT_TRUE(RowOf(page.body, "Papua Selatan").empty()) << "a province of 2022 is none of 2020";
}

TEST_F(FirstPageTest, LoadsNothingFromElsewhereAndRunsNothing) {
  Given(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 5);
  const service::HttpResponse page = Ask();
  for (const char* forbidden : {"http:", "https:", "//", "<script", "style=", "onclick", "<img", "url("}) {
    EXPECT_THAT(page.body, Not(HasSubstr(forbidden)));
    EXPECT_THAT(std::string(StyleSheet()), Not(HasSubstr(forbidden)));
  }
  bool strict = false;
  for (const auto& [name, value] : page.headers) {
    strict = strict || (name == "Content-Security-Policy" && value.starts_with("default-src 'none'; style-src 'self';"));
  }
  EXPECT_TRUE(strict);
}

TEST_F(FirstPageTest, SwitchesToEnglishAndStaysThere) {
  Given(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 5, Day::Of(2020, 8, 1));
  const service::HttpResponse page = Ask({{"lang", "en"}, {"region", "3300000000"}});
  EXPECT_THAT(page.body, AllOf(HasSubstr("<html lang=\"en\">"), HasSubstr("At the end of June 2020"), HasSubstr("By regency and city"),
                               HasSubstr("href=\"/?region=3324000000&amp;lang=en\">Kabupaten Kendal</a>"),
                               HasSubstr("<a href=\"/?region=3300000000\" lang=\"id\"")));
  for (const char* word : {"Keluarga", "Jumlah", "bulan", "Wilayah", "Keadaan"}) EXPECT_THAT(page.body, Not(HasSubstr(word)));
}

TEST_F(FirstPageTest, GoesDownToDistrictsAndNoFurther) {
  Given(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 5);
  const service::HttpResponse regency = Ask({{"region", "3324000000"}});
  EXPECT_THAT(regency.body, AllOf(HasSubstr("Menurut kecamatan"), HasSubstr("<th scope=\"row\">Singorojo</th>"),
                                  HasSubstr("<a href=\"/\">Indonesia</a>"), HasSubstr("<a href=\"/?region=3300000000\">Jawa Tengah</a>")));
  const service::HttpResponse district = Ask({{"region", "3324050000"}});
  EXPECT_EQ(district.status, 200);
  EXPECT_THAT(district.body, Not(HasSubstr("<table>")));
}

TEST_F(FirstPageTest, WhatCountsInNoPartHasARowOfItsOwn) {
  Given(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 5);
  Given(3300000000, Day::Of(2020, 6, 24), v1::INDICATOR_REPORTS_REJECTED, 3);
  const std::vector<std::string> rest = RowOf(Ask({{"region", "3300000000"}}).body, "Tidak dirinci menurut wilayah");
  ASSERT_EQ(rest.size(), 12u);
  EXPECT_EQ(rest[11], "3");
}

TEST_F(FirstPageTest, GoesBackInTime) {
  Given(3324050000, Day::Of(2020, 6, 24), v1::INDICATOR_FAMILIES, 5);
  Given(3324050000, Day::Of(2020, 9, 1), v1::INDICATOR_FAMILIES, 2);
  EXPECT_THAT(Ask().body, HasSubstr("href=\"/?month=2020-08\""));
  const service::HttpResponse july = Ask({{"month", "2020-07"}});
  EXPECT_EQ(RowOf(july.body, "Jawa Tengah")[0], "5");
  EXPECT_THAT(july.body, AllOf(HasSubstr("href=\"/?month=2020-06\""), HasSubstr("href=\"/?month=2020-08\""), HasSubstr("rel=\"last\" href=\"/\""),
                               HasSubstr("href=\"/?region=3300000000&amp;month=2020-07\"")));
}

TEST_F(FirstPageTest, SaysWhatIsWrong) {
  EXPECT_EQ(Ask({{"region", "3399000000"}}).status, 404);
  EXPECT_EQ(Ask({{"region", "<b>"}}).status, 404);
  EXPECT_EQ(Ask({{"region", "3324052001"}}).status, 404);
  EXPECT_EQ(Ask({{"month", "2020-13"}}).status, 400);
  EXPECT_EQ(Ask({}, "/nowhere").status, 404);
}

TEST_F(FirstPageTest, BeforeTheFirstEventItSaysSo) {
  waiting_ = -1;
  const service::HttpResponse page = Ask();
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, AllOf(HasSubstr("Belum ada data yang diterima"), HasSubstr("tidak diketahui"), HasSubstr("Belum ada hari yang dibuka")));
}

TEST(TextsTest, NumbersHaveTheIndonesianForm) {
  EXPECT_EQ(FormatNumber(0), "0");
  EXPECT_EQ(FormatNumber(999), "999");
  EXPECT_EQ(FormatNumber(1'000), "1.000");
  EXPECT_EQ(FormatNumber(1'234'567), "1.234.567");
  EXPECT_EQ(FormatNumber(-12'345), "\u221212.345");
  EXPECT_EQ(FormatNumber(std::numeric_limits<int64_t>::min()), "\u22129.223.372.036.854.775.808");
  EXPECT_EQ(FormatChange(12), "+12");
  EXPECT_EQ(FormatChange(0), "0");
}

TEST(TextsTest, EveryIndicatorHasAColumnInBothLanguages) {
  for (const char* lang : {"id", "en"}) {
    std::vector<int> shown;
    for (const ColumnGroup& group : TextsOf(lang).columns) {
      EXPECT_FALSE(group.heading.empty());
      for (int i = 0; i < group.size(); ++i) {
        shown.push_back(group.columns[static_cast<size_t>(i)].indicator);
        EXPECT_FALSE(group.columns[static_cast<size_t>(i)].label.empty());
      }
    }
    for (int i = 1; i < v1::Indicator_ARRAYSIZE; ++i) EXPECT_THAT(shown, testing::Contains(i));
    EXPECT_EQ(shown.size(), v1::Indicator_ARRAYSIZE - 1u);
  }
}

TEST(TextsTest, NamesAreEscaped) {
  Page page;
  page.region.set_name("<i>&\"'");
  EXPECT_THAT(RenderPage(TextsOf("id"), page), AllOf(HasSubstr("&lt;i&gt;&amp;&quot;&#39;"), Not(HasSubstr("<i>"))));
}

}  // namespace
}  // namespace berdaya::reporting
