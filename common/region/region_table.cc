#include "common/region/region_table.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace berdaya::region {
namespace {

using calendar::Day;

constexpr std::string_view kMagic = "berdaya-regions";
constexpr std::string_view kFormat = "1";
// Far above any real table: bounds, so that a wrong path or a damaged count does not ask for all memory.
constexpr uintmax_t kMostBytes = 256 << 20;
constexpr uint32_t kMostRows = 1'000'000;

absl::Status Damaged(const std::string& what) { return absl::InvalidArgumentError(what); }

// Cuts the part before the next separator off the front of `rest`; the last part has none after it.
std::string_view Cut(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

absl::StatusOr<Day> OptionalDay(std::string_view text) {
  if (text.empty()) return Day();
  return Day::Parse(text);
}

absl::StatusOr<RegionCode> OptionalCode(std::string_view text) {
  if (text.empty()) return RegionCode();
  return RegionCode::Parse(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<const RegionTable>> RegionTable::Load(const std::string& path) {
  std::error_code error;
  const uintmax_t size = std::filesystem::is_regular_file(path, error) ? std::filesystem::file_size(path, error) : 0;
  std::ifstream file(path, std::ios::binary);
  if (error || size == 0 || size > kMostBytes || !file) {
    return absl::NotFoundError(path + ": the table of regions cannot be opened; give the path of regions.tsv");
  }
  std::string text(size, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(size))) {
    return absl::NotFoundError(path + ": the table of regions cannot be read");
  }
  return FromText(std::move(text), path);
}

absl::StatusOr<std::unique_ptr<const RegionTable>> RegionTable::FromText(std::string text, const std::string& name) {
  std::unique_ptr<RegionTable> table(new RegionTable);
  table->text_ = std::move(text);
  if (absl::Status status = table->Read(name); !status.ok()) return status;
  if (absl::Status status = table->Link(); !status.ok()) {
    return absl::InvalidArgumentError(name + ": " + std::string(status.message()));
  }
  return table;
}

absl::Status RegionTable::Read(const std::string& name) {
  const auto at = [&](int line, const absl::Status& status) {
    return absl::InvalidArgumentError(name + ":" + std::to_string(line) + ": " + std::string(status.message()));
  };
  std::string_view rest = text_;
  int line_number = 0;
  uint32_t expected = 0;
  bool started = false;
  while (!rest.empty()) {
    ++line_number;
    std::string_view line = Cut(rest, '\n');
    if (line.empty() || line[0] == '#') continue;
    if (started) {
      if (absl::Status status = ReadRow(line); !status.ok()) return at(line_number, status);
      continue;
    }
    started = true;
    const bool magic = Cut(line, '\t') == kMagic && Cut(line, '\t') == kFormat;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), expected);
    if (!magic || error != std::errc() || end != line.data() + line.size() || expected > kMostRows) {
      return at(line_number, Damaged("this is no table of regions of format 1; make it again with make_regions.py"));
    }
    regions_.reserve(expected);
    first_of_.reserve(expected);
  }
  if (!started || regions_.size() != expected) {
    return at(line_number, Damaged("the table of regions is cut: it has " + std::to_string(regions_.size()) + " rows, expected " +
                                   std::to_string(expected)));
  }
  return absl::OkStatus();
}

absl::Status RegionTable::ReadRow(std::string_view line) {
  const auto code = RegionCode::Parse(Cut(line, '\t'));
  if (!code.ok()) return code.status();
  Region region{.code = *code, .name = Cut(line, '\t')};
  const auto from = OptionalDay(Cut(line, '\t'));
  const auto to = OptionalDay(Cut(line, '\t'));
  const auto predecessor = OptionalCode(Cut(line, '\t'));
  if (!from.ok()) return from.status();
  if (!to.ok()) return to.status();
  if (!predecessor.ok()) return predecessor.status();
  if (!line.empty()) return Damaged("a row has at most five fields");
  region.valid_from = *from;
  region.valid_to = *to;
  region.predecessor = *predecessor;
  return Append(region);
}

absl::Status RegionTable::Append(const Region& region) {
  if (region.name.empty()) return Damaged("the region has no name");
  if (!region.valid_to.empty() && region.valid_to <= region.valid_from) return Damaged("the region ends before it begins");
  const RegionCode parent = region.code.Parent();
  if (!parent.IsNation() && !Exists(parent)) return Damaged("the region above, " + parent.Format() + ", does not come before it");
  if (!regions_.empty()) {
    const Region& last = regions_.back();
    if (region.code < last.code) return Damaged("rows are not sorted by code");
    const bool overlap = last.code == region.code && (last.valid_to.empty() || region.valid_from < last.valid_to);
    if (overlap) return Damaged("two versions of one code are valid on the same day");
  }
  first_of_.try_emplace(region.code, static_cast<uint32_t>(regions_.size()));
  regions_.push_back(region);
  return absl::OkStatus();
}

// Sets the successors from the predecessors.
absl::Status RegionTable::Link() {
  std::vector<bool> divided(regions_.size());
  for (const Region& region : regions_) {
    if (region.predecessor.IsNation()) continue;
    const auto found = first_of_.find(region.predecessor);
    if (found == first_of_.end()) {
      return Damaged("the code before of " + region.code.Format() + ", " + region.predecessor.Format() + ", is not in the table");
    }
    for (uint32_t i = found->second; i < regions_.size() && regions_[i].code == region.predecessor; ++i) {
      Region& before = regions_[i];
      if (before.valid_to.empty() || before.valid_to != region.valid_from) continue;
      if (!before.successor.IsNation()) divided[i] = true;
      before.successor = region.code;
    }
  }
  for (size_t i = 0; i < regions_.size(); ++i) {
    if (divided[i]) regions_[i].successor = RegionCode();
  }
  return absl::OkStatus();
}

absl::Span<const Region> RegionTable::Versions(RegionCode code) const {
  const auto found = first_of_.find(code);
  if (found == first_of_.end()) return {};
  const Region* first = regions_.data() + found->second;
  const Region* end = first + 1;
  while (end != regions_.data() + regions_.size() && end->code == code) ++end;
  return {first, static_cast<size_t>(end - first)};
}

const Region* RegionTable::Find(RegionCode code, Day day) const {
  for (const Region& region : Versions(code)) {
    if (region.ValidOn(day)) return &region;
  }
  return nullptr;
}

std::vector<const Region*> RegionTable::Children(RegionCode code, Day day) const {
  std::vector<const Region*> children;
  if (code.level() == Level::kVillage) return children;
  const Level below = static_cast<Level>(static_cast<int>(code.level()) + 1);
  const auto before = [](const Region& region, int64_t cell) { return region.code.ToCell() < cell; };
  auto at = std::lower_bound(regions_.begin(), regions_.end(), code.Range().first, before);
  while (at != regions_.end() && code.Contains(at->code)) {
    if (at->code.level() != below) {  // the region itself: its children come next
      ++at;
      continue;
    }
    if (at->ValidOn(day)) children.push_back(&*at);
    const auto next = std::next(at);
    const bool other_version = next != regions_.end() && next->code == at->code;
    at = other_version ? next : std::lower_bound(next, regions_.end(), at->code.Range().end, before);
  }
  return children;
}

RegionCode RegionTable::Successor(RegionCode code) const {
  const absl::Span<const Region> versions = Versions(code);
  return versions.empty() ? RegionCode() : versions.back().successor;
}

RegionCode RegionTable::Step(RegionCode code, Day day) const {
  const absl::Span<const Region> versions = Versions(code);
  if (versions.empty()) return {};
  if (day < versions.front().valid_from) return versions.front().predecessor;
  // Not valid on the day and not before its time: the last version that had ended by then.
  RegionCode next;
  for (const Region& region : versions) {
    if (!region.valid_to.empty() && region.valid_to <= day) next = region.successor;
  }
  return next;
}

RegionCode RegionTable::CodeOn(RegionCode code, Day day) const {
  // Real chains have one step; the bound only keeps a table whose codes lead in a circle from hanging a process.
  constexpr int kMostSteps = 32;
  for (int i = 0; i < kMostSteps && !code.IsNation(); ++i) {
    if (Find(code, day) != nullptr) return code;
    const RegionCode next = Step(code, day);
    // A village or district that leads nowhere counts at its regency, not at its district: districts are renumbered too.
    code = !next.IsNation() ? next : code.level() > Level::kRegency ? code.At(Level::kRegency) : code.Parent();
  }
  return {};
}

}  // namespace berdaya::region
