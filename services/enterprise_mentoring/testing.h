// What the tests of enterprise mentoring share: the real region table, callers, inputs that are accepted as they are.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_TESTING_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_TESTING_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/decide_fixture.h"
#include "services/enterprise_mentoring/commands/record_milestone.h"
#include "services/enterprise_mentoring/commands/record_session.h"
#include "services/enterprise_mentoring/commands/register_partner.h"
#include "services/enterprise_mentoring/commands/sign_mou.h"
#include "services/enterprise_mentoring/env.h"
#include "services/enterprise_mentoring/events/family_changed.h"
#include "services/enterprise_mentoring/events/family_graduated.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

inline constexpr uint64_t kJawaTengah = 3300000000;
inline constexpr uint64_t kKendal = 3324000000;         // Kabupaten Kendal, Jawa Tengah
inline constexpr uint64_t kKudus = 3319000000;          // Kabupaten Kudus, Jawa Tengah
inline constexpr uint64_t kKendalVillage = 3324052001;  // one of Kendal's villages
inline constexpr uint64_t kKudusVillage = 3319012001;   // one of Kudus's

inline const flow::Principal kMinistry{"ministry", 0};
inline const flow::Principal kDinasKendal{"dinas-kendal", kKendal};
inline const flow::Principal kDinasKudus{"dinas-kudus", kKudus};

inline const region::RegionTable& TestRegions() {
  static const auto* const kTable = [] {
    auto table = region::RegionTable::Load("data/regions/regions.tsv");
    if (!table.ok()) std::abort();
    return table->release();
  }();
  return *kTable;
}

inline const Env& TestEnv() {
  static const auto* const kEnv = new Env{TestRegions()};
  return *kEnv;
}

inline graduation::v1::FamilyGraduated Graduation(int64_t family_id, calendar::Day day, uint64_t village = kKendalVillage) {
  graduation::v1::FamilyGraduated m;
  m.mutable_info()->set_family_id(family_id);
  m.mutable_info()->set_version(5);
  m.mutable_info()->set_village(village);
  calendar::ToProto(day, *m.mutable_info()->mutable_recorded_day());
  m.set_case_id(family_id * 10);
  m.set_kind(type::v1::GRADUATION_KIND_NATURAL);
  m.set_rule_version("2018-1");
  calendar::ToProto(day + 1, *m.mutable_graduated_on());
  return m;
}

// The registry's fact that a family has changed; where it lives now.
inline registry::v1::FamilyChanged Change(int64_t family_id, int64_t version, calendar::Day day, uint64_t village) {
  registry::v1::FamilyChanged m;
  m.mutable_info()->set_family_id(family_id);
  m.mutable_info()->set_version(version);
  m.mutable_info()->set_village(village);
  calendar::ToProto(day, *m.mutable_info()->mutable_recorded_day());
  return m;
}

inline v1::RegisterPartnerRequest Partner(const std::string& id = "polines") {
  v1::RegisterPartnerRequest m;
  m.set_request_id("request-1");
  m.mutable_partner()->set_partner_id(id);
  m.mutable_partner()->set_name("Politeknik Contoh " + id);
  m.mutable_partner()->set_kind(v1::PARTNER_KIND_POLYTECHNIC);
  return m;
}

struct MouOf {
  std::string number = "MOU-1";
  std::string partner = "polines";
  calendar::Day signed_on = calendar::Day::Of(2020, 2, 19);
  calendar::Day ends_on = calendar::Day::Of(2023, 2, 18);
  std::vector<uint64_t> areas = {kKendal};
  int32_t capacity = 2;

  v1::SignMouRequest Request() const {
    v1::SignMouRequest m;
    m.set_request_id("request-1");
    m.mutable_mou()->set_mou_number(number);
    m.mutable_mou()->set_partner_id(partner);
    m.mutable_mou()->set_name_as_signed("Politeknik Contoh");
    calendar::ToProto(signed_on, *m.mutable_mou()->mutable_signed_on());
    calendar::ToProto(ends_on, *m.mutable_mou()->mutable_ends_on());
    for (const uint64_t area : areas) m.mutable_mou()->add_areas(area);
    m.mutable_mou()->set_capacity(capacity);
    m.mutable_mou()->add_signatories()->set_office("Direktur Politeknik Contoh");
    return m;
  }
};

inline v1::RecordSessionRequest Session(int64_t case_id, calendar::Day day) {
  v1::RecordSessionRequest m;
  m.set_request_id("request-1");
  m.set_case_id(case_id);
  calendar::ToProto(day, *m.mutable_held_on());
  m.set_mentor_ref("mentor-3");
  m.set_topic("Memisahkan uang pribadi dan uang usaha");
  return m;
}

// A fixture that tells a story: every step has to be accepted.
class Story : public flow::DecideFixture {
 public:
  explicit Story(calendar::Day day) : DecideFixture(&TestEnv(), Tables()) { OnDay(day); }

  flow::Outcome Graduates(int64_t family_id, calendar::Day day, uint64_t village = kKendalVillage) {
    return Must(Apply<OnFamilyGraduated>(Graduation(family_id, day, village), Fact()));
  }
  flow::Outcome Changes(int64_t family_id, int64_t version, calendar::Day day, uint64_t village) {
    return Must(Apply<OnFamilyChanged>(Change(family_id, version, day, village), Fact()));
  }
  flow::Outcome Registers(const std::string& partner = "polines") {
    return Must(Apply<RegisterPartner>(Partner(partner), FromCommand(kMinistry)));
  }
  flow::Outcome Signs(const MouOf& mou) { return Must(Apply<SignMou>(mou.Request(), FromCommand(kMinistry))); }
  flow::Outcome Meets(int64_t case_id, calendar::Day day) {
    return Must(Apply<RecordSession>(Session(case_id, day), FromCommand(kMinistry)));
  }
  CaseRow Case(int64_t family_id) { return Now<CaseRow>(family_id).value_or(CaseRow{}); }

 private:
  static flow::Outcome Must(absl::StatusOr<flow::Outcome> outcome) {
    if (!outcome.ok()) {
      std::cerr << "a step of the story was refused: " << outcome.status() << std::endl;
      std::abort();
    }
    return *std::move(outcome);
  }
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_TESTING_H_
