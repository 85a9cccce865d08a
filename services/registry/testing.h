// What the registry's tests share: a small region table, rules, a report that is accepted as it is.
#ifndef BERDAYA_SERVICES_REGISTRY_TESTING_H_
#define BERDAYA_SERVICES_REGISTRY_TESTING_H_

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "berdaya/province/v1/reports.pb.h"
#include "common/flow/testing/decide_fixture.h"
#include "common/identity/number.h"
#include "services/registry/env.h"
#include "services/registry/events/family_reported.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

inline constexpr uint64_t kKendal = 3324000000;       // Kabupaten Kendal, Jawa Tengah
inline constexpr uint64_t kVillage = 3324052001;      // one of its villages
inline constexpr uint64_t kNextVillage = 3324052002;  // another

inline const Env& TestEnv() {
  static const auto* const kRules = [] {
    auto rules = LoadComponentRules("data/programmes/pkh_components.textproto");
    if (!rules.ok()) std::abort();
    return new v1::ComponentRules(*rules);
  }();
  static const auto* const kEnv = [] {
    auto table = region::RegionTable::Load("data/regions/regions.tsv");
    if (!table.ok()) std::abort();
    return new Env{*table->release(), *kRules};
  }();
  return *kEnv;
}

inline void SetDate(int year, int month, int day, type::v1::Date& date) {
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
}

inline void FillReportInfo(province::v1::ReportInfo& info, int64_t reported_at_s = 1'593'000'000) {  // 24 June 2020
  info.set_report_id("report-1");
  info.set_office(kKendal);
  info.set_officer_ref("pendamping-7");
  SetDate(2020, 6, 24, *info.mutable_occurred_on());
  info.mutable_reported_at()->set_seconds(reported_at_s);
}

// A mother of 35 with a boy of 5; synthetic numbers.
inline province::v1::FamilyReported TestFamily(const std::string& ref = "3324-0001", int serial = 1) {
  const auto district = *region::RegionCode::FromNumber(3324050000);
  province::v1::FamilyReported report;
  FillReportInfo(*report.mutable_info());
  report.set_local_family_ref(ref);
  report.set_village(kVillage);
  report.set_kk_number(identity::SyntheticKk(district, calendar::Day::Of(2012, 3, 4), serial));
  auto* mother = report.add_members();
  mother->set_nik(identity::SyntheticNik(district, calendar::Day::Of(1985, 7, 1), identity::Sex::kFemale, serial));
  mother->set_name("Ibu Contoh");
  SetDate(1985, 7, 1, *mother->mutable_birth_date());
  mother->set_sex(province::v1::SEX_FEMALE);
  mother->set_relation(province::v1::RELATION_HEAD);
  mother->set_recipient(true);
  auto* child = report.add_members();
  child->set_nik(identity::SyntheticNik(district, calendar::Day::Of(2015, 2, 28), identity::Sex::kMale, serial));
  child->set_name("Anak Contoh");
  SetDate(2015, 2, 28, *child->mutable_birth_date());
  child->set_sex(province::v1::SEX_MALE);
  child->set_relation(province::v1::RELATION_CHILD);
  return report;
}

// A family as it stands after its first report: the beginning of most stories.
inline FamilyRow Registered(flow::DecideFixture& f, const province::v1::FamilyReported& report = TestFamily()) {
  const auto out = f.Apply<OnFamilyReported>(report, f.Report(33));
  if (!out.ok()) {
    std::cerr << "Registered: " << out.status() << std::endl;
    std::abort();
  }
  return *f.Now<FamilyRow>(out->family_id());
}

inline void GivenEnrolment(flow::DecideFixture& f, int64_t family_id, type::v1::Programme programme, v1::EnrolmentState state,
                           const std::string& round = "2020-1") {
  EnrolmentRow row{family_id, programme, state, round};
  if (state == v1::ENROLMENT_STATE_ACTIVE || state == v1::ENROLMENT_STATE_ENDED) row.starts_on = calendar::Day::Of(2014, 7, 1);
  f.Given(std::move(row));
}

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_TESTING_H_
