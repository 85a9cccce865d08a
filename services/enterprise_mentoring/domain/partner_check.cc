#include "services/enterprise_mentoring/domain/partner_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "common/text/text.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using region::RegionCode;

constexpr size_t kMaxName = 200;
constexpr size_t kMaxNumber = 64;
constexpr int kMaxAreas = 500;
constexpr int kMaxPeople = 20;
constexpr int kMaxCapacity = 1'000'000;

absl::Status CheckPeople(const google::protobuf::RepeatedPtrField<v1::Signatory>& people, std::string_view field) {
  for (int i = 0; i < people.size(); ++i) {
    const std::string place = absl::StrCat(std::string(field), "[", i, "]");
    if (!IsPlainText(people[i].name(), 0, kMaxName)) {
      return InField(place, Invalid("name_invalid", "name", "a name has at most 200 characters"));
    }
    if (!IsPlainText(people[i].office(), 1, kMaxName)) {
      return InField(place, Invalid("office_invalid", "office", "say the office held on that day in 1 to 200 characters"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAreas(const v1::Mou& mou, const region::RegionTable& regions) {
  if (mou.areas_size() < 1 || mou.areas_size() > kMaxAreas) {
    return Invalid("areas_count", "areas", "an MoU names 1 to 500 areas");
  }
  for (int i = 0; i < mou.areas_size(); ++i) {
    const absl::StatusOr<RegionCode> area = RegionCode::FromNumber(mou.areas(i));
    if (!area.ok() || area->IsNation() || !regions.Exists(*area)) {
      return Invalid("area_unknown", absl::StrCat("areas[", i, "]"),
                     "an area is a province, regency, district or village by its Kemendagri code of ten digits");
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsPartnerId(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

absl::Status CheckPartner(const v1::Partner& partner) {
  if (!IsPartnerId(partner.partner_id())) {
    return Invalid("partner_id_invalid", "partner_id", "a partner_id has 1 to 64 characters of a-z, 0-9 and -");
  }
  if (!IsPlainText(partner.name(), 1, kMaxName)) {
    return Invalid("name_invalid", "name", "give the official name in 1 to 200 characters");
  }
  if (partner.kind() == v1::PARTNER_KIND_UNSPECIFIED || !v1::PartnerKind_IsValid(partner.kind())) {
    return Invalid("kind_missing", "kind", "say what kind of partner it is");
  }
  return absl::OkStatus();
}

std::vector<RegionCode> AreasOf(const v1::Mou& mou) {
  std::vector<RegionCode> areas;
  for (const uint64_t number : mou.areas()) {
    if (const auto area = RegionCode::FromNumber(number); area.ok()) areas.push_back(*area);
  }
  // A region comes right before what lies in it, so what the last one kept contains is no area of its own.
  std::sort(areas.begin(), areas.end());
  std::vector<RegionCode> kept;
  for (const RegionCode area : areas) {
    if (kept.empty() || !kept.back().Contains(area)) kept.push_back(area);
  }
  return kept;
}

absl::StatusOr<MouTerms> CheckMou(const v1::Mou& mou, const region::RegionTable& regions) {
  if (!IsPlainText(mou.mou_number(), 1, kMaxNumber)) {
    return Invalid("mou_number_invalid", "mou_number", "an MoU number has 1 to 64 characters on one line");
  }
  if (!IsPartnerId(mou.partner_id())) return Invalid("partner_id_invalid", "partner_id", "say whose MoU it is");
  if (!IsPlainText(mou.name_as_signed(), 1, kMaxName)) {
    return Invalid("name_as_signed_invalid", "name_as_signed", "give the partner's name as signed in 1 to 200 characters");
  }
  const absl::StatusOr<Day> signed_on = calendar::FromProto(mou.signed_on(), "signed_on");
  if (!signed_on.ok()) return WithReason(signed_on.status(), "signed_on_invalid", "signed_on");
  const absl::StatusOr<Day> ends_on = calendar::FromProto(mou.ends_on(), "ends_on");
  if (!ends_on.ok()) return WithReason(ends_on.status(), "ends_on_invalid", "ends_on");
  if (*ends_on < *signed_on) return Invalid("ends_before_signed", "ends_on", "an MoU does not end before it is signed");
  if (absl::Status s = CheckAreas(mou, regions); !s.ok()) return s;
  if (mou.capacity() < 1 || mou.capacity() > kMaxCapacity) {
    return Invalid("capacity_invalid", "capacity", "an MoU has room for 1 to 1,000,000 families");
  }
  if (mou.signatories_size() < 1 || mou.signatories_size() > kMaxPeople) {
    return Invalid("signatories_count", "signatories", "an MoU has 1 to 20 signatories");
  }
  if (mou.witnesses_size() > kMaxPeople) return Invalid("witnesses_count", "witnesses", "an MoU has at most 20 witnesses");
  if (absl::Status s = CheckPeople(mou.signatories(), "signatories"); !s.ok()) return s;
  if (absl::Status s = CheckPeople(mou.witnesses(), "witnesses"); !s.ok()) return s;
  return MouTerms{*signed_on, *ends_on, AreasOf(mou)};
}

}  // namespace berdaya::mentoring
