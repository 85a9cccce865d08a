#include "tests/simulation/scenario.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/calendar/day_proto.h"
#include "common/identity/number.h"
#include "tests/simulation/services.h"

namespace berdaya::simulation {
namespace {

using calendar::Day;
using Kind = Intent::Kind;
namespace pv = province::v1;

constexpr Day kEpoch = Day::Of(2020, 1, 1);

// A family as its dinas knows it.
struct Household {
  int province = 0;
  std::string ref;
  pv::FamilyReported last;  // as last reported, and not refused
  int serial = 0;
  bool nominated = false;
};

class Author {
 public:
  Author(uint64_t seed, bool strict) : random_(seed * 0x9e3779b97f4a7c15 + 1), strict_(strict), today_(kEpoch + Below(40)) {
    scenario_.first_day = today_;
  }

  Scenario Write() {
    Days(1, 0);
    const int families = 3 + Below(6);
    const int provinces = 2 + Below(2);
    for (int i = 0; i < families; ++i) Found(kProvinces[Below(provinces)], i);
    for (Household& family : families_) Register(family);
    Next();
    for (const Household& family : families_) Enrol(family);
    Next();
    if (Below(3) != 0) Sign(kProvinces[0]);
    const int years = 2 + Below(3);
    for (int i = 0; i < years; ++i) Season();
    scenario_.last_day = today_;
    return std::move(scenario_);
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }

  Intent& Add(Kind kind) {
    Intent& intent = phase_.emplace_back();
    intent.kind = kind;
    intent.id = absl::StrCat(std::string(NameOf(kind)), "-", ++ids_);
    intent.day = today_;
    intent.random = random_();
    return intent;
  }
  void Next() {
    if (!phase_.empty()) scenario_.phases.push_back(std::exchange(phase_, {}));
  }

  // Reports, then days, then decisions on what has been proposed, then mentoring, with what may go wrong in between.
  void Season() {
    for (Household& family : families_) Report(family);
    Next();
    if (Chance(35)) Intrude();
    if (Chance(50)) Days(1 + Below(3), 1 + Below(25));
    Next();
    Add(Kind::kDecide);
    Next();
    if (Chance(30)) Add(Kind::kConfirm);
    Next();
    if (Chance(50)) Sign(kProvinces[Below(3)]);
    Days(1 + Below(2), 1 + Below(Chance(2) ? 700 : 12));
    Add(Kind::kMentor);
    Next();
  }

  // --- Families ---

  void Found(int province, int serial) {
    Household family;
    family.province = province;
    family.serial = serial + 1;
    family.ref = absl::StrCat("k", province, "-", serial);
    pv::FamilyReported& m = family.last;
    m.set_local_family_ref(family.ref);
    m.set_village(VillagesOf(province)[Below(4)]);
    const auto village = *region::RegionCode::FromNumber(m.village());
    m.set_kk_number(identity::SyntheticKk(village, Day::Of(2012, 3, 4), family.serial));
    AddMember(m, Day::Of(1985, 7, 1), pv::SEX_FEMALE, pv::RELATION_HEAD, family.serial);
    m.mutable_members(0)->set_recipient(true);
    if (Chance(70)) AddMember(m, Day::Of(2015, 2, 1) + Below(27), pv::SEX_MALE, pv::RELATION_CHILD, family.serial);
    // Somebody whose birthday makes an elder of 60 while it goes on.
    if (Chance(40)) AddMember(m, Day::Of(1960, 1, 15) + Below(60), pv::SEX_MALE, pv::RELATION_PARENT, family.serial);
    families_.push_back(std::move(family));
  }

  void AddMember(pv::FamilyReported& m, Day birth, pv::Sex sex, pv::Relation relation, int serial) {
    pv::Member& member = *m.add_members();
    const auto village = *region::RegionCode::FromNumber(m.village());
    member.set_nik(identity::SyntheticNik(village, birth, sex == pv::SEX_FEMALE ? identity::Sex::kFemale : identity::Sex::kMale,
                                          static_cast<uint64_t>(serial)));
    member.set_name(absl::StrCat("Contoh ", m.members_size()));
    calendar::ToProto(birth, *member.mutable_birth_date());
    member.set_sex(sex);
    member.set_relation(relation);
    if (relation == pv::RELATION_CHILD) member.set_schooling(pv::SCHOOLING_NONE);
  }

  template <class M>
  void Publish(const Household& family, M m, bool must_be_rejected = false, int64_t back_s = 0) {
    pv::ReportInfo& info = *m.mutable_info();
    Intent& intent = Add(Kind::kReport);
    info.set_report_id(intent.id);
    if (info.office() == 0) info.set_office(static_cast<uint64_t>(family.province) * 100'000'000);
    if (info.officer_ref().empty()) info.set_officer_ref("pendamping-1");
    calendar::ToProto(today_ - (back_s > 0 ? 1 : 0), *info.mutable_occurred_on());
    info.mutable_reported_at()->set_seconds(MorningOf(today_) - back_s + ++ticks_);
    m.set_local_family_ref(family.ref);
    intent.province = family.province;
    intent.ref = family.ref;
    intent.type = m.GetDescriptor()->full_name();
    intent.value = m.SerializeAsString();
    intent.must_be_rejected = must_be_rejected;
    published_.push_back(intent);
  }

  void Register(Household& family) {
    if (Chance(15)) Wrong(family);
    Publish(family, family.last);
    if (Chance(20)) Repeat();
    family.nominated = Chance(90);
    if (family.nominated) Nominate(family, type::v1::PROGRAMME_PKH);
    if (Chance(30)) Nominate(family, type::v1::PROGRAMME_SEMBAKO);
    if (Chance(15)) Wrong(family);
  }

  void Nominate(const Household& family, type::v1::Programme programme) {
    pv::EnrolmentNominated m;
    m.set_programme(programme);
    m.set_round("2020-1");
    Publish(family, m);
  }

  void Report(Household& family) {
    switch (Below(12)) {
      case 0:
      case 1:
        return Change(family);
      case 2:
        return Wrong(family);
      case 3:
        return Stale(family);
      case 4:
        return Repeat();
      case 5:
        Publish(family, pv::GraduationRequested());
        if (Chance(50)) return;
        [[fallthrough]];
      case 6: {
        pv::GraduationRecommended m;
        m.set_statement_sha256(std::string(64, 'a'));
        if (Chance(20)) m.mutable_info()->set_officer_ref("kepala-1");
        Publish(family, m);
        if (Chance(20)) Repeat();
        return;
      }
      case 7:
        return Grow(family);
      default:
        return;
    }
  }

  // Moves within the province, loses its KK number, has a baby.
  void Change(Household& family) {
    pv::FamilyReported& m = family.last;
    if (Chance(40)) m.set_village(VillagesOf(family.province)[Below(4)]);
    if (Chance(20)) m.set_kk_number(0);
    if (Chance(40)) {
      AddMember(m, today_ - 20 - Below(10), pv::SEX_FEMALE, pv::RELATION_CHILD, family.serial * 100 + m.members_size());
    }
    Publish(family, m);
    if (Chance(20)) Stale(family);
  }

  // Nobody is left who counts for PKH.
  void Grow(Household& family) {
    pv::FamilyReported& m = family.last;
    while (m.members_size() > 1) m.mutable_members()->RemoveLast();
    Publish(family, m);
  }

  // A report made before the one that holds arrives after it.
  void Stale(const Household& family) {
    pv::FamilyReported m = family.last;
    m.mutable_members(0)->set_name("Contoh Lama");
    Publish(family, m, false, /*back_s=*/100'000);
  }

  void Repeat() {
    if (published_.empty()) return;
    Intent again = published_[published_.size() - 1 - Below(static_cast<int>(std::min<size_t>(published_.size(), 8)))];
    phase_.push_back(again);
  }

  void Wrong(const Household& family) {
    pv::FamilyReported m = family.last;
    switch (Below(8)) {
      case 0:
        m.mutable_members(0)->set_nik(123);
        return Publish(family, m, true);
      case 1:
        m.set_village(m.village() + 900);
        return Publish(family, m, true);
      case 2:  // outside its authority, both ways
        m.set_village(VillagesOf(family.province == 33 ? 34 : 33)[0]);
        return Publish(family, m, true);
      case 3:
        m.mutable_info()->set_office(family.province == 33 ? 3'400'000'000 : 3'300'000'000);
        return Publish(family, m, true);
      case 4: {
        const std::vector<uint64_t> villages = VillagesOf(family.province);
        m.mutable_info()->set_office(RegencyOf(m.village()));
        m.set_village(RegencyOf(villages[0]) == RegencyOf(m.village()) ? villages[3] : villages[0]);
        return Publish(family, m, true);
      }
      case 5:
        Publish(family, m, true);
        phase_.back().value = "\x12\x7f";
        published_.pop_back();
        return;
      case 6:
        Publish(family, m, true);
        phase_.back().type = "berdaya.province.v1.NobodyKnows";
        published_.pop_back();
        return;
      default:
        m.add_members()->CopyFrom(m.members(0));
        return Publish(family, m, true);
    }
  }

  // --- The ministry, days, strangers ---

  void Enrol(const Household& family) {
    if (!family.nominated) return;
    Intent& intent = Add(Kind::kEnrol);
    intent.province = family.province;
    intent.ref = family.ref;
    intent.enrolled = Chance(92);
    // Six years are over on one of the next days.
    intent.day = today_ - 2190 + Below(60);
  }

  void Sign(int province) {
    if (Chance(60) || partners_ == 0) {
      Add(Kind::kPartner).ref = absl::StrCat("mitra-", ++partners_);
      Next();
    }
    Intent& intent = Add(Kind::kMou);
    enterprise_mentoring::v1::Mou& mou = intent.mou;
    mou.set_mou_number(intent.id);
    mou.set_partner_id(absl::StrCat("mitra-", partners_));
    mou.set_name_as_signed("Politeknik Contoh");
    calendar::ToProto(today_ - 10 + (Chance(20) ? 14 : 0), *mou.mutable_signed_on());
    calendar::ToProto(today_ + 5 + Below(1000), *mou.mutable_ends_on());
    const uint64_t village = VillagesOf(province)[Below(4)];
    mou.add_areas(Chance(50) ? village / 100'000'000 * 100'000'000 : RegencyOf(village));
    mou.set_capacity(strict_ ? 1000 : 1 + Below(4));
    mou.add_signatories()->set_office("Direktur");
    Next();
  }

  void Days(int times, int by) {
    for (int i = 0; i < times; ++i) {
      today_ = today_ + by;
      Add(Kind::kDay);
    }
    Next();
  }

  void Intrude() {
    const Household& family = families_[Below(static_cast<int>(families_.size()))];
    Intent& intent = Add(Chance(50) ? Kind::kStranger : Kind::kDamaged);
    intent.province = family.province;
    intent.ref = family.ref;
  }

  std::mt19937_64 random_;
  const bool strict_;
  Scenario scenario_;
  Phase phase_;
  Day today_;
  std::vector<Household> families_;
  std::vector<Intent> published_;
  int ids_ = 0;
  int64_t ticks_ = 0;
  int partners_ = 0;
};

}  // namespace

int64_t MorningOf(Day day) { return int64_t{day.ToUnixDays()} * 86'400 + 3600; }

std::string_view NameOf(Kind kind) {
  static constexpr std::string_view kNames[] = {"report",  "day", "enrol",  "decide",   "confirm",
                                                "partner", "mou", "mentor", "stranger", "damaged"};
  return kNames[static_cast<int>(kind)];
}

Scenario MakeScenario(uint64_t seed, bool strict) { return Author(seed, strict).Write(); }

}  // namespace berdaya::simulation
