#include "services/enterprise_mentoring/commands/register_partner.h"

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

constexpr calendar::Day kToday = calendar::Day::Of(2020, 2, 19);

TEST(RegisterPartnerTest, RegistersOnce) {
  Story s(kToday);
  const flow::Outcome out = s.Registers("unpad");
  ASSERT_EQ(out.outgoing().size(), 1u);
  EXPECT_EQ(out.outgoing()[0].key, "unpad");
  const auto fact = flow::FactOf<v1::PartnerRegistered>(out);
  EXPECT_EQ(fact.partner().name(), "Politeknik Contoh unpad");
  EXPECT_EQ(fact.recorded_day().day(), 19);
  EXPECT_TRUE(s.Registers("unpad").outgoing().empty());

  v1::RegisterPartnerRequest other = Partner("unpad");
  other.mutable_partner()->set_name("Another");
  const absl::Status refused = s.Apply<RegisterPartner>(other, s.FromCommand(kMinistry)).status();
  EXPECT_TRUE(absl::IsAlreadyExists(refused)) << refused;
}

TEST(RegisterPartnerTest, OnlyTheMinistryDoes) {
  Story s(kToday);
  const absl::Status refused = s.Apply<RegisterPartner>(Partner(), s.FromCommand(kDinasKendal)).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
}

TEST(RegisterPartnerTest, NamesTheFieldThatIsWrong) {
  Story s(kToday);
  v1::RegisterPartnerRequest m = Partner();
  m.mutable_partner()->clear_kind();
  EXPECT_EQ(FieldOf(s.Apply<RegisterPartner>(m, s.FromCommand(kMinistry)).status()), "partner.kind");
  s.OnDay({});
  EXPECT_EQ(ReasonOf(s.Apply<RegisterPartner>(Partner(), s.FromCommand(kMinistry)).status()), "no_day");
}

}  // namespace
}  // namespace berdaya::mentoring
