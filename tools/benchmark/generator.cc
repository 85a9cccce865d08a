#include "tools/benchmark/generator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "common/identity/number.h"

namespace berdaya {
namespace {

using calendar::Day;
using region::RegionCode;

constexpr int kMembers = 4;
const Day kDay = Day::Of(2020, 6, 24);

}  // namespace

Generator::Generator(const region::RegionTable& regions, uint64_t seed, int64_t total) : random_(seed) {
  for (const region::Region& region : regions.all()) {
    if (region.code.level() == region::Level::kVillage && region.ValidOn(kDay)) villages_.push_back(region.code);
  }
  per_village_ = total / static_cast<int64_t>(villages_.size()) + 1;
}

province::v1::FamilyReported Generator::Family(int64_t n) {
  const RegionCode village = villages_[n / per_village_ % static_cast<int64_t>(villages_.size())];
  province::v1::FamilyReported report;
  report.mutable_info()->set_report_id(absl::StrCat("load-", n));
  report.mutable_info()->set_office(village.At(region::Level::kRegency).ToCell());
  report.mutable_info()->set_officer_ref("pendamping-1");
  calendar::ToProto(kDay, *report.mutable_info()->mutable_occurred_on());
  report.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'000 + n);
  report.set_local_family_ref(absl::StrCat(village.ProvinceCode(), "-", n));
  report.set_village(village.ToCell());
  report.set_kk_number(
      identity::SyntheticKk(village, Day::Of(2000, 1, 1) + static_cast<int64_t>(random_() % 7000), NextSerial(village)));
  for (int i = 0; i < kMembers; ++i) AddMember(village, i, *report.add_members());
  return report;
}

// Serials rise by district, so that no number is given twice.
uint64_t Generator::NextSerial(RegionCode village) { return ++serials_[village.At(region::Level::kDistrict)] % 9999 + 1; }

void Generator::AddMember(RegionCode village, int i, province::v1::Member& member) {
  const bool adult = i < 2;
  const Day birth =
      (adult ? Day::Of(1960, 1, 1) : Day::Of(2002, 1, 1)) + static_cast<int64_t>(random_() % (adult ? 14'000 : 6'500));
  const bool female = i % 2 == 0;
  const RegionCode issued = random_() % 100 < 85 ? village : villages_[random_() % villages_.size()];
  // A NIK is unique by district, day of birth and serial.
  const uint64_t serial = ++births_[{issued.At(region::Level::kDistrict).ToCell(), birth.ToCell() + (female ? 100'000 : 0)}];
  member.set_nik(identity::SyntheticNik(issued, birth, female ? identity::Sex::kFemale : identity::Sex::kMale, serial));
  member.set_name(absl::StrCat("Warga Contoh ", random_() % 100'000));
  calendar::ToProto(birth, *member.mutable_birth_date());
  member.set_sex(female ? province::v1::SEX_FEMALE : province::v1::SEX_MALE);
  member.set_relation(i == 0 ? province::v1::RELATION_HEAD : i == 1 ? province::v1::RELATION_SPOUSE : province::v1::RELATION_CHILD);
  member.set_schooling(adult ? province::v1::SCHOOLING_FINISHED : province::v1::SCHOOLING_PRIMARY);
  member.set_recipient(i == 0);
}

}  // namespace berdaya
