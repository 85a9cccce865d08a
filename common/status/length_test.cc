#include "common/status/length.h"

#include "gtest/gtest.h"

namespace berdaya {
namespace {

TEST(HasAtMost, CountsCharacters) {
  EXPECT_TRUE(HasAtMost(0, ""));
  EXPECT_TRUE(HasAtMost(3, "aé€"));
  EXPECT_FALSE(HasAtMost(2, "aé€"));
}

}  // namespace
}  // namespace berdaya
