#include "tools/simulation/workload.h"

#include <algorithm>

#include "berdaya/enterprise_mentoring/v1/types.pb.h"

namespace berdaya::simulation {
namespace {

// Of the messages without faults; of all it is 1.2 %, and every fault has to be at least 1 %.
constexpr double kFaultShare = 0.0128;
constexpr int64_t kMorningUs = int64_t{3600} * 1'000'000;  // 08:00 in Jakarta is 01:00 UTC
constexpr int64_t kDayUs = int64_t{86'400} * 1'000'000;
constexpr int64_t kTickUs = 1000;
constexpr uint16_t kField = 1;  // officers: who reports and recommends, and who decides
constexpr uint16_t kHead = 2;
constexpr uint64_t kFamilyStream = uint64_t{2} << 40;
constexpr uint64_t kFaultStream = uint64_t{3} << 40;
constexpr Day kHorizon = DayOf(2021, 1, 1);

}  // namespace

absl::StatusOr<Workload> Workload::Make(const Regions& regions, Ledger& ledger, uint64_t seed, int families) {
  absl::StatusOr<std::vector<Life>> lives = PlanLives(regions, seed, families);
  if (!lives.ok()) return lives.status();
  return Workload(regions, ledger, seed, *std::move(lives));
}

Workload::Workload(const Regions& regions, Ledger& ledger, uint64_t seed, std::vector<Life> lives)
    : regions_(&regions), ledger_(&ledger), lives_(std::move(lives)), current_(lives_.size(), kNone), faults_(seed, kFaultStream) {
  ledger.seed = seed;
  ledger.families.resize(lives_.size());
  for (uint32_t f = 0; f < lives_.size(); ++f) {
    ledger.families[f].province = lives_[f].province;
    random_.emplace_back(seed, kFamilyStream + f);
  }
  for (const Province& province : regions.provinces()) {
    elsewhere_.insert(elsewhere_.end(), province.villages.begin(), province.villages.end());
  }
  for (int fault = 1; fault < kFaults; ++fault) owed_[fault] = 1.0 - fault * 0.15;  // not all at the same message
}

void Workload::AddReports(int month, std::vector<Proposal> read) {
  month_ = month;
  ticks_ = 0;
  std::sort(read.begin(), read.end());
  auto proposal = read.begin();
  for (uint32_t f = 0; f < lives_.size(); ++f) {
    const Life& life = lives_[f];
    for (; proposal != read.end() && proposal->family <= f; ++proposal) Decide(*proposal);
    if (life.registered == month) Register(f);
    if (life.changed == month) Change(f);
    if (life.leaves == month) Leave(f);
  }
  for (; proposal != read.end(); ++proposal) Decide(*proposal);
}

Record Workload::Report(Kind kind, uint32_t family) {
  Record record;
  record.kind = kind;
  record.family = family;
  record.province = lives_[family].province;
  record.officer = kField;
  record.occurred_on = FirstOf(month_) - 1 - static_cast<Day>(random_[family].Below(28));
  const uint64_t village = current_[family] == kNone ? lives_[family].village : ledger_->households[current_[family]].village;
  record.office = RegencyOf(village);
  record.village = village;
  return record;
}

void Workload::ReportFamily(uint32_t family, Household household) {
  Record record = Report(Kind::kFamily, family);
  ledger_->households.push_back(std::move(household));
  current_[family] = static_cast<uint32_t>(ledger_->households.size() - 1);
  record.village = ledger_->households.back().village;
  record.household = current_[family];
  Emit(record);
}

void Workload::Register(uint32_t family) {
  const Life& life = lives_[family];
  // Born before the month, so before any day of it on which the report may say that it happened.
  ReportFamily(family, NewHousehold(life.village, FirstOf(month_) - 29, kHorizon, elsewhere_, numbers_, random_[family]));
  if (life.pkh) Emit(Report(Kind::kNominated, family));
  if (!life.sembako) return;
  Record sembako = Report(Kind::kNominated, family);
  sembako.programme = Programme::kSembako;
  Emit(sembako);
}

void Workload::Change(uint32_t family) {
  Random& random = random_[family];
  const Household& before = ledger_->households[current_[family]];
  const Day day = FirstOf(month_) - 29;
  const uint64_t next_door = NeighbourOf(before.village, random);
  const bool moves = lives_[family].moves && next_door != before.village;
  ReportFamily(family, moves ? Moved(before, next_door, day, numbers_, random) : Changed(before, day, numbers_, random));
}

void Workload::Leave(uint32_t family) {
  if (!lives_[family].self_reliant) {
    return ReportFamily(family, Grown(ledger_->households[current_[family]], FirstOf(month_) - 29, kHorizon));
  }
  Emit(Report(Kind::kRequested, family));
  Emit(Report(Kind::kRecommended, family));
}

void Workload::Decide(const Proposal& proposal) {
  Record record = Report(Kind::kDecided, proposal.family);
  record.occurred_on = FirstOf(month_);  // after the notice was read, so not before the proposal
  record.officer = kHead;
  record.case_id = proposal.case_id;
  Emit(record);
}

void Workload::Emit(Record record) {
  for (int fault = 1; fault < kFaults; ++fault) {
    owed_[fault] += kFaultShare;
    if (owed_[fault] < 1) continue;
    owed_[fault] -= 1;
    EmitFault(static_cast<Fault>(fault), record);
  }
  record.reported_at_us = FirstOf(month_) * kDayUs + kMorningUs + ++ticks_ * kTickUs;
  ledger_->records.push_back(record);
  repeatable_[record.province].push_back(static_cast<uint32_t>(ledger_->records.size() - 1));
}

// A faulty record beside (before) a good one, about the same family as it was last known.
void Workload::EmitFault(Fault fault, const Record& beside) {
  if (fault == Fault::kRepeated) return EmitRepeat(beside.province);
  Record record = Report(Kind::kFamily, beside.family);
  record.fault = fault;
  record.household = beside.household != kNone ? beside.household : current_[beside.family];
  const Household& household = ledger_->households[record.household];
  switch (fault) {
    case Fault::kBadNik: {
      const auto member = faults_.Below(static_cast<uint32_t>(std::min<size_t>(household.members.size(), 8)));
      record.detail = static_cast<uint8_t>(member << 4 | faults_.Below(4));
      break;
    }
    case Fault::kUnknownRegion:
      // No village is numbered so high; now and then the district is no district either.
      record.village = record.village / 10'000 * 10'000 + 2'999;
      if (faults_.Chance(0.3)) record.village = RegencyOf(record.village) + 992'001;
      while (regions_->Known(record.village)) ++record.village;
      break;
    case Fault::kOtherProvince: {
      do {
        record.village = elsewhere_[faults_.Below(static_cast<uint32_t>(elsewhere_.size()))];
      } while (ProvinceOf(record.village) == record.province);
      record.detail = static_cast<uint8_t>(faults_.Below(2));
      if (static_cast<OtherProvince>(record.detail) == OtherProvince::kOffice) record.office = RegencyOf(record.village);
      break;
    }
    default:
      break;
  }
  record.reported_at_us = FirstOf(month_) * kDayUs + kMorningUs + ++ticks_ * kTickUs;
  ledger_->records.push_back(record);
}

void Workload::EmitRepeat(int province) {
  const std::vector<uint32_t>& from = repeatable_[province];
  if (from.empty()) {  // the very first report of a province has nothing to repeat: the next one will do
    owed_[static_cast<int>(Fault::kRepeated)] += 1;
    return;
  }
  const auto recent = static_cast<uint32_t>(std::min<size_t>(from.size(), faults_.Chance(0.5) ? 20 : from.size()));
  const uint32_t original = from[from.size() - 1 - faults_.Below(recent)];
  Record record = ledger_->records[original];
  record.fault = Fault::kRepeated;
  record.repeats = original;
  record.offset = -1;
  ledger_->records.push_back(record);
}

uint64_t Workload::NeighbourOf(uint64_t village, Random& random) const {
  for (const Province& province : regions_->provinces()) {
    if (province.code != ProvinceOf(village)) continue;
    const auto first = std::lower_bound(province.villages.begin(), province.villages.end(), DistrictOf(village));
    const auto last = std::lower_bound(first, province.villages.end(), DistrictOf(village) + 10'000);
    if (first != last) return first[random.Below(static_cast<uint32_t>(last - first))];
  }
  return village;
}

void Workload::AddDecisions(int month) {
  for (uint32_t f = 0; f < lives_.size(); ++f) {
    const Life& life = lives_[f];
    if (life.registered != month || ledger_->families[f].family_id == 0) continue;
    if (life.pkh) ledger_->decisions.push_back({f, Programme::kPkh, !life.refused, life.refused ? 0 : FirstOf(month), 0});
    if (life.sembako) ledger_->decisions.push_back({f, Programme::kSembako, true, FirstOf(month), 0});
  }
}

void Workload::AddSessions(int month, const std::vector<Proposal>& matched) {
  for (const Proposal& match : matched) ledger_->mentorings.push_back({match.family, match.case_id, FirstOf(month) + 13, 0, false});
}

void Workload::AddMilestones(int month) {
  const size_t sessions = ledger_->mentorings.size();
  for (size_t i = 0; i < sessions; ++i) {
    Mentoring mentoring = ledger_->mentorings[i];
    if (mentoring.milestone != 0 || mentoring.family % 3 != 0) continue;
    ledger_->mentorings.push_back(
        {mentoring.family, mentoring.case_id, FirstOf(month) + 20, enterprise_mentoring::v1::MILESTONE_MONEY_SEPARATED, false});
  }
}

std::vector<uint32_t> Workload::ProposalsDue(int month) const {
  std::vector<uint32_t> due;
  for (uint32_t f = 0; f < lives_.size(); ++f) {
    // Six years from the first of a month are over on the first of a month, which opens with the last days of the month before.
    const bool over = lives_[f].limit() != kNever && lives_[f].limit() == month + 1;
    if (lives_[f].leaves == month || over) due.push_back(f);
  }
  return due;
}

}  // namespace berdaya::simulation
