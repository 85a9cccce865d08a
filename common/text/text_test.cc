#include "common/text/text.h"

#include "gtest/gtest.h"

namespace berdaya {
namespace {

TEST(TextTest, CountsCharactersAndNotBytes) {
  EXPECT_EQ(CharactersIn(""), 0u);
  EXPECT_EQ(CharactersIn("aé€"), 3u);
  EXPECT_TRUE(HasCharacters("aé€", 1, 3));
  EXPECT_FALSE(HasCharacters("aé€", 1, 2));
  EXPECT_FALSE(HasCharacters("", 1, 2));
}

TEST(TextTest, FindsControlCharacters) {
  EXPECT_FALSE(HasControlCharacter("Kartini é"));
  EXPECT_TRUE(HasControlCharacter("a\nb"));
  EXPECT_TRUE(HasControlCharacter("\x7f"));
}

}  // namespace
}  // namespace berdaya
