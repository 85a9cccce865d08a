// What graduation's tests share: the shipped rules, and a small world in which registry facts arrive and days open.
#ifndef BERDAYA_SERVICES_GRADUATION_TESTING_H_
#define BERDAYA_SERVICES_GRADUATION_TESTING_H_

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/decide_fixture.h"
#include "services/graduation/env.h"
#include "services/graduation/events/components_changed.h"
#include "services/graduation/events/enrolment_decided.h"
#include "services/graduation/events/enrolment_ended.h"
#include "services/graduation/events/enrolment_nominated.h"
#include "services/graduation/events/family_changed.h"
#include "services/graduation/events/family_registered.h"
#include "services/graduation/events/graduation_decision_reported.h"
#include "services/graduation/events/graduation_recommended.h"
#include "services/graduation/events/graduation_requested.h"
#include "services/graduation/sweeps/advance_cases.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {

inline constexpr int64_t kFamily = 33'000'256;
inline constexpr uint64_t kVillage = 3324052001;

inline const Env& TestEnv() {
  static const auto* const kRules = [] {
    auto rules = LoadRuleBook("data/rules");
    if (!rules.ok()) std::abort();
    return new RuleBook(*std::move(rules));
  }();
  static const auto* const kEnv = new Env{*kRules};
  return *kEnv;
}

// One child in primary school, or nobody.
inline type::v1::Components OneChild() {
  type::v1::Components components;
  components.set_primary_school(1);
  return components;
}
inline type::v1::Components Nobody() { return {}; }

// A fact in one line, "2020-07-01 GraduationProposed v5 time_limit", so that tests compare and read whole histories.
std::string LineOf(const flow::Outgoing& record);

// Registry facts of any number of families arrive here, in order and with the right versions, and days open.
class World {
 public:
  explicit World(const Env& env = TestEnv()) : f_(&env, Tables()) {}

  void OpenDay(calendar::Day day) {
    day_ = day;
    f_.OnDay(day);
  }
  // As the engine sweeps: in chunks, until nothing is due.
  void Sweep(int64_t limit = 2) {
    for (;;) {
      absl::StatusOr<std::vector<flow::Outcome>> outcomes = f_.Sweep<AdvanceCases>(0, limit);
      if (!outcomes.ok()) std::abort();
      for (const flow::Outcome& outcome : *outcomes) Note(outcome);
      if (static_cast<int64_t>(outcomes->size()) < limit) return;
    }
  }

  // Fills the head with the family's next version and lets the fact arrive.
  template <class H>
  absl::StatusOr<flow::Outcome> Arrive(typename H::Message m, int64_t family_id = kFamily) {
    FillHead(*m.mutable_info(), family_id);
    last_origin_ = f_.Fact();
    absl::StatusOr<flow::Outcome> outcome = f_.Apply<H>(m, last_origin_);
    if (outcome.ok()) Note(*outcome);
    return outcome;
  }

  // The usual facts. The reports give back the status and code of their ReportOutcome: "CHANGED", "REJECTED same_officer case_id".
  void Register(int64_t family_id = kFamily);
  void Enrol(calendar::Day starts_on, const type::v1::Components& components = OneChild(), int64_t family_id = kFamily);
  void Recount(const type::v1::Components& components, int64_t family_id = kFamily);
  std::string Request(calendar::Day day, int64_t family_id = kFamily);
  std::string Recommend(const std::string& officer, calendar::Day day, char statement = 'a', int64_t family_id = kFamily);
  std::string Decide(type::v1::GraduationVerdict verdict, const std::string& officer, const std::string& letter,
                     int64_t case_id = 0, int64_t family_id = kFamily, calendar::Day decided_on = {});

  // The family's current case.
  CaseRow CaseOf(int64_t family_id = kFamily) {
    const auto family = f_.Now<FamilyRow>(family_id);
    if (!family.has_value() || family->case_id == 0) return {};
    return *f_.Now<CaseRow>(family->case_id);
  }
  // Lines of all facts about the family, in order; those since the last call.
  const std::vector<std::string>& History(int64_t family_id = kFamily) { return histories_[std::to_string(family_id)]; }
  std::vector<std::string> News(int64_t family_id = kFamily) {
    const std::vector<std::string>& all = History(family_id);
    size_t& told = told_[family_id];
    std::vector<std::string> news(all.begin() + static_cast<std::ptrdiff_t>(told), all.end());
    told = all.size();
    return news;
  }

  flow::DecideFixture& fixture() { return f_; }
  const flow::Origin& last_origin() const { return last_origin_; }
  calendar::Day day() const { return day_; }
  void Note(const flow::Outcome& outcome);

 private:
  void FillHead(type::v1::FactInfo& info, int64_t family_id) {
    info.set_family_id(family_id);
    info.set_version(++versions_[family_id]);
    info.set_village(kVillage);
    calendar::ToProto(day_, *info.mutable_recorded_day());
  }

  flow::DecideFixture f_;
  calendar::Day day_;
  flow::Origin last_origin_;
  std::map<int64_t, int64_t> versions_;
  std::map<int64_t, size_t> told_;
  std::map<std::string, std::vector<std::string>> histories_;  // by key of the record
};

namespace internal {

inline std::string Kind(type::v1::GraduationKind kind) {
  return absl::AsciiStrToLower(std::string(absl::StripPrefix(type::v1::GraduationKind_Name(kind), "GRADUATION_KIND_")));
}

inline std::string Date(const type::v1::Date& date) { return calendar::FromProto(date).value_or(calendar::Day{}).Format(); }

template <class M>
std::string Line(const flow::Outgoing& record, std::string (*rest)(const M&)) {
  M m;
  if (!m.ParseFromString(record.value)) return "undecodable";
  return absl::StrCat(Date(m.info().recorded_day()), " ", M::descriptor()->name(), " v", m.info().version(), rest(m));
}

inline std::string ReplyOf(const absl::StatusOr<flow::Outcome>& outcome) {
  if (!outcome.ok()) return std::string(outcome.status().message());
  const std::vector<v1::ReportOutcome> replies = flow::PublishedOf<v1::ReportOutcome>(*outcome);
  if (replies.size() != 1) return absl::StrCat(replies.size(), " replies");
  std::string text(absl::StripPrefix(province::v1::ReportStatus_Name(replies[0].status()), "REPORT_STATUS_"));
  if (!replies[0].code().empty()) absl::StrAppend(&text, " ", replies[0].code(), " ", replies[0].field());
  return text;
}

}  // namespace internal

inline std::string LineOf(const flow::Outgoing& record) {
  const std::string type(absl::StripPrefix(std::string(record.type), "berdaya.graduation.v1."));
  if (type == "CaseOpened") {
    return internal::Line<v1::CaseOpened>(record,
                                          [](const v1::CaseOpened& m) { return " from " + internal::Date(m.enrolled_on()); });
  }
  if (type == "TimeLimitWarned") {
    return internal::Line<v1::TimeLimitWarned>(record, [](const v1::TimeLimitWarned& m) {
      return absl::StrCat(" ", m.months_left(), " months to ", internal::Date(m.ends_on()));
    });
  }
  if (type == "GraduationProposed") {
    return internal::Line<v1::GraduationProposed>(record,
                                                  [](const v1::GraduationProposed& m) { return " " + internal::Kind(m.kind()); });
  }
  if (type == "ProposalWithdrawn") {
    return internal::Line<v1::ProposalWithdrawn>(record, [](const v1::ProposalWithdrawn& m) {
      return std::string(m.cause() == v1::WITHDRAWAL_CAUSE_RETURNED ? " returned" : " eligible again");
    });
  }
  if (type == "CaseHeld")
    return internal::Line<v1::CaseHeld>(record, [](const v1::CaseHeld& m) { return " by " + m.decided_by(); });
  if (type == "GraduationConfirmed") {
    return internal::Line<v1::GraduationConfirmed>(record, [](const v1::GraduationConfirmed& m) {
      return absl::StrCat(" ", internal::Kind(m.kind()), " by ", m.decided_by(), " letter ", m.letter_number(), " rules ",
                          m.rule_version());
    });
  }
  if (type == "FamilyGraduated") {
    return internal::Line<v1::FamilyGraduated>(record, [](const v1::FamilyGraduated& m) {
      return absl::StrCat(" ", internal::Kind(m.kind()), " on ", internal::Date(m.graduated_on()));
    });
  }
  if (type == "ParticipationEnded") {
    return internal::Line<v1::ParticipationEnded>(
        record, [](const v1::ParticipationEnded& m) { return " on " + internal::Date(m.ended_on()); });
  }
  return type;
}

inline void World::Note(const flow::Outcome& outcome) {
  for (const flow::Outgoing& record : outcome.outgoing()) {
    if (record.type == v1::ReportOutcome::descriptor()->full_name()) continue;  // read from the outcome
    histories_[record.key].push_back(LineOf(record));
  }
}

inline void World::Register(int64_t family_id) {
  registry::v1::FamilyRegistered m;
  *m.mutable_components() = OneChild();
  if (!Arrive<OnFamilyRegistered>(m, family_id).ok()) std::abort();
}

inline void World::Enrol(calendar::Day starts_on, const type::v1::Components& components, int64_t family_id) {
  registry::v1::EnrolmentNominated nominated;
  nominated.set_programme(type::v1::PROGRAMME_PKH);
  if (!Arrive<OnEnrolmentNominated>(nominated, family_id).ok()) std::abort();
  registry::v1::EnrolmentDecided decided;
  decided.set_programme(type::v1::PROGRAMME_PKH);
  decided.set_enrolled(true);
  calendar::ToProto(starts_on, *decided.mutable_starts_on());
  *decided.mutable_components() = components;
  if (!Arrive<OnEnrolmentDecided>(decided, family_id).ok()) std::abort();
}

inline void World::Recount(const type::v1::Components& components, int64_t family_id) {
  registry::v1::ComponentsChanged m;
  *m.mutable_components() = components;
  if (!Arrive<OnComponentsChanged>(m, family_id).ok()) std::abort();
}

inline std::string World::Request(calendar::Day day, int64_t family_id) {
  registry::v1::GraduationRequested m;
  m.mutable_report()->set_position(77);
  m.set_officer_ref("pendamping-7");
  calendar::ToProto(day, *m.mutable_requested_on());
  return internal::ReplyOf(Arrive<OnGraduationRequested>(m, family_id));
}

inline std::string World::Recommend(const std::string& officer, calendar::Day day, char statement, int64_t family_id) {
  registry::v1::GraduationRecommended m;
  m.mutable_report()->set_position(78);
  m.set_recommended_by(officer);
  calendar::ToProto(day, *m.mutable_recommended_on());
  m.set_statement_sha256(std::string(64, statement));
  return internal::ReplyOf(Arrive<OnGraduationRecommended>(m, family_id));
}

inline std::string World::Decide(type::v1::GraduationVerdict verdict, const std::string& officer, const std::string& letter,
                                 int64_t case_id, int64_t family_id, calendar::Day decided_on) {
  registry::v1::GraduationDecisionReported m;
  m.mutable_report()->set_position(79);
  m.set_case_id(case_id != 0 ? case_id : CaseOf(family_id).case_id);
  m.set_verdict(verdict);
  m.set_decided_by(officer);
  calendar::ToProto(decided_on.empty() ? day_ : decided_on, *m.mutable_decided_on());
  m.set_letter_number(letter);
  return internal::ReplyOf(Arrive<OnGraduationDecisionReported>(m, family_id));
}

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_TESTING_H_
