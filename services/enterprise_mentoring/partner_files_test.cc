// Every file of data/partners, through the commands that record it.
#include <filesystem>
#include <string>

#include "berdaya/enterprise_mentoring/v1/partner_file.pb.h"
#include "common/textproto/textproto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

TEST(PartnerFilesTest, AreAcceptedAndSayWhereTheyComeFrom) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("data/partners")) {
    if (entry.path().extension() != ".textproto") continue;
    SCOPED_TRACE(entry.path().string());
    v1::PartnerFile file;
    const absl::Status read = ReadTextProto(entry.path().string(), file);
    ASSERT_TRUE(read.ok()) << read;
    EXPECT_GT(file.sources_size(), 0);
    EXPECT_GT(file.assumptions_size(), 0);
    flow::DecideFixture f(&TestEnv(), Tables());
    f.OnDay(calendar::Day::Of(2020, 2, 19));
    for (const v1::Partner& partner : file.partners()) {
      v1::RegisterPartnerRequest m;
      *m.mutable_partner() = partner;
      const auto out = f.Apply<RegisterPartner>(m, f.FromCommand(kMinistry));
      EXPECT_TRUE(out.ok()) << partner.partner_id() << ": " << out.status();
    }
    for (const v1::Mou& mou : file.mous()) {
      v1::SignMouRequest m;
      *m.mutable_mou() = mou;
      const auto out = f.Apply<SignMou>(m, f.FromCommand(kMinistry));
      EXPECT_TRUE(out.ok()) << mou.mou_number() << ": " << out.status();
    }
    EXPECT_EQ(f.All<MouRow>().size(), static_cast<size_t>(file.mous_size()));
    ++files;
  }
  EXPECT_GT(files, 0);
}

// What the demonstration's figures rest on.
TEST(PartnerFilesTest, TheFourUniversitiesTakeFamiliesOfTheirAreas) {
  v1::PartnerFile file;
  ASSERT_TRUE(ReadTextProto("data/partners/universities_2020.textproto", file).ok());
  ASSERT_EQ(file.mous_size(), 4);
  for (const v1::Mou& mou : file.mous()) {
    EXPECT_EQ(mou.capacity(), 250);
    for (const uint64_t area : mou.areas()) {
      const bool is_polines = mou.partner_id() == "polines";
      const auto code = *region::RegionCode::FromNumber(area);
      EXPECT_EQ(code.level(), is_polines ? region::Level::kRegency : region::Level::kProvince) << area;
    }
  }
  EXPECT_EQ(file.mous(3).areas_size(), 7);
}

}  // namespace
}  // namespace berdaya::mentoring
