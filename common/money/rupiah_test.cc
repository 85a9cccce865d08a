#include "common/money/rupiah.h"

#include <limits>

#include "common/store/table.h"
#include "gtest/gtest.h"

namespace berdaya::money {
namespace {

static_assert(store::IntegerCell<Rupiah>);

constexpr Rupiah kMost{std::numeric_limits<int64_t>::max()};
constexpr Rupiah kLeast{std::numeric_limits<int64_t>::min()};

TEST(Rupiah, IsWrittenWithDots) {
  EXPECT_EQ(Rupiah{0}.Format(), "Rp0");
  EXPECT_EQ(Rupiah{500}.Format(), "Rp500");
  EXPECT_EQ(Rupiah{150'000}.Format(), "Rp150.000");
  EXPECT_EQ(Rupiah{3'500'000}.Format(), "Rp3.500.000");
  EXPECT_EQ(Rupiah{-1'000}.Format(), "-Rp1.000");
  EXPECT_EQ(kLeast.Format(), "-Rp9.223.372.036.854.775.808");
}

TEST(Rupiah, CountsExactly) {
  EXPECT_EQ(Add({3'000'000}, {900'000}).value(), Rupiah{3'900'000});
  EXPECT_EQ(Subtract({3'000'000}, {900'000}).value(), Rupiah{2'100'000});
  EXPECT_EQ(Multiply({200'000}, 12).value(), Rupiah{2'400'000});
}

TEST(Rupiah, RefusesToOverflow) {
  EXPECT_EQ(Add(kMost, {1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Subtract(kLeast, {1}).ok());
  EXPECT_FALSE(Multiply(kMost, 2).ok());
  EXPECT_FALSE(Multiply(kLeast, -1).ok());
  EXPECT_EQ(Add(kMost, {-1}).value().amount, kMost.amount - 1);
}

}  // namespace
}  // namespace berdaya::money
