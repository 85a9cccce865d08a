// berdaya-load: publishes synthetic families as provinces would, for tools/bench. Families come village by village; 85 % of NIKs were
// issued in the family's own district, the rest anywhere. All data is invented; equal arguments give equal records.
#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/bus/kafka.h"
#include "common/bus/topics.h"
#include "common/calendar/day_proto.h"
#include "common/identity/number.h"
#include "common/region/region_table.h"

namespace berdaya {
namespace {

using calendar::Day;
using region::RegionCode;

constexpr char kUsage[] =
    "usage: berdaya-load --brokers=HOST:PORT --families=N [--from=0] [--seed=1] [--regions=data/regions/regions.tsv]\n";
constexpr int kMembers = 4;
const Day kDay = Day::Of(2020, 6, 24);

struct Place {
  RegionCode village;
  int families = 0;
};

class Generator {
 public:
  Generator(const region::RegionTable& regions, uint64_t seed) : random_(seed) {
    for (const region::Region& region : regions.all()) {
      if (region.code.level() == region::Level::kVillage && region.ValidOn(kDay)) villages_.push_back(region.code);
    }
  }

  // The n-th family: about `per_village` families a village, villages in the order of the table.
  province::v1::FamilyReported Family(int64_t n, int64_t total) {
    const auto per_village = static_cast<int64_t>(std::max<size_t>(1, total / villages_.size() + 1));
    const RegionCode village = villages_[n / per_village % villages_.size()];
    province::v1::FamilyReported report;
    report.mutable_info()->set_report_id(absl::StrCat("load-", n));
    report.mutable_info()->set_office(village.At(region::Level::kRegency).ToCell());
    report.mutable_info()->set_officer_ref("pendamping-1");
    calendar::ToProto(kDay, *report.mutable_info()->mutable_occurred_on());
    report.mutable_info()->mutable_reported_at()->set_seconds(1'593'000'000 + n);
    report.set_local_family_ref(absl::StrCat(village.ProvinceCode(), "-", n));
    report.set_village(village.ToCell());
    report.set_kk_number(identity::SyntheticKk(village, Day::Of(2000, 1, 1) + static_cast<int64_t>(random_() % 7000), Serial(village)));
    for (int i = 0; i < kMembers; ++i) AddMember(village, i, *report.add_members());
    return report;
  }

 private:
  // Serials rise by district, so that no number is given twice.
  uint64_t Serial(RegionCode place) { return ++serials_[place.At(region::Level::kDistrict)] % 9999 + 1; }

  void AddMember(RegionCode village, int i, province::v1::Member& member) {
    const bool adult = i < 2;
    const Day birth = (adult ? Day::Of(1960, 1, 1) : Day::Of(2002, 1, 1)) + static_cast<int64_t>(random_() % (adult ? 14'000 : 6'500));
    const bool female = i % 2 == 0;
    const RegionCode issued = random_() % 100 < 85 ? village : villages_[random_() % villages_.size()];
    // A NIK is unique by district, day of birth and serial.
    const uint64_t serial = ++births_[{issued.At(region::Level::kDistrict).ToCell(), birth.ToCell() + (female ? 100'000 : 0)}];
    member.set_nik(identity::SyntheticNik(issued, birth, female ? identity::Sex::kFemale : identity::Sex::kMale, serial));
    member.set_name(absl::StrCat("Warga Contoh ", random_() % 100'000));
    calendar::ToProto(birth, *member.mutable_birth_date());
    member.set_sex(female ? province::v1::SEX_FEMALE : province::v1::SEX_MALE);
    member.set_relation(i == 0 ? province::v1::RELATION_HEAD : i == 1 ? province::v1::RELATION_SPOUSE : province::v1::RELATION_CHILD);
    member.set_schooling(adult ? province::v1::SCHOOLING_FINISHED : province::v1::SCHOOLING_PRIMARY);
    member.set_recipient(i == 0);
  }

  std::mt19937_64 random_;
  std::vector<RegionCode> villages_;
  std::map<RegionCode, uint64_t> serials_;
  std::map<std::pair<int64_t, int64_t>, uint64_t> births_;
};

int Fail(const absl::Status& status) {
  std::cerr << "berdaya-load: " << status << "\n";
  return 1;
}

int Publish(bus::Bus& bus, Generator& generator, int64_t from, int64_t families) {
  absl::StatusOr<std::unique_ptr<bus::Producer>> producer = bus.NewProducer();
  if (!producer.ok()) return Fail(producer.status());
  std::vector<bus::Ack> acks;
  int64_t acked = 0;
  const auto poll = [&](absl::Duration wait) -> absl::Status {
    acks.clear();
    if (absl::Status status = (*producer)->Poll(wait, acks); !status.ok()) return status;
    for (const bus::Ack& ack : acks) {
      if (!ack.status.ok()) return ack.status;
    }
    acked += static_cast<int64_t>(acks.size());
    return absl::OkStatus();
  };
  for (int64_t n = 0; n < from + families; ++n) {
    const province::v1::FamilyReported report = generator.Family(n, from + families);
    if (n < from) continue;
    const std::string value = report.SerializeAsString();
    const std::string topic = bus::ReportsTopic(static_cast<int>(report.village() / 100'000'000));
    const std::string id = report.info().report_id();
    bus::OutRecord record{topic, 0, report.local_family_ref(), value, {}};
    record.headers.id = id;
    record.headers.source = "load";
    record.headers.type = "berdaya.province.v1.FamilyReported";
    record.headers.content_type = "application/protobuf";
    record.headers.spec_version = "1.0";
    absl::Status status = (*producer)->Send(record, n);
    while (absl::IsResourceExhausted(status)) {
      if (absl::Status polled = poll(absl::Milliseconds(100)); !polled.ok()) return Fail(polled);
      status = (*producer)->Send(record, n);
    }
    if (!status.ok()) return Fail(status);
  }
  while (acked < families) {
    if (absl::Status polled = poll(absl::Seconds(1)); !polled.ok()) return Fail(polled);
  }
  return 0;
}

int Main(int argc, char** argv) {
  std::map<std::string, std::string> options = {{"--from", "0"}, {"--seed", "1"}, {"--regions", "data/regions/regions.tsv"}};
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::string> pair = absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    if (pair.size() == 2) options[pair[0]] = pair[1];
  }
  int64_t families = 0;
  int64_t from = 0;
  uint64_t seed = 0;
  if (options["--brokers"].empty() || !absl::SimpleAtoi(options["--families"], &families) || families < 1 ||
      !absl::SimpleAtoi(options["--from"], &from) || !absl::SimpleAtoi(options["--seed"], &seed)) {
    std::cerr << kUsage;
    return 2;
  }
  auto regions = region::RegionTable::Load(options["--regions"]);
  if (!regions.ok()) return Fail(regions.status());
  auto bus = bus::OpenKafka({.brokers = options["--brokers"], .client_id = "berdaya-load", .linger_ms = 50});
  if (!bus.ok()) return Fail(bus.status());
  Generator generator(**regions, seed);
  return Publish(**bus, generator, from, families);
}

}  // namespace
}  // namespace berdaya

int main(int argc, char** argv) { return berdaya::Main(argc, argv); }
