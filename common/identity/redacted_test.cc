#include "common/identity/redacted.h"

#include <fmt/format.h>

#include <sstream>
#include <string>
#include <type_traits>

#include "absl/hash/hash_testing.h"
#include "common/store/table.h"
#include "gtest/gtest.h"

namespace berdaya::identity {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) {
  out << value;
};

using Name = Redacted<std::string>;
using Number = Redacted<uint64_t>;

static_assert(Streams<std::string>);
static_assert(!Streams<Name> && !Streams<Number>);
static_assert(fmt::is_formattable<std::string>::value);
static_assert(!fmt::is_formattable<Name>::value && !fmt::is_formattable<Number>::value);
static_assert(!std::is_convertible_v<Name, std::string> && !std::is_convertible_v<Number, uint64_t>);
static_assert(!std::is_convertible_v<std::string, Name>);
static_assert(store::IntegerCell<Number> && !store::IntegerCell<Name>);

TEST(Redacted, IsTheValueExceptInPrint) {
  EXPECT_EQ(Name("Siti").Reveal(), "Siti");
  EXPECT_EQ(Name("Siti"), Name("Siti"));
  EXPECT_LT(Number(1), Number(2));
  EXPECT_EQ(Number::FromCell(Number(9101010101010001).ToCell()).Reveal(), 9101010101010001);
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({Name(), Name("Siti"), Name("Budi")}));
}

TEST(Redacted, ATestFailureDoesNotShowIt) {
  EXPECT_EQ(::testing::PrintToString(Name("Siti")), "<redacted>");
  EXPECT_EQ(::testing::PrintToString(Number(9101010101010001)), "<redacted>");
}

}  // namespace
}  // namespace berdaya::identity
