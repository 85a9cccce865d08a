#include "services/enterprise_mentoring/domain/partner_check.h"

#include <functional>
#include <string>

#include "berdaya/enterprise_mentoring/v1/partner_file.pb.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace berdaya::mentoring {
namespace {

const region::RegionTable& Regions() {
  static const auto* const kTable = [] {
    auto table = region::RegionTable::Load("data/regions/regions.tsv");
    if (!table.ok()) std::abort();
    return table->release();
  }();
  return *kTable;
}

v1::Mou GoodMou() {
  v1::Mou mou;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(mou_number: "12/PKS/2020" partner_id: "unpad" name_as_signed: "Universitas Contoh"
         signed_on { year: 2020 month: 2 day: 19 } ends_on { year: 2023 month: 2 day: 18 }
         areas: 3200000000 capacity: 250 signatories { office: "Rektor" })",
      &mou));
  return mou;
}

TEST(PartnerCheckTest, WhatAPartnerHasToBe) {
  v1::Partner good;
  good.set_partner_id("unpad-2");
  good.set_name("Universitas Contoh");
  good.set_kind(v1::PARTNER_KIND_UNIVERSITY);
  EXPECT_TRUE(CheckPartner(good).ok());
  const struct {
    const char* code;
    std::function<void(v1::Partner&)> spoil;
  } kFaults[] = {
      {"partner_id_invalid", [](v1::Partner& p) { p.clear_partner_id(); }},
      {"partner_id_invalid", [](v1::Partner& p) { p.set_partner_id("Unpad"); }},
      {"partner_id_invalid", [](v1::Partner& p) { p.set_partner_id(std::string(65, 'a')); }},
      {"name_invalid", [](v1::Partner& p) { p.clear_name(); }},
      {"name_invalid", [](v1::Partner& p) { p.set_name(std::string(201, 'a')); }},
      {"kind_missing", [](v1::Partner& p) { p.clear_kind(); }},
      {"kind_missing", [](v1::Partner& p) { p.set_kind(static_cast<v1::PartnerKind>(99)); }},
  };
  for (const auto& fault : kFaults) {
    v1::Partner partner = good;
    fault.spoil(partner);
    EXPECT_EQ(ReasonOf(CheckPartner(partner)), fault.code);
  }
  good.set_name(std::string(200, 'a').replace(0, 1, "\u00e9"));  // 200 characters, 201 bytes
  EXPECT_TRUE(CheckPartner(good).ok());
}

TEST(PartnerCheckTest, WhatAnMouHasToBe) {
  ASSERT_TRUE(CheckMou(GoodMou(), Regions()).ok()) << CheckMou(GoodMou(), Regions()).status();
  const struct {
    const char* code;
    const char* field;
    std::function<void(v1::Mou&)> spoil;
  } kFaults[] = {
      {"mou_number_invalid", "mou_number", [](v1::Mou& m) { m.clear_mou_number(); }},
      {"mou_number_invalid", "mou_number", [](v1::Mou& m) { m.set_mou_number("A\nB"); }},
      {"partner_id_invalid", "partner_id", [](v1::Mou& m) { m.clear_partner_id(); }},
      {"name_as_signed_invalid", "name_as_signed", [](v1::Mou& m) { m.clear_name_as_signed(); }},
      {"signed_on_invalid", "signed_on", [](v1::Mou& m) { m.clear_signed_on(); }},
      {"ends_on_invalid", "ends_on", [](v1::Mou& m) { m.mutable_ends_on()->set_day(31); }},
      {"ends_before_signed", "ends_on", [](v1::Mou& m) { m.mutable_ends_on()->set_year(2019); }},
      {"areas_count", "areas", [](v1::Mou& m) { m.clear_areas(); }},
      {"areas_count", "areas", [](v1::Mou& m) { m.mutable_areas()->Resize(501, 3200000000); }},
      {"area_unknown", "areas[1]", [](v1::Mou& m) { m.add_areas(0); }},
      {"area_unknown", "areas[1]", [](v1::Mou& m) { m.add_areas(3200); }},
      {"area_unknown", "areas[1]", [](v1::Mou& m) { m.add_areas(9900000000); }},
      {"capacity_invalid", "capacity", [](v1::Mou& m) { m.set_capacity(0); }},
      {"capacity_invalid", "capacity", [](v1::Mou& m) { m.set_capacity(1'000'001); }},
      {"signatories_count", "signatories", [](v1::Mou& m) { m.clear_signatories(); }},
      {"office_invalid", "signatories[0].office", [](v1::Mou& m) { m.mutable_signatories(0)->clear_office(); }},
      {"name_invalid", "witnesses[0].name", [](v1::Mou& m) { m.add_witnesses()->set_name(std::string(201, 'a')); }},
  };
  for (const auto& fault : kFaults) {
    v1::Mou mou = GoodMou();
    fault.spoil(mou);
    const absl::Status status = CheckMou(mou, Regions()).status();
    EXPECT_EQ(ReasonOf(status), fault.code);
    EXPECT_EQ(FieldOf(status), fault.field);
  }
}

TEST(PartnerCheckTest, AnAreaInAnotherIsNoAreaOfItsOwn) {
  v1::Mou mou;
  for (const uint64_t area : {3324000000, 3200000000, 3324052001, 3201000000, 3319000000, 3319000000}) mou.add_areas(area);
  EXPECT_THAT(AreasOf(mou), testing::ElementsAre(region::RegionCode::Of(3200000000), region::RegionCode::Of(3319000000),
                                                 region::RegionCode::Of(3324000000)));
}

}  // namespace
}  // namespace berdaya::mentoring
