// Every code that the code base uses is in docs/rejections.md, and what provinces can get is in the catalogue, in both languages.
#include "services/registry/domain/rejections.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace berdaya::registry {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The rows of the n-th table of the page, split into cells, without its head.
std::vector<std::vector<std::string>> TableOfPage(int n) {
  std::vector<std::vector<std::string>> rows;
  bool in_table = false;
  for (const absl::string_view line : absl::StrSplit(ReadFile("docs/rejections.md"), '\n')) {
    const bool is_row = absl::StartsWith(line, "|");
    if (is_row && !in_table) --n;
    in_table = is_row;
    if (!is_row || n != -1 || !absl::StartsWith(line, "| `")) continue;
    absl::string_view inside = absl::StripSuffix(absl::StripPrefix(line, "| `"), " |");
    std::vector<std::string> cells = absl::StrSplit(inside, " | ");
    cells[0] = std::string(absl::StripSuffix(cells[0], "`"));
    rows.push_back(std::move(cells));
  }
  return rows;
}

// The codes that a source gives to statuses and answers. Of WithReason, whose first argument may be long, the first literal that
// can be a code.
std::set<std::string> CodesIn(const std::string& source) {
  std::set<std::string> codes;
  static const std::regex kDirect(R"re(\b(?:Invalid|Refused|Rejected)\(\s*"([a-z][a-z0-9_]*)")re");
  for (std::sregex_iterator it(source.begin(), source.end(), kDirect), end; it != end; ++it) codes.insert((*it)[1]);
  static const std::regex kLiteral(R"re("([a-z][a-z0-9_]*)")re");
  for (size_t at = source.find("WithReason("); at != std::string::npos; at = source.find("WithReason(", at + 1)) {
    const std::string call = source.substr(at, 300);
    std::smatch found;
    if (std::regex_search(call, found, kLiteral)) codes.insert(found[1]);
  }
  return codes;
}

// The codes of all sources below a folder, each with a file that uses it.
std::map<std::string, std::string> CodesBelow(const std::vector<std::string>& folders) {
  std::map<std::string, std::string> codes;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = entry.path().string();
      const bool is_source = absl::EndsWith(path, ".cc") || absl::EndsWith(path, ".h");
      if (!is_source || absl::EndsWith(path, "_test.cc") || absl::StrContains(path, "testing")) continue;
      for (const std::string& code : CodesIn(ReadFile(path))) codes[code] = path;
    }
  }
  return codes;
}

TEST(Rejections, AreSortedWithoutRepeatsAndSpeakBothLanguages) {
  std::string_view last;
  for (const Rejection& rejection : AllRejections()) {
    EXPECT_LT(last, rejection.code);
    last = rejection.code;
    EXPECT_NE(rejection.id, "") << rejection.code;
    EXPECT_NE(rejection.en, "") << rejection.code;
    EXPECT_NE(rejection.id, rejection.en) << rejection.code;
    for (const std::string_view sentence : {rejection.id, rejection.en}) {
      EXPECT_EQ(sentence.find('|'), std::string_view::npos) << "breaks the table of the page";
      EXPECT_LE(sentence.size(), 200u) << rejection.code;
    }
  }
}

TEST(Rejections, ACodeFindsItsSentencesAndAnUnknownOneTheGeneralOnes) {
  for (const Rejection& rejection : AllRejections()) EXPECT_EQ(RejectionOf(rejection.code).en, rejection.en);
  for (const char* unknown : {"", "a", "nik", "zzz", "no_such_code"}) EXPECT_EQ(RejectionOf(unknown).code, "invalid") << unknown;
}

TEST(Rejections, ThePageSaysWhatTheCatalogueSays) {
  const auto rows = TableOfPage(0);
  ASSERT_EQ(rows.size(), AllRejections().size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const Rejection& rejection = AllRejections()[i];
    EXPECT_EQ(rows[i],
              (std::vector<std::string>{std::string(rejection.code), std::string(rejection.id), std::string(rejection.en)}));
  }
}

TEST(Rejections, EveryCodeOfTheCodeBaseIsOnThePage) {
  std::set<std::string> page;
  for (const int table : {0, 1}) {
    for (const auto& row : TableOfPage(table)) {
      ASSERT_EQ(row.size(), 3u) << row[0];
      EXPECT_TRUE(page.insert(row[0]).second) << row[0] << " is there twice";
    }
  }
  const auto used = CodesBelow({"services", "common"});
  EXPECT_GT(used.size(), 80u) << "the scan finds no codes any more";
  for (const auto& [code, file] : used) EXPECT_TRUE(page.contains(code)) << "docs/rejections.md lacks " << code << " of " << file;
}

TEST(Rejections, EveryCodeThatAProvinceCanGetIsInTheCatalogue) {
  auto used = CodesBelow({"services/registry/domain", "services/registry/events"});
  const std::regex answer(R"re(Rejected\(\s*"([a-z_]+)")re");
  for (const auto& entry : fs::recursive_directory_iterator("services/graduation")) {
    if (!absl::EndsWith(entry.path().string(), ".cc") || absl::EndsWith(entry.path().string(), "_test.cc")) continue;
    const std::string source = ReadFile(entry.path());
    for (std::sregex_iterator it(source.begin(), source.end(), answer), end; it != end; ++it)
      used[(*it)[1]] = entry.path().string();
  }
  for (const char* by_the_path : {"undecodable", "unknown_type", "discarded", "invalid"}) used[by_the_path] = "common/flow";
  for (const auto& [code, file] : used) EXPECT_EQ(RejectionOf(code).code, code) << "of " << file;
}

TEST(Rejections, ThePageHasNoCodeThatNobodyUses) {
  std::string sources;
  for (const char* folder : {"services", "common"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = entry.path().string();
      if (!absl::EndsWith(path, "_test.cc") && !absl::EndsWith(path, "domain/rejections.cc") && entry.is_regular_file()) {
        absl::StrAppend(&sources, ReadFile(path));
      }
    }
  }
  for (const int table : {0, 1}) {
    for (const auto& row : TableOfPage(table)) {
      // held_on_ahead and its like are put together from the field.
      const std::string made = std::regex_replace(row[0], std::regex("^(held_on|reached_on)_(ahead|invalid)$"), "_$2");
      EXPECT_TRUE(absl::StrContains(sources, absl::StrCat("\"", made, "\""))) << row[0];
    }
  }
}

}  // namespace
}  // namespace berdaya::registry
