#include "services/graduation/domain/transitions.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace berdaya::graduation {
namespace {

// The whole life of a case, written a second time, by hand.
constexpr const char* kExpected = R"(
            none          followed       proposed       held           graduated      ended
open        followed      already_open   already_open   already_open   already_open   already_open
warn        nothing_to_do followed       proposed       held           nothing_to_do  nothing_to_do
propose     nothing_to_do proposed       nothing_to_do  nothing_to_do  nothing_to_do  nothing_to_do
withdraw    nothing_to_do nothing_to_do  followed       nothing_to_do  nothing_to_do  nothing_to_do
request     not_in_pkh    followed       proposed       held           not_in_pkh     not_in_pkh
recommend   not_in_pkh    proposed       proposed       held           not_in_pkh     not_in_pkh
confirm     case_unknown  case_not_open  graduated      graduated      case_not_open  case_not_open
hold        case_unknown  case_not_open  held           held           case_not_open  case_not_open
return      case_unknown  case_not_open  followed       followed       case_not_open  case_not_open
end         not_in_pkh    ended          ended          ended          not_in_pkh     not_in_pkh
)";

std::string NameOf(v1::CaseState state) {
  return absl::AsciiStrToLower(std::string(absl::StripPrefix(v1::CaseState_Name(state), "CASE_STATE_")));
}

TEST(TransitionsTest, EveryStateMeetsEveryAction) {
  std::istringstream table(kExpected);
  std::string word;
  for (int s = 0; s < kStates; ++s) table >> word;
  int cells = 0;
  for (int a = 0; a < kActions; ++a) {
    std::string action;
    table >> action;
    for (int s = 0; s < kStates; ++s, ++cells) {
      std::string expected;
      ASSERT_TRUE(table >> expected);
      const Transition next = Next(static_cast<v1::CaseState>(s), static_cast<Action>(a));
      EXPECT_EQ(next.allowed() ? NameOf(next.to) : std::string(next.refusal), expected)
          << action << " in state " << NameOf(static_cast<v1::CaseState>(s));
    }
  }
  EXPECT_EQ(cells, kStates * kActions);
  EXPECT_FALSE(table >> word) << "the table of the test has more rows than there are actions";
  EXPECT_EQ(v1::CaseState_ARRAYSIZE, kStates) << "a new state needs a row in the table";
}

TEST(TransitionsTest, NothingLeadsOutOfAClosedCase) {
  for (const v1::CaseState closed : {v1::CASE_STATE_GRADUATED, v1::CASE_STATE_ENDED}) {
    EXPECT_FALSE(IsOpen(closed));
    for (int a = 0; a < kActions; ++a) EXPECT_FALSE(Next(closed, static_cast<Action>(a)).allowed()) << a;
  }
}

TEST(TransitionsTest, TheRulesNeverTouchWhatAPersonHeld) {
  EXPECT_FALSE(Next(v1::CASE_STATE_HELD, Action::kPropose).allowed());
  EXPECT_FALSE(Next(v1::CASE_STATE_HELD, Action::kWithdraw).allowed());
}

}  // namespace
}  // namespace berdaya::graduation
