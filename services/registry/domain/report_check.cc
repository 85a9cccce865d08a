#include "services/registry/domain/report_check.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/calendar/day_proto.h"
#include "common/identity/number.h"
#include "common/status/status.h"
#include "common/text/text.h"

namespace berdaya::registry {
namespace {

using calendar::Day;
using region::RegionCode;

constexpr size_t kMaxRef = 64;
constexpr size_t kMaxName = 100;
constexpr int kMaxMembers = 40;

// 16 digits of the form of a NIK or a KK number: personal data where a province's own reference belongs.
bool LooksLikeIdentityNumber(const std::string& text) {
  uint64_t number = 0;
  if (text.size() != 16 || !absl::SimpleAtoi(text, &number)) return false;
  return identity::CheckNik(number) == identity::NumberError::kNone || identity::CheckKk(number) == identity::NumberError::kNone;
}

absl::Status NoReference(std::string_view field) {
  return Invalid("reference_is_identity_number", field, "a reference is the province's own, never a NIK or a KK number");
}

// Characters that look alike in one way only, so that two references are of one officer if and only if they are equal.
bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRef && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
  });
}

absl::Status CheckNumber(uint64_t number, identity::NumberKind kind, std::string_view field) {
  if (number == 0) return absl::OkStatus();
  const auto error = kind == identity::NumberKind::kNik ? identity::CheckNik(number) : identity::CheckKk(number);
  if (error == identity::NumberError::kNone) return absl::OkStatus();
  const identity::Explanation& why = identity::Explain(kind, error);
  return Invalid(why.code, field, why.english);
}

absl::Status CheckMember(const province::v1::Member& member, Day occurred_on) {
  if (absl::Status s = CheckNumber(member.nik(), identity::NumberKind::kNik, "nik"); !s.ok()) return s;
  if (!IsPlainText(member.name(), 1, kMaxName))
    return Invalid("name_invalid", "name", "a name has 1 to 100 characters and no control characters");
  const absl::StatusOr<Day> birth = calendar::FromProto(member.birth_date(), "birth_date");
  if (!birth.ok()) return WithReason(birth.status(), "birth_date_invalid", "birth_date");
  if (*birth > occurred_on) return Invalid("birth_date_after_report", "birth_date", "the birth lies after the day reported");
  if (member.sex() != province::v1::SEX_FEMALE && member.sex() != province::v1::SEX_MALE) {
    return Invalid("sex_missing", "sex", "say female or male, as on the family card");
  }
  if (member.relation() == province::v1::RELATION_UNSPECIFIED || !province::v1::Relation_IsValid(member.relation())) {
    return Invalid("relation_missing", "relation", "say the member's place in the family");
  }
  if (!province::v1::Schooling_IsValid(member.schooling())) {
    return Invalid("schooling_unknown", "schooling", "use one of the values of the contract");
  }
  return absl::OkStatus();
}

absl::Status CheckMembers(const province::v1::FamilyReported& report, Day occurred_on) {
  if (report.members_size() < 1 || report.members_size() > kMaxMembers) {
    return Invalid("members_count", "members", "a family has 1 to 40 members");
  }
  int heads = 0;
  int recipients = 0;
  std::vector<uint64_t> niks;
  niks.reserve(report.members_size());
  for (int i = 0; i < report.members_size(); ++i) {
    const province::v1::Member& member = report.members(i);
    if (absl::Status s = CheckMember(member, occurred_on); !s.ok()) return InField(absl::StrCat("members[", i, "]"), std::move(s));
    heads += member.relation() == province::v1::RELATION_HEAD;
    recipients += member.recipient();
    if (member.nik() != 0) niks.push_back(member.nik());
  }
  if (heads != 1) return Invalid("head_count", "members", "a family has exactly one head");
  if (recipients > 1) return Invalid("recipient_count", "members", "a family has at most one recipient");
  std::sort(niks.begin(), niks.end());
  if (std::adjacent_find(niks.begin(), niks.end()) != niks.end()) {
    return Invalid("nik_twice", "members", "two members have the same NIK");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRef(const std::string& ref) {
  if (!IsPlainText(ref, 1, kMaxRef)) {
    return Invalid("local_family_ref_invalid", "local_family_ref", "a reference has 1 to 64 characters and no control characters");
  }
  return LooksLikeIdentityNumber(ref) ? NoReference("local_family_ref") : absl::OkStatus();
}

absl::StatusOr<CheckedInfo> CheckInfo(const province::v1::ReportInfo& info, const ReportPlace& place,
                                      const region::RegionTable& regions) {
  if (!IsIdentifier(info.report_id())) {
    return Invalid("report_id_invalid", "info.report_id", "a report_id has 1 to 64 characters of A-Z a-z 0-9 . _ : / -");
  }
  if (!IsIdentifier(info.officer_ref()) || absl::AsciiStrToLower(info.officer_ref()) != info.officer_ref()) {
    return Invalid("officer_ref_invalid", "info.officer_ref", "an officer reference has 1 to 64 characters of a-z 0-9 . _ : / -");
  }
  if (LooksLikeIdentityNumber(info.officer_ref())) return NoReference("info.officer_ref");
  CheckedInfo checked;
  const absl::StatusOr<Day> occurred = calendar::FromProto(info.occurred_on(), "occurred_on");
  if (!occurred.ok()) return WithReason(occurred.status(), "occurred_on_invalid", "info.occurred_on");
  checked.occurred_on = *occurred;
  if (!info.has_reported_at() || info.reported_at().seconds() <= 0 || info.reported_at().nanos() < 0 ||
      info.reported_at().nanos() > 999'999'999) {
    return Invalid("reported_at_invalid", "info.reported_at", "say when the report was made, in UTC");
  }
  // A clock that runs ahead would make later corrections look stale for as long; one day covers zones and drift.
  if (info.reported_at().seconds() > place.appended_at_ms / 1000 + 86'400) {
    return Invalid("reported_at_in_future", "info.reported_at", "reported_at lies more than a day ahead of the log's clock");
  }
  if (*occurred > calendar::JakartaDay(absl::FromUnixSeconds(info.reported_at().seconds())) + 1) {
    return Invalid("occurred_on_in_future", "info.occurred_on", "what is reported lies after the report");
  }
  const absl::StatusOr<RegionCode> office = RegionCode::FromNumber(info.office());
  if (!office.ok() || office->IsNation() || regions.Find(*office, *occurred) == nullptr) {
    return Invalid("office_unknown", "info.office", "the office is no region of the Kemendagri table on that day");
  }
  if (office->ProvinceCode() != place.province) {
    return Invalid("office_outside_province", "info.office", "the office lies outside the province that this topic belongs to");
  }
  checked.office = *office;
  checked.reported_at_us = info.reported_at().seconds() * 1'000'000 + info.reported_at().nanos() / 1'000;
  return checked;
}

absl::Status CheckFamily(const province::v1::FamilyReported& report, const CheckedInfo& info, const region::RegionTable& regions) {
  if (absl::Status s = CheckRef(report.local_family_ref()); !s.ok()) return s;
  if (absl::Status s = CheckNumber(report.kk_number(), identity::NumberKind::kKk, "kk_number"); !s.ok()) return s;
  const absl::StatusOr<RegionCode> village = RegionCode::FromNumber(report.village());
  if (!village.ok() || !regions.VillageExists(*village, info.occurred_on)) {
    return Invalid("village_unknown", "village", "the village is not in the Kemendagri table on that day");
  }
  if (!info.office.Contains(*village)) {
    return Invalid("village_outside_office", "village", "the village lies outside the region of the reporting office");
  }
  return CheckMembers(report, info.occurred_on);
}

}  // namespace berdaya::registry
