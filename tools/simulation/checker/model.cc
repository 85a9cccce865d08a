#include "tools/simulation/checker/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/simulation/message.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {
namespace {

using graduation::v1::CASE_STATE_FOLLOWED;
using graduation::v1::CASE_STATE_GRADUATED;
using graduation::v1::CASE_STATE_PROPOSED;
using reporting::v1::Indicator;
namespace status = province::v1;

constexpr int kProgrammeMonths = 72;
constexpr int kWarnMonths[] = {12, 6, 3};

ExpectedOutcome Final(status::ReportStatus value) { return {value, "", ""}; }
ExpectedOutcome Rejected(std::string code, std::string field) {
  return {status::REPORT_STATUS_REJECTED, std::move(code), std::move(field)};
}

// What the registry says of a fault, in the order of its checks: docs/rejections.md.
ExpectedOutcome OutcomeOfFault(const Record& record) {
  constexpr const char* kNikCodes[] = {"nik_not_16_digits", "nik_impossible_province", "nik_impossible_date", "nik_serial_zero"};
  switch (record.fault) {
    case Fault::kBadNik:
      return Rejected(kNikCodes[static_cast<int>(BadKind(record))], absl::StrCat("members[", BadMember(record), "].nik"));
    case Fault::kUnknownRegion:
      return Rejected("village_unknown", "village");
    case Fault::kOtherProvince:
      return static_cast<OtherProvince>(record.detail) == OtherProvince::kVillage
                 ? Rejected("village_outside_office", "village")
                 : Rejected("office_outside_province", "info.office");
    default:
      return Rejected("undecodable", "");
  }
}

// Where a rejection counts: at the office, or at the province where the office cannot be read or is another province's.
uint64_t RejectedAt(const Record& record) {
  const bool readable = record.fault != Fault::kUndecodable && ProvinceOf(record.office) == record.province;
  return readable ? record.office : ProvinceRegion(record.province);
}

class Model {
 public:
  explicit Model(const Ledger& ledger) : ledger_(ledger) {
    world_.families.resize(ledger.families.size());
    world_.outcomes.resize(ledger.records.size());
    world_.taken.resize(ledger.mous.size());
    world_.taken_of_either.resize(ledger.mous.size());
  }

  Expected Run() {
    for (const Step& step : ledger_.steps) Take(step);
    AdmitGraduates();
    return std::move(world_);
  }

 private:
  void Take(const Step& step) {
    switch (step.what) {
      case Step::What::kReports:
        AdmitGraduates();
        for (uint32_t i = step.begin; i < step.end; ++i) world_.outcomes[i] = Report(i);
        break;
      case Step::What::kDecisions:
        for (uint32_t i = step.begin; i < step.end; ++i) Decide(ledger_.decisions[i]);
        break;
      case Step::What::kDays:
        today_ = step.last;
        for (ExpectedFamily& family : world_.families) Advance(family);
        break;
      case Step::What::kMous:
        SignMous(step.first);
        break;
      case Step::What::kMentoring:
        for (uint32_t i = step.begin; i < step.end; ++i) Mentor(ledger_.mentorings[i]);
        break;
    }
  }

  const Household& HouseholdOf(const ExpectedFamily& family) const { return ledger_.households[family.household]; }
  void Add(Indicator indicator, int change, uint64_t region) { world_.counts.push_back({indicator, change, region, today_}); }

  // --- Reports ---

  ExpectedOutcome Report(uint32_t index) {
    const Record& entry = ledger_.records[index];
    ExpectedOutcome outcome = Handle(entry);
    if (outcome.status == status::REPORT_STATUS_REJECTED) {
      Add(reporting::v1::INDICATOR_REPORTS_REJECTED, 1, RejectedAt(entry));
    }
    return outcome;
  }

  ExpectedOutcome Handle(const Record& entry) {
    if (entry.fault != Fault::kNone && entry.fault != Fault::kRepeated) return OutcomeOfFault(entry);
    const Record& record = entry.repeats == kNone ? entry : ledger_.records[entry.repeats];
    ExpectedFamily& family = world_.families[record.family];
    if (record.kind == Kind::kFamily) return FamilyReported(record, family);
    if (family.household == kNone) return Rejected("family_unknown", "local_family_ref");
    if (record.kind == Kind::kNominated) return Nominated(record, family);
    const auto state = EnrolmentOf(family, Programme::kPkh).state;
    if (state != registry::v1::ENROLMENT_STATE_ACTIVE && state != registry::v1::ENROLMENT_STATE_ENDED) {
      return Rejected("not_in_pkh", "local_family_ref");
    }
    if (entry.repeats != kNone) {
      const ExpectedOutcome& first = world_.outcomes[entry.repeats];
      return first.status == status::REPORT_STATUS_REJECTED ? first : Final(status::REPORT_STATUS_UNCHANGED);
    }
    ++family.version;  // it goes on to graduation as a fact about the family
    if (record.kind == Kind::kRequested) return Requested(family);
    if (record.kind == Kind::kRecommended) return Recommended(record, family);
    return Decided(record, family);
  }

  static ExpectedEnrolment& EnrolmentOf(ExpectedFamily& family, Programme programme) {
    return family.enrolments[static_cast<int>(programme)];
  }

  ExpectedOutcome FamilyReported(const Record& record, ExpectedFamily& family) {
    const Household& reported = ledger_.households[record.household];
    const auto members = static_cast<int>(reported.members.size());
    const bool fresh = family.household == kNone;
    if (!fresh) {
      const Household& known = HouseholdOf(family);
      if (record.reported_at_us <= family.reported_at_us) return Final(status::REPORT_STATUS_UNCHANGED);
      if (reported == known) {
        family.reported_at_us = record.reported_at_us;
        return Final(status::REPORT_STATUS_UNCHANGED);
      }
      Add(reporting::v1::INDICATOR_FAMILIES, -1, known.village);
      Add(reporting::v1::INDICATOR_MEMBERS, -static_cast<int>(known.members.size()), known.village);
      Move(family, known.village, reported.village);
      MoveCase(family.mentoring, reported.village);
    }
    family.household = record.household;
    family.reported_at_us = record.reported_at_us;
    ++family.version;
    Add(reporting::v1::INDICATOR_FAMILIES, 1, reported.village);
    Add(reporting::v1::INDICATOR_MEMBERS, members, reported.village);
    Recount(family, today_);
    return Final(fresh ? status::REPORT_STATUS_REGISTERED : status::REPORT_STATUS_CHANGED);
  }

  // Who moves takes its place in the stocks along.
  void Move(const ExpectedFamily& family, uint64_t from, uint64_t to) {
    for (auto [programme, indicator] : {std::pair(Programme::kPkh, reporting::v1::INDICATOR_PKH_ACTIVE),
                                        std::pair(Programme::kSembako, reporting::v1::INDICATOR_SEMBAKO_ACTIVE)}) {
      if (family.enrolments[static_cast<int>(programme)].state != registry::v1::ENROLMENT_STATE_ACTIVE) continue;
      Add(indicator, -1, from);
      Add(indicator, 1, to);
    }
  }

  static void MoveCase(ExpectedMentoring& m, uint64_t to) {
    if (m.place == Place::kNone || m.village == to) return;
    m.village = to;
    ++m.moves;
  }

  ExpectedOutcome Nominated(const Record& record, ExpectedFamily& family) {
    ExpectedEnrolment& enrolment = EnrolmentOf(family, record.programme);
    const std::string round = DayText(record.occurred_on).substr(0, 7);
    if (enrolment.round == round || enrolment.state == registry::v1::ENROLMENT_STATE_ACTIVE)
      return Final(status::REPORT_STATUS_UNCHANGED);
    enrolment.state = registry::v1::ENROLMENT_STATE_NOMINATED;
    enrolment.round = round;
    ++family.version;
    return Final(status::REPORT_STATUS_CHANGED);
  }

  ExpectedOutcome Requested(ExpectedFamily& family) {
    ExpectedCase& c = family.pkh_case;
    if (!c.open()) return Rejected("not_in_pkh", "local_family_ref");
    if (c.requested) return Final(status::REPORT_STATUS_UNCHANGED);
    c.requested = true;
    return Final(status::REPORT_STATUS_CHANGED);
  }

  ExpectedOutcome Recommended(const Record& record, ExpectedFamily& family) {
    ExpectedCase& c = family.pkh_case;
    if (!c.open()) return Rejected("not_in_pkh", "local_family_ref");
    if (c.recommended_by.empty()) c.recommended_by = OfficerOf(record);
    if (c.state == CASE_STATE_FOLLOWED) Propose(family, type::v1::GRADUATION_KIND_SELF_RELIANT, today_);
    return Final(status::REPORT_STATUS_CHANGED);
  }

  ExpectedOutcome Decided(const Record& record, ExpectedFamily& family) {
    ExpectedCase& c = family.pkh_case;
    if (c.state != CASE_STATE_PROPOSED) return Rejected("case_not_open", "case_id");
    if (c.recommended_by == OfficerOf(record)) return Rejected("same_officer", "info.officer_ref");
    if (record.occurred_on < c.proposed_on) return Rejected("decided_before_proposal", "info.occurred_on");
    c.state = CASE_STATE_GRADUATED;
    c.version += 2;  // confirmed, graduated
    c.decided_by = OfficerOf(record);
    c.graduated_on = today_ + 1;
    ++family.notices[kConfirmed];
    // The registry ends the enrolment on the day before.
    ExpectedEnrolment& pkh = EnrolmentOf(family, Programme::kPkh);
    pkh.state = registry::v1::ENROLMENT_STATE_ENDED;
    pkh.ended_on = c.graduated_on - 1;
    ++family.version;
    const uint64_t village = HouseholdOf(family).village;
    Add(reporting::v1::INDICATOR_PKH_ACTIVE, -1, village);
    constexpr Indicator kGraduated[] = {reporting::v1::INDICATOR_UNSPECIFIED, reporting::v1::INDICATOR_GRADUATED_NATURAL,
                                        reporting::v1::INDICATOR_GRADUATED_SELF_RELIANT,
                                        reporting::v1::INDICATOR_GRADUATED_TIME_LIMIT};
    Add(kGraduated[c.kind], 1, village);
    ExpectedMentoring& m = family.mentoring;
    m.place = Place::kWaits;
    m.village = village;
    m.opened_on = today_;
    came_.push_back(record.family);
    return Final(status::REPORT_STATUS_CHANGED);
  }

  // --- Decisions, days ---

  void Decide(const Decision& decision) {
    if (decision.status != registry::v1::DECISION_STATUS_RECORDED &&
        decision.status != registry::v1::DECISION_STATUS_ALREADY_RECORDED)
      return;
    ExpectedFamily& family = world_.families[decision.family];
    ExpectedEnrolment& enrolment = EnrolmentOf(family, decision.programme);
    if (enrolment.state != registry::v1::ENROLMENT_STATE_NOMINATED) return;
    ++family.version;
    ++family.notices[kEnrolmentDecided];
    enrolment.state = decision.enrolled ? registry::v1::ENROLMENT_STATE_ACTIVE : registry::v1::ENROLMENT_STATE_REFUSED;
    enrolment.starts_on = decision.starts_on;
    if (!decision.enrolled) return;
    const bool pkh = decision.programme == Programme::kPkh;
    Add(pkh ? reporting::v1::INDICATOR_PKH_ACTIVE : reporting::v1::INDICATOR_SEMBAKO_ACTIVE, 1, HouseholdOf(family).village);
    if (!pkh) return;
    ExpectedCase& c = family.pkh_case;
    c.state = CASE_STATE_FOLLOWED;
    c.version = 1;
    c.enrolled_on = decision.starts_on;
    Recount(family, today_);
  }

  // Counts who is eligible, and what follows from it.
  void Recount(ExpectedFamily& family, Day day) {
    family.components = CountOn(HouseholdOf(family), day);
    if (family.pkh_case.state == CASE_STATE_FOLLOWED && NobodyEligible(family.components))
      Propose(family, type::v1::GRADUATION_KIND_NATURAL, day);
    if (family.pkh_case.state == CASE_STATE_PROPOSED && family.pkh_case.kind == type::v1::GRADUATION_KIND_NATURAL &&
        !NobodyEligible(family.components)) {
      ++family.pkh_case.version;  // withdrawn
      family.pkh_case.state = CASE_STATE_FOLLOWED;
      family.pkh_case.kind = type::v1::GRADUATION_KIND_UNSPECIFIED;
      ++family.notices[kWithdrawn];
      if (!family.pkh_case.recommended_by.empty()) {
        Propose(family, type::v1::GRADUATION_KIND_SELF_RELIANT, day);
      } else if (day >= AddMonths(family.pkh_case.enrolled_on, kProgrammeMonths)) {
        Propose(family, type::v1::GRADUATION_KIND_TIME_LIMIT, day);
      }
    }
    family.due = NextDue(family, day);
  }

  static void Propose(ExpectedFamily& family, type::v1::GraduationKind kind, Day day) {
    family.pkh_case.state = CASE_STATE_PROPOSED;
    family.pkh_case.kind = kind;
    family.pkh_case.proposed_on = day;
    ++family.pkh_case.version;
    ++family.notices[kProposed];
  }

  Day NextDue(const ExpectedFamily& family, Day day) const {
    const ExpectedCase& c = family.pkh_case;
    if (!c.open()) return 0;
    Day due = NextBirthday(HouseholdOf(family), day);
    const Day over = AddMonths(c.enrolled_on, kProgrammeMonths);
    for (int months : {12, 6, 3, 0}) {
      const Day candidate = AddMonths(over, -months);
      if (candidate > day && (due == 0 || candidate < due)) due = candidate;
    }
    return due;
  }

  // Time passes: birthdays change components while the family is in PKH, warnings and the limit fall due.
  void Advance(ExpectedFamily& family) {
    while (family.due != 0 && family.due <= today_ && family.pkh_case.open()) {
      const Day day = family.due;
      ExpectedCase& c = family.pkh_case;
      if (CountOn(HouseholdOf(family), day) != family.components) {
        ++family.version;
        Recount(family, day);
      }
      const Day over = AddMonths(c.enrolled_on, kProgrammeMonths);
      for (int months : kWarnMonths) {
        if (AddMonths(over, -months) != day) continue;
        ++c.version;
        c.warned_months = months;
        ++family.notices[kTimeLimitWarned];
      }
      if (day == over && c.state == CASE_STATE_FOLLOWED) Propose(family, type::v1::GRADUATION_KIND_TIME_LIMIT, day);
      family.due = NextDue(family, day);
    }
  }

  // --- Mentoring ---

  int MouOf(uint64_t village) const {
    for (size_t i = 0; i < ledger_.mous.size(); ++i) {
      for (uint64_t area : ledger_.mous[i].areas) {
        if (Contains(area, village)) return static_cast<int>(i);
      }
    }
    return -1;
  }

  // Those who waited when the MoUs were signed: the oldest first, then by family_id.
  void SignMous(Day day) {
    AdmitGraduates();
    signed_ = true;
    std::vector<std::vector<uint32_t>> waiting(ledger_.mous.size());
    for (uint32_t f = 0; f < world_.families.size(); ++f) {
      const ExpectedMentoring& m = world_.families[f].mentoring;
      const int mou = m.place == Place::kWaits ? MouOf(m.village) : -1;
      if (mou >= 0) waiting[mou].push_back(f);
    }
    for (size_t i = 0; i < waiting.size(); ++i) {
      std::sort(waiting[i].begin(), waiting[i].end(), [&](uint32_t a, uint32_t b) {
        return std::pair(world_.families[a].pkh_case.graduated_on, ledger_.families[a].family_id) <
               std::pair(world_.families[b].pkh_case.graduated_on, ledger_.families[b].family_id);
      });
      for (uint32_t f : waiting[i]) {
        if (world_.taken[i] == ledger_.mous[i].capacity) break;
        Give(f, static_cast<int>(i), Place::kTaken, day);
        ++world_.taken[i];
      }
    }
  }

  void Give(uint32_t family, int mou, Place place, Day day) {
    ExpectedMentoring& m = world_.families[family].mentoring;
    m.place = place;
    m.mou = mou;
    m.matched_on = std::max(m.opened_on, day);
    if (place == Place::kTaken) ++world_.families[family].notices[kOffered];
  }

  // Those who graduated since: before the MoUs everybody waits; after them they are taken as they come, and of those of one month
  // nobody can say who came first.
  void AdmitGraduates() {
    std::vector<std::vector<uint32_t>> by_mou(ledger_.mous.size());
    for (uint32_t f : came_) {
      ExpectedMentoring& m = world_.families[f].mentoring;
      m.queued = true;
      const int mou = signed_ ? MouOf(m.village) : -1;
      if (mou >= 0) by_mou[mou].push_back(f);
    }
    came_.clear();
    for (size_t i = 0; i < by_mou.size(); ++i) {
      const int left = ledger_.mous[i].capacity - world_.taken[i];
      const auto many = static_cast<int>(by_mou[i].size());
      const Place place = left >= many ? Place::kTaken : left == 0 ? Place::kWaits : Place::kEither;
      for (uint32_t f : by_mou[i]) {
        if (place == Place::kWaits) continue;
        Give(f, static_cast<int>(i), place, ledger_.mous[i].signed_on);
        world_.families[f].mentoring.queued = false;
      }
      world_.taken[i] += std::min(left, many);
      if (place == Place::kEither) world_.taken_of_either[i] = left;
    }
  }

  void Mentor(const Mentoring& mentoring) {
    if (!mentoring.accepted) return;
    ExpectedMentoring& m = world_.families[mentoring.family].mentoring;
    if (mentoring.milestone != 0) {
      ++m.milestones;
      Add(reporting::v1::INDICATOR_MONEY_SEPARATED, 1, m.village);
      return;
    }
    if (m.sessions == 0) m.first_session_on = mentoring.day;
    ++m.sessions;
  }

  const Ledger& ledger_;
  Expected world_;
  Day today_ = 0;
  bool signed_ = false;
  std::vector<uint32_t> came_;  // graduated, not yet admitted to mentoring
};

}  // namespace

Expected WorkOut(const Ledger& ledger) { return Model(ledger).Run(); }

void CountMentoring(Expected& world) {
  for (const ExpectedFamily& family : world.families) {
    const ExpectedMentoring& m = family.mentoring;
    auto add = [&](Indicator indicator, int change, Day day) { world.counts.push_back({indicator, change, m.village, day}); };
    if (m.place == Place::kNone) continue;
    if (m.queued || m.place != Place::kTaken) add(reporting::v1::INDICATOR_CASES_WAITING, 1, m.opened_on);
    if (m.place != Place::kTaken) continue;
    if (m.queued) add(reporting::v1::INDICATOR_CASES_WAITING, -1, m.matched_on);
    add(reporting::v1::INDICATOR_CASES_MATCHED, 1, m.matched_on);
    if (m.sessions == 0) continue;
    add(reporting::v1::INDICATOR_CASES_MATCHED, -1, m.first_session_on);
    add(reporting::v1::INDICATOR_CASES_MENTORED, 1, m.first_session_on);
  }
}

}  // namespace berdaya::simulation
