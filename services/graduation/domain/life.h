// What time, the registry's facts and people do to a case. Pure functions: they change the case given and append what is to be
// told.
//
// Every function but Advance takes the day it happens on and expects a case that Advance has brought there. Since Advance stops at
// every day on which something falls due, days one by one and many days at once tell the same, and so do a sweep before an event
// and an event before the sweep.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_LIFE_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_LIFE_H_

#include <string>
#include <string_view>

#include "berdaya/province/v1/replies.pb.h"
#include "services/graduation/domain/case.h"
#include "services/graduation/domain/rule_book.h"
#include "services/graduation/domain/transitions.h"

namespace berdaya::graduation {

// Time passes up to and including `day`. Nothing for a none.
void Advance(Case& c, calendar::Day day, const RuleBook& book, Moves& moves);

// The family is in PKH from c.enrolled_on on. Warnings whose day has passed by then are not made up.
void Open(Case& c, calendar::Day day, const RuleBook& book, Moves& moves);

// The registry counted the family's eligible members again. A natural proposal falls when somebody is eligible again; where a
// recommendation stands beside it, or the years are over, that is proposed in its place.
void Recount(Case& c, const Components& components, calendar::Day day, const RuleBook& book, Moves& moves);

// The family left PKH otherwise. Nothing for a case that is closed.
void End(Case& c, calendar::Day ended_on, calendar::Day day, Moves& moves);

// What became of something that people asked for.
struct Reply {
  province::v1::ReportStatus status = province::v1::REPORT_STATUS_UNSPECIFIED;
  std::string_view code;   // of a rejection
  std::string_view field;  // of a rejection

  static Reply Changed() { return {province::v1::REPORT_STATUS_CHANGED, {}, {}}; }
  static Reply Unchanged() { return {province::v1::REPORT_STATUS_UNCHANGED, {}, {}}; }
  static Reply Rejected(std::string_view code, std::string_view field) {
    return {province::v1::REPORT_STATUS_REJECTED, code, field};
  }
  bool changed() const { return status == province::v1::REPORT_STATUS_CHANGED; }
};

// The family asks to leave. Kept as long as the case; a second time changes nothing.
Reply Request(Case& c, calendar::Day requested_on);

// A pendamping recommends it: proposes it as self-reliant. Where a proposal is open or held already, that one stays as it is; the
// recommendation is kept beside it, because who recommended may not decide.
Reply Recommend(Case& c, const std::string& officer, calendar::Day day, const RuleBook& book, Moves& moves);

struct Decision {
  type::v1::GraduationVerdict verdict = type::v1::GRADUATION_VERDICT_UNSPECIFIED;
  std::string decided_by;
  calendar::Day decided_on;
  std::string letter_number;
};

// A person decides on the open or held proposal; refused if the day of the decision lies before it. `recommended`: the same person
// recommended in this case.
// A returned natural proposal rests for reproposal_days, and so does one that the rules could have made on that day: the person saw
// the family as it is. Only the time limit does not rest: past its years a family is in PKH under a proposal or a hold and never
// without, so what is returned then is proposed anew at once. A recommendation falls with the proposal that is returned.
Reply Decide(Case& c, const Decision& decision, bool recommended, calendar::Day day, const RuleBook& book, Moves& moves);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_LIFE_H_
