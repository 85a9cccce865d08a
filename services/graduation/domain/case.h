// A family's way through PKH, what is told about it, and what its proposals rested on. Plain data.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_CASE_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_CASE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/type/v1/programme.pb.h"
#include "common/calendar/day.h"
#include "common/region/region_code.h"
#include "services/graduation/domain/components.h"

namespace berdaya::graduation {

// One participation of one family. A family that enrols again gets a new case.
struct Case {
  int64_t case_id = 0;
  int64_t family_id = 0;
  int64_t version = 0;    // of its last fact
  int32_t partition = 0;  // of the registry's facts: its days are the case's days
  v1::CaseState state = v1::CASE_STATE_UNSPECIFIED;
  region::RegionCode village;
  Components components;
  calendar::Day enrolled_on;
  calendar::Day ends_on;  // last day of the programme's years, by the rules last looked at
  calendar::Day due_on;   // next day on which time alone does something; none if none
  int32_t warned_months = 0;

  // The open proposal, or the one of the graduation.
  type::v1::GraduationKind kind = type::v1::GRADUATION_KIND_UNSPECIFIED;
  std::string rule_version;
  int64_t proposal_version = 0;  // the case's version that proposed it; 0: none yet. Stays when the proposal is withdrawn.
  calendar::Day proposed_on;     // its day; stays likewise
  std::string recommended_by;    // the first who recommended it

  calendar::Day requested_on;
  calendar::Day natural_not_before;  // the rules do not propose again before it what a person returned

  // The last decision of a person.
  type::v1::GraduationVerdict verdict = type::v1::GRADUATION_VERDICT_UNSPECIFIED;
  std::string decided_by;
  calendar::Day decided_on;
  std::string letter_number;

  calendar::Day graduated_on;  // first day without PKH
  calendar::Day ended_on;      // last day of a participation that ended otherwise
  int64_t previous_case_id = 0;

  friend bool operator==(const Case&, const Case&) = default;
};

// What a proposal rested on, kept so that it can be explained years later.
struct Proposal {
  int64_t case_id = 0;
  int64_t version = 0;  // of the case, as in its GraduationProposed
  calendar::Day day;
  type::v1::GraduationKind kind = type::v1::GRADUATION_KIND_UNSPECIFIED;
  std::string rule_version;
  calendar::Day enrolled_on;
  calendar::Day ends_on;
  Components components;
  calendar::Day requested_on;
  std::string recommended_by;

  friend bool operator==(const Proposal&, const Proposal&) = default;
};

// A fact about a case before it is a message.
struct CaseFact {
  enum class What { kOpened, kWarned, kProposed, kWithdrawn, kHeld, kConfirmed, kGraduated, kEnded };
  What what = What::kOpened;
  int64_t version = 0;
  calendar::Day day;  // recorded_day: the day it fell due
  region::RegionCode village;
  int months_left = 0;                                                    // warned
  calendar::Day ends_on;                                                  // warned
  type::v1::GraduationKind kind = type::v1::GRADUATION_KIND_UNSPECIFIED;  // proposed, confirmed, graduated
  v1::WithdrawalCause cause = v1::WITHDRAWAL_CAUSE_UNSPECIFIED;           // withdrawn
  std::string rule_version;                                               // proposed, confirmed, graduated
  std::string officer;                                                    // proposed: who recommended; held, confirmed: who decided

  friend bool operator==(const CaseFact&, const CaseFact&) = default;
};

// What a case has done, in order.
struct Moves {
  std::vector<CaseFact> facts;
  std::vector<Proposal> proposals;
};

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_CASE_H_
