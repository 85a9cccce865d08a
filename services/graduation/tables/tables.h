// What graduation keeps.
#ifndef BERDAYA_SERVICES_GRADUATION_TABLES_TABLES_H_
#define BERDAYA_SERVICES_GRADUATION_TABLES_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/calendar/day.h"
#include "common/flow/view.h"
#include "common/store/store.h"
#include "services/graduation/domain/case.h"

namespace berdaya::graduation {

// A family that the registry knows, in PKH or not: how far its facts are followed, and its case.
struct FamilyRow {
  int64_t family_id = 0;
  int64_t registry_version = 0;  // of the last fact of the registry that was applied
  int64_t case_id = 0;           // its current or last case; 0: never in PKH
  static void LeadsTo(const FamilyRow& row, flow::KeySet& keys);
  static constexpr auto Describe() {
    return store::Table<FamilyRow>("family", store::Key(store::Field("family_id", &FamilyRow::family_id)),
                                   store::Fields(store::Field("registry_version", &FamilyRow::registry_version),
                                                 store::Field("case_id", &FamilyRow::case_id)));
  }
};

// A case, closed ones of families that enrolled again too. Clustered by partition and enrolment, as the ids are.
struct CaseRow : Case {
  static constexpr auto Describe() {
    return store::Table<CaseRow>(
        "pkh_case", store::Key(store::Field("case_id", &CaseRow::case_id)),
        store::Fields(store::Field("family_id", &CaseRow::family_id), store::Field("version", &CaseRow::version),
                      store::Field("partition", &CaseRow::partition), store::Field("state", &CaseRow::state),
                      store::Field("village", &CaseRow::village), store::Field("components", &CaseRow::components),
                      store::Field("enrolled_on", &CaseRow::enrolled_on), store::Field("ends_on", &CaseRow::ends_on),
                      store::Field("due_on", &CaseRow::due_on), store::Field("warned_months", &CaseRow::warned_months),
                      store::Field("kind", &CaseRow::kind), store::Field("rule_version", &CaseRow::rule_version),
                      store::Field("proposal_version", &CaseRow::proposal_version),
                      store::Field("proposed_on", &CaseRow::proposed_on), store::Field("recommended_by", &CaseRow::recommended_by),
                      store::Field("requested_on", &CaseRow::requested_on),
                      store::Field("natural_not_before", &CaseRow::natural_not_before), store::Field("verdict", &CaseRow::verdict),
                      store::Field("decided_by", &CaseRow::decided_by), store::Field("decided_on", &CaseRow::decided_on),
                      store::Field("letter_number", &CaseRow::letter_number), store::Field("graduated_on", &CaseRow::graduated_on),
                      store::Field("ended_on", &CaseRow::ended_on), store::Field("previous_case_id", &CaseRow::previous_case_id)),
        store::Indexes(store::Index("pkh_case_by_due", "partition", "due_on", "case_id"),
                       store::Index("pkh_case_by_village", "village", "family_id", "case_id"),
                       store::Index("pkh_case_by_state", "state", "village", "family_id", "case_id")));
  }
  static constexpr int kByDue = 0;
  static constexpr int kByVillage = 1;
  static constexpr int kByState = 2;
};

// Every proposal of every case, with what it rested on.
struct ProposalRow : Proposal {
  static constexpr auto Describe() {
    return store::Table<ProposalRow>(
        "proposal", store::Key(store::Field("case_id", &ProposalRow::case_id), store::Field("version", &ProposalRow::version)),
        store::Fields(store::Field("day", &ProposalRow::day), store::Field("kind", &ProposalRow::kind),
                      store::Field("rule_version", &ProposalRow::rule_version),
                      store::Field("enrolled_on", &ProposalRow::enrolled_on), store::Field("ends_on", &ProposalRow::ends_on),
                      store::Field("components", &ProposalRow::components),
                      store::Field("requested_on", &ProposalRow::requested_on),
                      store::Field("recommended_by", &ProposalRow::recommended_by)));
  }
};

// Who recommended in a case, with the last statement. An officer with a row here may not decide in that case.
struct RecommendationRow {
  int64_t case_id = 0;
  std::string recommended_by;
  calendar::Day recommended_on;
  std::string statement_sha256;
  calendar::Day recorded_day;
  static constexpr auto Describe() {
    return store::Table<RecommendationRow>("recommendation",
                                           store::Key(store::Field("case_id", &RecommendationRow::case_id),
                                                      store::Field("recommended_by", &RecommendationRow::recommended_by)),
                                           store::Fields(store::Field("recommended_on", &RecommendationRow::recommended_on),
                                                         store::Field("statement_sha256", &RecommendationRow::statement_sha256),
                                                         store::Field("recorded_day", &RecommendationRow::recorded_day)));
  }
};

// Every decision of a person. The key is what makes a repeat: the same verdict of the same officer under the same letter.
struct DecisionRow {
  int64_t case_id = 0;
  type::v1::GraduationVerdict verdict = type::v1::GRADUATION_VERDICT_UNSPECIFIED;
  std::string letter_number;
  std::string decided_by;
  calendar::Day decided_on;
  calendar::Day recorded_day;
  int64_t version = 0;           // of the case, after it
  int64_t proposal_version = 0;  // the proposal it is about
  static constexpr auto Describe() {
    return store::Table<DecisionRow>(
        "decision",
        store::Key(store::Field("case_id", &DecisionRow::case_id), store::Field("verdict", &DecisionRow::verdict),
                   store::Field("letter_number", &DecisionRow::letter_number),
                   store::Field("decided_by", &DecisionRow::decided_by)),
        store::Fields(store::Field("decided_on", &DecisionRow::decided_on),
                      store::Field("recorded_day", &DecisionRow::recorded_day), store::Field("version", &DecisionRow::version),
                      store::Field("proposal_version", &DecisionRow::proposal_version)));
  }
};

// All tables of graduation.
std::vector<const store::TableSpec*> Tables();

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_TABLES_TABLES_H_
