#include "services/registry/domain/report_check.h"

#include <functional>
#include <string>

#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"

namespace berdaya::registry {
namespace {

using calendar::Day;
using province::v1::ReportInfo;

constexpr int64_t kAppendedMs = 1'593'100'000'000;  // 25 June 2020, 15:46 UTC

const region::RegionTable& Regions() { return TestEnv().regions; }

ReportInfo Info() {
  ReportInfo info;
  FillReportInfo(info);
  return info;
}

std::string CodeOf(const ReportInfo& info, int province = 33) {
  return ReasonOf(CheckInfo(info, {province, kAppendedMs}, Regions()).status());
}

TEST(CheckInfo, GivesWhatLaterChecksNeed) {
  ReportInfo info = Info();
  info.mutable_reported_at()->set_nanos(123'456'789);
  const auto checked = CheckInfo(info, {33, kAppendedMs}, Regions());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->office.ToCell(), static_cast<int64_t>(kKendal));
  EXPECT_EQ(checked->occurred_on, Day::Of(2020, 6, 24));
  EXPECT_EQ(checked->reported_at_us, 1'593'000'000'123'456);
}

TEST(CheckInfo, ReportIds) {
  for (const char* good : {"a", "Report-7", "urn:uuid:0-1", "a/b.c_d"}) {
    ReportInfo info = Info();
    info.set_report_id(good);
    EXPECT_EQ(CodeOf(info), "") << good;
  }
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\n"), std::string("é"), std::string("a,b"),
                                 std::string(65, 'a'), std::string("a\0b", 3)}) {
    ReportInfo info = Info();
    info.set_report_id(bad);
    EXPECT_EQ(CodeOf(info), "report_id_invalid") << bad;
  }
}

// Two spellings of one officer would be two people to the rule that who recommends does not decide.
TEST(CheckInfo, AnOfficerRefHasOneSpelling) {
  for (const char* good : {"pendamping-7", "dinsos.kendal/12", "0"}) {
    ReportInfo info = Info();
    info.set_officer_ref(good);
    EXPECT_EQ(CodeOf(info), "") << good;
  }
  for (const std::string& bad : {std::string(), std::string("pendamping-7 "), std::string("Pendamping-7"),
                                 std::string("pendamping\u200b-7"), std::string("a\tb"), std::string(65, 'a')}) {
    ReportInfo info = Info();
    info.set_officer_ref(bad);
    EXPECT_EQ(CodeOf(info), "officer_ref_invalid") << bad;
  }
}

TEST(Reference, IsNoIdentityNumber) {
  for (const char* number : {"3324054107850001", "3324054403120001", "9171014503850123"}) {
    EXPECT_EQ(ReasonOf(CheckRef(number)), "reference_is_identity_number");
    EXPECT_EQ(FieldOf(CheckRef(number)), "local_family_ref");
    ReportInfo info = Info();
    info.set_officer_ref(number);
    EXPECT_EQ(CodeOf(info), "reference_is_identity_number");
  }
  for (const char* own : {"332405410785000", "33240541078500012", "3324054107850000", "3324059907850001", "k3324054107850001",
                          "+332405410785001", " 332405410785001"}) {
    EXPECT_TRUE(CheckRef(own).ok()) << own;
  }
}

TEST(CheckInfo, TimesAtTheirEdges) {
  struct Case {
    int64_t seconds;
    int32_t nanos;
    const char* code;
  };
  const Case cases[] = {
      {0, 0, "reported_at_invalid"},
      {-1, 0, "reported_at_invalid"},
      {1'593'000'000, -1, "reported_at_invalid"},
      {1'593'000'000, 1'000'000'000, "reported_at_invalid"},
      {kAppendedMs / 1000 + 86'400, 0, ""},  // a day ahead of the log: zones and drift
      {kAppendedMs / 1000 + 86'401, 0, "reported_at_in_future"},
      {INT64_MAX, 0, "reported_at_in_future"},
  };
  for (const Case& c : cases) {
    ReportInfo info = Info();
    info.mutable_reported_at()->set_seconds(c.seconds);
    info.mutable_reported_at()->set_nanos(c.nanos);
    EXPECT_EQ(CodeOf(info), c.code) << c.seconds << " " << c.nanos;
  }
}

// The day is the province's own, up to two hours ahead of Jakarta, and its clock may be off: a day of grace.
TEST(CheckInfo, WhatIsReportedHasHappened) {
  struct Case {
    int64_t reported_at_s;
    int day;
    const char* code;
  };
  const Case cases[] = {
      {1'592'931'600 - 1, 24, ""},  // 16:59:59 UTC is 23 June in Jakarta, 24 June in Jayapura
      {1'592'931'600 - 1, 25, "occurred_on_in_future"},
      {1'592'931'600, 25, ""},  // 17:00 UTC: 24 June in Jakarta
      {1'592'931'600, 26, "occurred_on_in_future"},
      {1'592'931'600, 1, ""},  // late is welcome
  };
  for (const Case& c : cases) {
    ReportInfo info = Info();
    info.mutable_reported_at()->set_seconds(c.reported_at_s);
    info.mutable_occurred_on()->set_day(c.day);
    EXPECT_EQ(CodeOf(info), c.code) << c.reported_at_s << " " << c.day;
  }
}

TEST(CheckInfo, OfficesAreOfTheDayAndOfTheProvince) {
  struct Case {
    uint64_t office;
    int province;
    Day occurred_on;
    const char* code;
  };
  const Day in_2020 = Day::Of(2020, 6, 24);
  const Case cases[] = {
      {3300000000, 33, in_2020, ""},       // dinas of the province
      {3324000000, 33, in_2020, ""},       // of the regency
      {3324050000, 33, in_2020, ""},       // SLRT of a district
      {3324052001, 33, in_2020, ""},       // Puskesos of a village
      {0, 33, in_2020, "office_unknown"},  // the nation is no office
      {3324, 33, in_2020, "office_unknown"},
      {33240520010, 33, in_2020, "office_unknown"},
      {UINT64_MAX, 33, in_2020, "office_unknown"},
      {3399000000, 33, in_2020, "office_unknown"},
      {3204000000, 33, in_2020, "office_outside_province"},
      {3324000000, 32, in_2020, "office_outside_province"},
      {9101000000, 91, in_2020, ""},                // Merauke, until 2022
      {9301000000, 93, in_2020, "office_unknown"},  // its code since then
  };
  for (const Case& c : cases) {
    ReportInfo info = Info();
    info.set_office(c.office);
    const calendar::Ymd ymd = c.occurred_on.ToYmd();
    SetDate(ymd.year, ymd.month, ymd.day, *info.mutable_occurred_on());
    EXPECT_EQ(CodeOf(info, c.province), c.code) << c.office;
  }
}

TEST(CheckRef, OneTo64BytesWithoutControlCharacters) {
  for (const std::string& good : {std::string("a"), std::string(64, 'x'), std::string("KK lama/7 é")})
    EXPECT_TRUE(CheckRef(good).ok());
  for (const std::string& bad : {std::string(), std::string(65, 'x'), std::string("a\r"), std::string("\0", 1)}) {
    EXPECT_EQ(ReasonOf(CheckRef(bad)), "local_family_ref_invalid");
  }
}

// What CheckFamily refuses is in events/family_reported_test.cc, through the handler; here is what it must let in.
TEST(CheckFamily, LetsInWhatIsUnusualAndAllowed) {
  using Change = std::function<void(province::v1::FamilyReported&)>;
  const Change changes[] = {
      [](auto& r) { r.set_kk_number(0); },
      [](auto& r) { r.mutable_members(0)->set_nik(0); },
      [](auto& r) { r.mutable_members(0)->set_recipient(false); },
      [](auto& r) { r.mutable_members()->RemoveLast(); },
      [](auto& r) {
        while (r.members_size() < 40) (*r.add_members() = r.members(1)).set_nik(0);
      },
      [](auto& r) { r.mutable_members(1)->clear_schooling(); },
      [](auto& r) { SetDate(2020, 6, 24, *r.mutable_members(1)->mutable_birth_date()); },  // born on the day reported
      [](auto& r) { r.mutable_members(1)->set_name(std::string(100, 'n')); },
      [](auto& r) {  // a hundred characters of two bytes
        r.mutable_members(1)->clear_name();
        for (int i = 0; i < 100; ++i) *r.mutable_members(1)->mutable_name() += "é";
      },
      // First issued in a region that no table knows any more.
      [](auto& r) { r.mutable_members(1)->set_nik(r.members(1).nik() % 10'000'000'000 + 3'399'990'000'000'000); },
      // The recorded birth date wins over the one in the NIK.
      [](auto& r) { SetDate(2014, 1, 1, *r.mutable_members(1)->mutable_birth_date()); },
  };
  const CheckedInfo info{*region::RegionCode::FromNumber(kKendal), Day::Of(2020, 6, 24)};
  for (size_t i = 0; i < std::size(changes); ++i) {
    province::v1::FamilyReported report = TestFamily();
    changes[i](report);
    const absl::Status status = CheckFamily(report, info, Regions());
    EXPECT_TRUE(status.ok()) << i << ": " << status;
  }
}

// A refusal never repeats what was sent: it can be personal data.
TEST(CheckFamily, NoRefusalShowsAValue) {
  province::v1::FamilyReported report = TestFamily();
  report.mutable_members(0)->set_name("Rahasia\n");
  const CheckedInfo info{*region::RegionCode::FromNumber(kKendal), Day::Of(2020, 6, 24)};
  EXPECT_EQ(CheckFamily(report, info, Regions()).ToString().find("Rahasia"), std::string::npos);
  report = TestFamily();
  report.mutable_members(0)->set_nik(1234567);
  EXPECT_EQ(CheckFamily(report, info, Regions()).ToString().find("1234567"), std::string::npos);
}

}  // namespace
}  // namespace berdaya::registry
