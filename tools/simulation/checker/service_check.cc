#include "tools/simulation/checker/service_check.h"

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.grpc.pb.h"
#include "berdaya/graduation/v1/graduation_service.grpc.pb.h"
#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "tools/simulation/checker/pages.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {
namespace {

using MentoringCase = enterprise_mentoring::v1::Case;

// Collects what differs of one family, as "field: got instead of want".
class Difference {
 public:
  template <class Got, class Want>
  void Check(const char* field, const Got& got, const Want& want) {
    if (!(got == want)) absl::StrAppend(&text_, text_.empty() ? "" : "; ", field, ": ", got, " instead of ", want);
  }
  void Say(const std::string& what) { absl::StrAppend(&text_, text_.empty() ? "" : "; ", what); }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What the three checks have in common: each family must be there once, in its state, at its version.
class FamilyCheck {
 public:
  FamilyCheck(const char* service, const Ledger& ledger, Result& result)
      : service_(service), result_(result), ledger_(ledger), seen_(ledger.families.size()) {
    for (uint32_t f = 0; f < ledger.families.size(); ++f) {
      if (ledger.families[f].family_id != 0) by_id_[ledger.families[f].family_id] = f;
    }
  }

  // The family that a row is about; kNone, and an effect too many, if nobody reported it or it comes twice.
  uint32_t Admit(int64_t family_id, const char* what) {
    const auto found = by_id_.find(family_id);
    if (found == by_id_.end()) {
      result_.findings.Duplicated(1, absl::StrCat(service_, ": ", what, " of a family that nobody reported: ", family_id));
      return kNone;
    }
    if (seen_[found->second]) {
      result_.findings.Duplicated(1, absl::StrCat(service_, ": a second ", what, " of ", Name(found->second)));
      return kNone;
    }
    seen_[found->second] = true;
    return found->second;
  }

  // A version above the expected one is effects that happened more than once; below, effects that were lost.
  void Enter(uint32_t family, int64_t version, int64_t expected, Difference difference) {
    if (version < expected) difference.Check("version", version, expected);
    if (!difference.empty())
      result_.findings.LostFamily(family, absl::StrCat(service_, ": ", Name(family), ": ", difference.text()));
    if (version > expected) {
      result_.findings.Duplicated(version - expected,
                                  absl::StrCat(service_, ": ", Name(family), ": version ", version, " instead of ", expected));
    }
  }

  void Missing(uint32_t family, bool expected, const char* what) {
    if (expected && !seen_[family])
      result_.findings.LostFamily(family, absl::StrCat(service_, ": no ", what, " of ", Name(family)));
  }
  void Unexpected(uint32_t family, const char* what) {
    result_.findings.Duplicated(1, absl::StrCat(service_, ": ", what, " of ", Name(family), ", which has none"));
  }
  ProvinceRow& RowOf(uint32_t family) { return result_.provinces[ledger_.families[family].province]; }

 private:
  std::string Name(uint32_t family) const { return absl::StrCat("family ", RefOf(ledger_.families[family].province, family)); }

  const char* service_;
  Result& result_;
  const Ledger& ledger_;
  std::vector<bool> seen_;
  absl::flat_hash_map<int64_t, uint32_t> by_id_;
};

// --- Registry ---

void CompareMember(int i, const province::v1::Member& got, const Member& want, Difference& difference) {
  const bool same = got.nik() == want.nik && got.name() == NameOf(want.name) && DayFrom(got.birth_date()) == want.birth &&
                    got.sex() == want.sex && got.relation() == want.relation && got.schooling() == want.schooling &&
                    got.pregnant() == want.pregnant && got.severe_disability() == want.disabled &&
                    got.recipient() == want.recipient;
  if (!same) difference.Say(absl::StrCat("members[", i, "] differs"));
}

void CompareEnrolments(const registry::v1::Family& got, const ExpectedFamily& want, Difference& difference) {
  for (Programme programme : {Programme::kPkh, Programme::kSembako}) {
    const ExpectedEnrolment& expected = want.enrolments[static_cast<int>(programme)];
    registry::v1::Enrolment none;
    const registry::v1::Enrolment* actual = &none;
    for (const auto& enrolment : got.enrolments()) {
      if (enrolment.programme() == static_cast<type::v1::Programme>(programme)) actual = &enrolment;
    }
    const bool pkh = programme == Programme::kPkh;
    difference.Check(pkh ? "PKH" : "Sembako", static_cast<int>(actual->state()), static_cast<int>(expected.state));
    difference.Check(pkh ? "PKH starts_on" : "Sembako starts_on", DayFrom(actual->starts_on()), expected.starts_on);
    difference.Check(pkh ? "PKH ended_on" : "Sembako ended_on", DayFrom(actual->ended_on()), expected.ended_on);
  }
}

Difference CompareFamily(const registry::v1::Family& got, const ExpectedFamily& want, const Household& household,
                         const std::string& ref) {
  Difference difference;
  difference.Check("local_family_ref", got.local_family_ref(), ref);
  if (got.kk_number() != household.kk) difference.Say("kk_number differs");
  difference.Check("village", got.village(), household.village);
  difference.Check("members", static_cast<size_t>(got.members_size()), household.members.size());
  for (int i = 0; i < got.members_size() && i < static_cast<int>(household.members.size()); ++i) {
    CompareMember(i, got.members(i).member(), household.members[i], difference);
  }
  CompareEnrolments(got, want, difference);
  if (FromProto(got.components()) != want.components) difference.Say("components differ");
  return difference;
}

}  // namespace

void CheckRegistry(const Endpoints& endpoints, const Ledger& ledger, const Expected& world, Result& result) {
  FamilyCheck check("registry", ledger, result);
  const auto stub = registry::v1::RegistryService::NewStub(ChannelTo(endpoints.registry));
  auto visit = [&](const registry::v1::ListFamiliesResponse& page) {
    for (const registry::v1::Family& got : page.families()) {
      const uint32_t f = check.Admit(got.family_id(), "family");
      if (f == kNone) continue;
      const ExpectedFamily& want = world.families[f];
      if (want.household == kNone) {
        check.Unexpected(f, "a family");
        continue;
      }
      check.Enter(f, got.version(), want.version,
                  CompareFamily(got, want, ledger.households[want.household], RefOf(ledger.families[f].province, f)));
      for (const auto& enrolment : got.enrolments()) {
        if (enrolment.state() != registry::v1::ENROLMENT_STATE_ACTIVE) continue;
        ++(enrolment.programme() == type::v1::PROGRAMME_PKH ? check.RowOf(f).pkh : check.RowOf(f).sembako);
      }
    }
  };
  absl::Status status = ReadPages<registry::v1::ListFamiliesResponse>(
      "registry ListFamilies", registry::v1::ListFamiliesRequest(),
      [&](auto* context, const auto& request, auto* response) { return stub->ListFamilies(context, request, response); }, visit);
  result.findings.Unread(status);
  for (uint32_t f = 0; f < world.families.size(); ++f) check.Missing(f, world.families[f].household != kNone, "family");
}

// --- Graduation ---

namespace {

Difference CompareCase(const graduation::v1::Case& got, const ExpectedCase& want, uint64_t village) {
  constexpr int kProgrammeMonths = 72;
  Difference difference;
  difference.Check("state", static_cast<int>(got.state()), static_cast<int>(want.state));
  difference.Check("village", got.village(), village);
  difference.Check("enrolled_on", DayText(DayFrom(got.enrolled_on())), DayText(want.enrolled_on));
  difference.Check("ends_on", DayText(DayFrom(got.ends_on())), DayText(AddMonths(want.enrolled_on, kProgrammeMonths) - 1));
  difference.Check("kind", static_cast<int>(got.kind()), static_cast<int>(want.kind));
  difference.Check("warned_months", got.warned_months(), want.warned_months);
  difference.Check("recommended_by", got.recommended_by(), want.recommended_by);
  difference.Check("decided_by", got.decided_by(), want.decided_by);
  difference.Check("graduated_on", DayText(DayFrom(got.graduated_on())), DayText(want.graduated_on));
  difference.Check("has a rule_version", !got.rule_version().empty(), want.kind != type::v1::GRADUATION_KIND_UNSPECIFIED);
  return difference;
}

void CountGraduation(const graduation::v1::Case& got, ProvinceRow& row) {
  if (got.state() != graduation::v1::CASE_STATE_GRADUATED) return;
  row.natural += got.kind() == type::v1::GRADUATION_KIND_NATURAL;
  row.self_reliant += got.kind() == type::v1::GRADUATION_KIND_SELF_RELIANT;
  row.time_limit += got.kind() == type::v1::GRADUATION_KIND_TIME_LIMIT;
}

}  // namespace

void CheckGraduation(const Endpoints& endpoints, const Ledger& ledger, const Expected& world, Result& result) {
  FamilyCheck check("graduation", ledger, result);
  const auto stub = graduation::v1::GraduationService::NewStub(ChannelTo(endpoints.graduation));
  auto visit = [&](const graduation::v1::ListCasesResponse& page) {
    for (const graduation::v1::Case& got : page.cases()) {
      const uint32_t f = check.Admit(got.family_id(), "case");
      if (f == kNone) continue;
      const ExpectedFamily& want = world.families[f];
      if (want.pkh_case.state == graduation::v1::CASE_STATE_UNSPECIFIED) {
        check.Unexpected(f, "a case");
        continue;
      }
      check.Enter(f, got.version(), want.pkh_case.version,
                  CompareCase(got, want.pkh_case, ledger.households[want.household].village));
      CountGraduation(got, check.RowOf(f));
    }
  };
  absl::Status status = ReadPages<graduation::v1::ListCasesResponse>(
      "graduation ListCases", graduation::v1::ListCasesRequest(),
      [&](auto* context, const auto& request, auto* response) { return stub->ListCases(context, request, response); }, visit);
  result.findings.Unread(status);
  for (uint32_t f = 0; f < world.families.size(); ++f) {
    check.Missing(f, world.families[f].pkh_case.state != graduation::v1::CASE_STATE_UNSPECIFIED, "case");
  }
}

// --- Enterprise mentoring ---

namespace {

Difference CompareMentoring(const MentoringCase& got, const ExpectedFamily& want, const Ledger& ledger) {
  const ExpectedMentoring& m = want.mentoring;
  const bool taken = m.place == Place::kTaken;
  const auto stage = m.sessions > 0 ? enterprise_mentoring::v1::CASE_STAGE_MENTORED
                     : taken        ? enterprise_mentoring::v1::CASE_STAGE_MATCHED
                                    : enterprise_mentoring::v1::CASE_STAGE_WAITING;
  Difference difference;
  difference.Check("stage", static_cast<int>(got.stage()), static_cast<int>(stage));
  difference.Check("village", got.village(), m.village);
  difference.Check("kind", static_cast<int>(got.kind()), static_cast<int>(want.pkh_case.kind));
  difference.Check("graduated_on", DayText(DayFrom(got.graduated_on())), DayText(want.pkh_case.graduated_on));
  difference.Check("partner_id", got.partner_id(), taken ? ledger.mous[m.mou].partner_id : "");
  difference.Check("mou_number", got.mou_number(), taken ? ledger.mous[m.mou].mou_number : "");
  difference.Check("sessions", got.sessions(), m.sessions);
  difference.Check("first_session_on", DayText(DayFrom(got.first_session_on())), DayText(m.first_session_on));
  difference.Check("milestones", got.milestones_size(), m.milestones);
  return difference;
}

int64_t VersionOf(const ExpectedMentoring& m) {
  return 1 + (m.queued ? 1 : 0) + (m.place == Place::kTaken ? 1 : 0) + m.moves + m.sessions + m.milestones;
}

// One of those who came in the month in which the places ran out: either taken as it came, or waiting.
void Settle(const MentoringCase& got, ExpectedFamily& want, std::vector<int>& either) {
  ExpectedMentoring& m = want.mentoring;
  if (m.place != Place::kEither) return;
  if (got.stage() == enterprise_mentoring::v1::CASE_STAGE_WAITING) {
    m.place = Place::kWaits;
    m.queued = true;
  } else {
    m.place = Place::kTaken;
    ++want.notices[kOffered];
    --either[m.mou];
  }
}

// So many places fewer were given than should have been, or where negative more.
void Places(int missing, const std::string& where, Result& result) {
  if (missing > 0) result.findings.Lost(absl::StrCat(where, " ", missing, " were given to nobody"), missing);
  if (missing < 0) result.findings.Duplicated(-missing, absl::StrCat(where, " ", -missing, " were given twice"));
}

void CheckPartners(enterprise_mentoring::v1::EnterpriseMentoringService::Stub& stub, const Ledger& ledger, const Expected& world,
                   Result& result) {
  absl::flat_hash_map<std::string, int> taken;
  auto visit = [&](const enterprise_mentoring::v1::ListPartnersResponse& page) {
    for (const auto& partner : page.partners()) {
      for (const auto& mou : partner.mous()) taken[mou.mou().mou_number()] += mou.taken();
    }
  };
  absl::Status status = ReadPages<enterprise_mentoring::v1::ListPartnersResponse>(
      "mentoring ListPartners", enterprise_mentoring::v1::ListPartnersRequest(),
      [&](auto* context, const auto& request, auto* response) { return stub.ListPartners(context, request, response); }, visit);
  result.findings.Unread(status);
  bool were_signed = false;
  for (const Step& step : ledger.steps) were_signed = were_signed || step.what == Step::What::kMous;
  if (!were_signed) return;
  for (size_t i = 0; i < ledger.mous.size(); ++i) {
    const MouTerms& mou = ledger.mous[i];
    if (!taken.contains(mou.mou_number)) {
      result.findings.Lost(absl::StrCat("mentoring: the MoU with ", mou.partner_name, " is not there"));
    }
    result.taken.emplace_back(mou.partner_name, taken[mou.mou_number]);
    Places(world.taken[i] - taken[mou.mou_number],
           absl::StrCat("mentoring: of the ", world.taken[i], " places of ", mou.partner_name), result);
  }
}

}  // namespace

void CheckMentoring(const Endpoints& endpoints, const Ledger& ledger, Expected& world, Result& result) {
  FamilyCheck check("mentoring", ledger, result);
  const auto stub = enterprise_mentoring::v1::EnterpriseMentoringService::NewStub(ChannelTo(endpoints.mentoring));
  std::vector<int> either = world.taken_of_either;
  auto visit = [&](const enterprise_mentoring::v1::ListCasesResponse& page) {
    for (const MentoringCase& got : page.cases()) {
      const uint32_t f = check.Admit(got.family_id(), "case");
      if (f == kNone) continue;
      ExpectedFamily& want = world.families[f];
      if (want.mentoring.place == Place::kNone) {
        check.Unexpected(f, "a case");
        continue;
      }
      Settle(got, want, either);
      check.Enter(f, got.version(), VersionOf(want.mentoring), CompareMentoring(got, want, ledger));
      ++(got.stage() == enterprise_mentoring::v1::CASE_STAGE_WAITING ? check.RowOf(f).waiting : check.RowOf(f).mentored);
    }
  };
  absl::Status status = ReadPages<enterprise_mentoring::v1::ListCasesResponse>(
      "mentoring ListCases", enterprise_mentoring::v1::ListCasesRequest(),
      [&](auto* context, const auto& request, auto* response) { return stub->ListCases(context, request, response); }, visit);
  result.findings.Unread(status);
  for (uint32_t f = 0; f < world.families.size(); ++f) check.Missing(f, world.families[f].mentoring.place != Place::kNone, "case");
  for (size_t i = 0; i < either.size(); ++i) {
    Places(either[i], absl::StrCat("mentoring: of the last places of ", ledger.mous[i].partner_name), result);
  }
  CheckPartners(*stub, ledger, world, result);
}

}  // namespace berdaya::simulation
