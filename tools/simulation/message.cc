#include "tools/simulation/message.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "berdaya/province/v1/reports.pb.h"

namespace berdaya::simulation {
namespace {

using province::v1::ReportInfo;

constexpr uint64_t kSerials = 10'000;
constexpr uint64_t kDistrict = 10'000'000'000;

void FillInfo(const Record& record, uint32_t index, ReportInfo& info) {
  info.set_report_id(absl::StrCat("r", record.province, "-", index));
  info.set_office(record.office);
  info.set_officer_ref(OfficerOf(record));
  SetDate(record.occurred_on, *info.mutable_occurred_on());
  info.mutable_reported_at()->set_seconds(record.reported_at_us / 1'000'000);
  info.mutable_reported_at()->set_nanos(static_cast<int32_t>(record.reported_at_us % 1'000'000 * 1000));
}

void FillFamily(const Ledger& ledger, const Record& record, province::v1::FamilyReported& report) {
  const Household& household = ledger.households[record.household];
  report.set_kk_number(household.kk);
  report.set_village(record.village);
  for (const Member& m : household.members) {
    province::v1::Member& member = *report.add_members();
    member.set_nik(m.nik);
    member.set_name(NameOf(m.name));
    SetDate(m.birth, *member.mutable_birth_date());
    member.set_sex(m.sex);
    member.set_relation(m.relation);
    member.set_schooling(m.schooling);
    member.set_pregnant(m.pregnant);
    member.set_severe_disability(m.disabled);
    member.set_recipient(m.recipient);
  }
  if (record.fault != Fault::kBadNik) return;
  province::v1::Member& member = *report.mutable_members(BadMember(record));
  member.set_nik(BadNumber(BadKind(record), member.nik()));
}

// Bytes of which no parser makes a message: the first half of a good one, and then a field that ends beyond them.
std::string Damaged(const std::string& good) { return absl::StrCat(good.substr(0, good.size() / 2), "\x12\x7f"); }

template <class Report>
void Finish(Report& report, const Record& record, uint32_t index, Message& message) {
  FillInfo(record, index, *report.mutable_info());
  report.set_local_family_ref(message.key);
  message.type = Report::descriptor()->full_name().c_str();
  report.SerializeToString(&message.value);
}

void Build(const Ledger& ledger, const Record& record, uint32_t index, Message& message) {
  message.key = RefOf(record.province, record.family);
  switch (record.kind) {
    case Kind::kFamily: {
      province::v1::FamilyReported report;
      FillFamily(ledger, record, report);
      return Finish(report, record, index, message);
    }
    case Kind::kNominated: {
      province::v1::EnrolmentNominated report;
      report.set_programme(static_cast<type::v1::Programme>(record.programme));
      report.set_round(DayText(record.occurred_on).substr(0, 7));
      return Finish(report, record, index, message);
    }
    case Kind::kRequested: {
      province::v1::GraduationRequested report;
      return Finish(report, record, index, message);
    }
    case Kind::kRecommended: {
      province::v1::GraduationRecommended report;
      report.set_statement_sha256(absl::StrFormat("%064x", record.family));
      return Finish(report, record, index, message);
    }
    case Kind::kDecided: {
      province::v1::GraduationDecided report;
      report.set_case_id(record.case_id);
      report.set_verdict(type::v1::GRADUATION_VERDICT_CONFIRM);
      report.set_letter_number(absl::StrCat("SK-", record.province, "/", index));
      return Finish(report, record, index, message);
    }
  }
}

}  // namespace

uint64_t BadNumber(BadNik kind, uint64_t good) {
  if (good == 0) good = 3'201'010'101'900'001;
  switch (kind) {
    case BadNik::kFifteenDigits:
      return good / 10;
    case BadNik::kImpossibleProvince:
      return good % (kDistrict * 10'000) + kDistrict * 10'000 * 10;  // 10 is no province
    case BadNik::kImpossibleDate:
      return good / kDistrict * kDistrict + 321'390 * kSerials + good % kSerials;  // the 32nd day of the 13th month
    case BadNik::kSerialZero:
      return good / kSerials * kSerials;
  }
  return 0;
}

void BuildMessage(const Ledger& ledger, uint32_t index, Message& message) {
  const Record& entry = ledger.records[index];
  const uint32_t original = entry.repeats == kNone ? index : entry.repeats;
  message.id = absl::StrCat("dinas-", original);
  Build(ledger, ledger.records[original], original, message);
  if (entry.fault == Fault::kUndecodable) message.value = Damaged(message.value);
}

}  // namespace berdaya::simulation
