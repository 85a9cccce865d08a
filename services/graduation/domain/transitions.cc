#include "services/graduation/domain/transitions.h"

namespace berdaya::graduation {
namespace {

constexpr Transition kFollowed{v1::CASE_STATE_FOLLOWED, {}};
constexpr Transition kProposed{v1::CASE_STATE_PROPOSED, {}};
constexpr Transition kHeld{v1::CASE_STATE_HELD, {}};
constexpr Transition kGraduated{v1::CASE_STATE_GRADUATED, {}};
constexpr Transition kEnded{v1::CASE_STATE_ENDED, {}};
constexpr Transition kNotInPkh{{}, "not_in_pkh"};    // no case, or a closed one
constexpr Transition kNotOpen{{}, "case_not_open"};  // nothing waits for a decision
constexpr Transition kUnknown{{}, "case_unknown"};   // there is no case to decide about
constexpr Transition kAlready{{}, "already_open"};   // a case is opened once
constexpr Transition kNothing{{}, "nothing_to_do"};  // the rules leave it as it is

// What a person decided (held) outlives every later evaluation: the rules neither propose nor withdraw there.
constexpr Transition kTable[kStates][kActions] = {
    //             kOpen      kWarn      kPropose   kWithdraw  kRequest   kRecommend kConfirm    kHold      kReturn    kEnd
    /* none */ {kFollowed, kNothing, kNothing, kNothing, kNotInPkh, kNotInPkh, kUnknown, kUnknown, kUnknown, kNotInPkh},
    /* followed */ {kAlready, kFollowed, kProposed, kNothing, kFollowed, kProposed, kNotOpen, kNotOpen, kNotOpen, kEnded},
    /* proposed */ {kAlready, kProposed, kNothing, kFollowed, kProposed, kProposed, kGraduated, kHeld, kFollowed, kEnded},
    /* held */ {kAlready, kHeld, kNothing, kNothing, kHeld, kHeld, kGraduated, kHeld, kFollowed, kEnded},
    /* graduated */ {kAlready, kNothing, kNothing, kNothing, kNotInPkh, kNotInPkh, kNotOpen, kNotOpen, kNotOpen, kNotInPkh},
    /* ended */ {kAlready, kNothing, kNothing, kNothing, kNotInPkh, kNotInPkh, kNotOpen, kNotOpen, kNotOpen, kNotInPkh},
};

}  // namespace

Transition Next(v1::CaseState from, Action action) { return kTable[from][static_cast<int>(action)]; }

bool IsOpen(v1::CaseState state) {
  return state == v1::CASE_STATE_FOLLOWED || state == v1::CASE_STATE_PROPOSED || state == v1::CASE_STATE_HELD;
}

}  // namespace berdaya::graduation
