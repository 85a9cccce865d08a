#include "services/graduation/env.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/textproto/textproto.h"
#include "google/protobuf/text_format.h"

namespace berdaya::graduation {
namespace {

using google::protobuf::TextFormat;

absl::StatusOr<std::vector<std::string>> FilesIn(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".textproto") files.push_back(it->path().string());
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  if (files.empty()) return absl::NotFoundError(absl::StrCat(folder, ": no rule set in it; a rule set is a file *.textproto"));
  std::sort(files.begin(), files.end());
  return files;
}

// "path:line: reason", the line of the field that the status is about: "warn_months[1]" or "version".
absl::Status AtLine(const std::string& path, const absl::Status& status, const TextFormat::ParseInfoTree& places) {
  const std::string place = FieldOf(status);
  const size_t bracket = place.find('[');
  const int index = bracket == std::string::npos ? -1 : std::atoi(place.c_str() + bracket + 1);
  const auto* field = v1::RuleSet::descriptor()->FindFieldByName(place.substr(0, bracket));
  int line = -1;
  if (field != nullptr) line = places.GetLocation(field, field->is_repeated() ? std::max(index, 0) : -1).line;
  const std::string where = line < 0 ? path : absl::StrCat(path, ":", line + 1);
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", place, place.empty() ? "" : ": ", std::string(status.message())));
}

}  // namespace

absl::StatusOr<RuleBook> LoadRuleBook(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> files = FilesIn(folder);
  if (!files.ok()) return files.status();
  std::vector<v1::RuleSet> sets;
  for (const std::string& file : *files) {
    TextFormat::ParseInfoTree places;
    v1::RuleSet& set = sets.emplace_back();
    if (absl::Status s = ReadTextProto(file, set, &places); !s.ok()) return s;
    if (absl::Status s = CheckRuleSet(set); !s.ok()) return AtLine(file, s, places);
  }
  absl::StatusOr<RuleBook> book = RuleBook::Make(sets);
  if (!book.ok()) return absl::InvalidArgumentError(absl::StrCat(folder, ": ", std::string(book.status().message())));
  return book;
}

}  // namespace berdaya::graduation
