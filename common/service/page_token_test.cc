#include "common/service/page_token.h"

#include <random>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PageToken, ComesBack) {
  const std::string position("\0\xFFkey", 5);
  EXPECT_EQ(*DecodePageToken(EncodePageToken(position, "filter"), "filter"), position);
  EXPECT_EQ(*DecodePageToken("", "filter"), "");
  EXPECT_THAT(*DecodePageToken(EncodePageToken({-1, 0, INT64_MAX}, "f"), "f", 3), ElementsAre(-1, 0, INT64_MAX));
  EXPECT_THAT(*DecodePageToken("", "f", 3), IsEmpty());
}

TEST(PageToken, IsTheSameInEveryProcess) { EXPECT_EQ(EncodePageToken("key", "filter"), "AffUd5OovNiOa2V5y3gkDg"); }

TEST(PageToken, OfAnotherQueryIsRefused) {
  const auto decoded = DecodePageToken(EncodePageToken("key", "village=1"), "village=2");
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(decoded.status()), "page_token_query");
  EXPECT_EQ(FieldOf(decoded.status()), "page_token");
}

TEST(PageToken, DamageIsRefused) {
  const std::string good = EncodePageToken("some key", "filter");
  const uint64_t seed = testing_support::TestSeed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    const size_t at = random() % bad.size();
    switch (random() % 3) {
      case 0:
        bad[at] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random() % 64];
        break;
      case 1:
        bad.resize(at);
        break;
      default:
        bad.insert(at, 1, static_cast<char>(random()));
    }
    const auto decoded = DecodePageToken(bad, "filter");
    // The last character of base64 has spare bits: another spelling of the same bytes is no damage.
    if (bad.empty() || (decoded.ok() && *decoded == "some key")) continue;
    EXPECT_EQ(ReasonOf(decoded.status()), "page_token_form") << bad;
  }
  for (const char* bad : {"x", "====", "AAAA", "%%%%"}) EXPECT_FALSE(DecodePageToken(bad, "").ok()) << bad;
  EXPECT_FALSE(DecodePageToken(std::string(10000, 'A'), "").ok());
  EXPECT_FALSE(DecodePageToken(EncodePageToken({1, 2}, "f"), "f", 3).ok());
}

}  // namespace
}  // namespace berdaya::service
