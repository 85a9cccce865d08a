#include "services/enterprise_mentoring/matching/waiting_line.h"

#include <algorithm>
#include <utility>

namespace berdaya::mentoring {

using region::Level;
using region::RegionCode;

WaitingLine::WaitingLine(const flow::View& view, const std::vector<RegionCode>& areas) : view_(view) {
  for (const RegionCode area : areas) AddArea(area);
  for (size_t i = 0; i < regencies_.size(); ++i) Advance(i);
}

void WaitingLine::AddArea(RegionCode area) {
  if (area.level() == Level::kProvince) {
    // Its regencies in which somebody waits, each found by one step through the index.
    int64_t from = area.Range().first;
    while (true) {
      const std::vector<CaseRow> first =
          view_.Scan<CaseRow>({.index = CaseRow::kByWaiting, .from = {from}, .to = {area.Range().end}, .limit = 1});
      if (first.empty()) return;
      regencies_.push_back({.code = first[0].waiting_in});
      from = first[0].waiting_in.Range().end;
    }
  }
  const RegionCode regency = area.At(Level::kRegency);
  // Areas are sorted, so those of one regency follow each other.
  if (regencies_.empty() || regencies_.back().code != regency) regencies_.push_back({.code = regency});
  if (area != regency) regencies_.back().areas.push_back(area);
}

bool WaitingLine::Regency::Covers(RegionCode village) const {
  return areas.empty() || std::any_of(areas.begin(), areas.end(), [&](RegionCode area) { return area.Contains(village); });
}

void WaitingLine::ReadPage(Regency& regency) {
  const int64_t code = regency.code.ToCell();
  store::ScanRange range{.index = CaseRow::kByWaiting, .from = {code}, .to = {code + 1}, .limit = kPage};
  if (!regency.page.empty()) {
    const CaseRow& last = regency.page.back();
    range.from = {code, last.graduated_on.ToCell(), last.family_id};
    range.after_from = true;
  }
  regency.page = view_.Scan<CaseRow>(range);
  regency.at = 0;
}

void WaitingLine::Advance(size_t i) {
  Regency& regency = regencies_[i];
  while (true) {
    if (regency.at == regency.page.size()) {
      const bool was_last = !regency.page.empty() && static_cast<int64_t>(regency.page.size()) < kPage;
      if (was_last) return;
      ReadPage(regency);
      if (regency.page.empty()) return;
    }
    const CaseRow& head = regency.page[regency.at];
    if (regency.Covers(head.village)) {
      heads_.emplace(head.graduated_on, head.family_id, i);
      return;
    }
    ++regency.at;
  }
}

const CaseRow* WaitingLine::Next() {
  if (heads_.empty()) return nullptr;
  const size_t i = std::get<2>(heads_.top());
  heads_.pop();
  Regency& regency = regencies_[i];
  next_ = std::move(regency.page[regency.at]);
  // The page's last row says where the next page begins: keep what that needs.
  regency.page[regency.at].family_id = next_.family_id;
  regency.page[regency.at].graduated_on = next_.graduated_on;
  ++regency.at;
  Advance(i);
  return &next_;
}

}  // namespace berdaya::mentoring
