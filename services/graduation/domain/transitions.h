// Where a case may go: the one table of states and what happens to them. README.md draws it.
#ifndef BERDAYA_SERVICES_GRADUATION_DOMAIN_TRANSITIONS_H_
#define BERDAYA_SERVICES_GRADUATION_DOMAIN_TRANSITIONS_H_

#include <string_view>

#include "berdaya/graduation/v1/graduation_service.pb.h"

namespace berdaya::graduation {

enum class Action {
  kOpen,       // the ministry enrolled the family
  kWarn,       // rules: the years end in so many months
  kPropose,    // rules: a criterion is met
  kWithdraw,   // rules: the criterion of the proposal no longer holds
  kRequest,    // the family asks to leave
  kRecommend,  // a pendamping recommends it
  kConfirm,    // a person decides
  kHold,
  kReturn,
  kEnd,  // the family left PKH otherwise
};
inline constexpr int kActions = 10;
inline constexpr int kStates = 6;  // CaseState 0 to 5; 0 is a case that is not there yet

// A new state, or a refusal: its code, which for what people do is one of docs/rejections.md.
struct Transition {
  v1::CaseState to = v1::CASE_STATE_UNSPECIFIED;
  std::string_view refusal;

  bool allowed() const { return refusal.empty(); }
};

Transition Next(v1::CaseState from, Action action);

// In PKH: neither closed nor not yet opened.
bool IsOpen(v1::CaseState state);

}  // namespace berdaya::graduation

#endif  // BERDAYA_SERVICES_GRADUATION_DOMAIN_TRANSITIONS_H_
