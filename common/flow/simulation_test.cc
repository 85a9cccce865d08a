// A service that is killed again and again, at any place on the path, with the power or without: in one thread, from a seed.
//
//   BERDAYA_SEED=17 flow_test --gtest_filter='Simulation*'     runs that one alone and says what it does
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "common/flow/test_points.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_process.h"
#include "common/store/power_loss_vfs.h"
#include "common/store/typed.h"

#ifdef BERDAYA_TEST_POINTS

namespace berdaya::flow::testing {
namespace {

using calendar::Day;

constexpr int kSeeds = 300;
constexpr int kLives = 8;
constexpr Day kFirstDay = Day::Of(2014, 7, 1);

class Simulation {
 public:
  Simulation(uint64_t seed, bool tells) : random_(seed), tells_(tells), power_loss_(seed % 2 == 0) {
    const char* const shared = "/dev/shm";
    const auto parent =
        std::filesystem::is_directory(shared) ? std::filesystem::path(shared) : std::filesystem::temp_directory_path();
    dir_ = (parent / "berdaya-simulation.XXXXXX").string();
    if (mkdtemp(dir_.data()) == nullptr) abort();
    vfs_ = std::make_unique<store::PowerLossVfs>(absl::StrCat("simulation-", getpid(), "-", seed));
    SetTestPointHook([this](TestPoint point) { AtPoint(point); });
  }
  ~Simulation() {
    SetTestPointHook({});
    End();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  // Lives that end in the middle, then one that does not. Problems found, a line each.
  std::string Run() {
    for (int life = 0; life < kLives && problems_.empty(); ++life) {
      deaths_left_ = 1 + Below(Below(3) == 0 ? 300 : 30);
      Live(/*actions=*/10 + Below(40));
      Die();
      Check({.settled = false});
    }
    deaths_left_ = 0;
    if (problems_.empty()) Finish();
    return problems_;
  }
  const std::set<int>& points() const { return points_; }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  template <class... T>
  void Tell(const T&... text) {
    if (tells_) std::cerr << absl::StrCat(text...) << "\n";
  }

  // --- Life and death ---

  void AtPoint(TestPoint point) {
    if (dead_ || deaths_left_ <= 0 || --deaths_left_ > 0) return;
    Tell("killed at ", std::string(kTestPointNames[static_cast<size_t>(point)]));
    points_.insert(static_cast<int>(point));
    dead_ = true;
    // From here on the process does nothing that anybody else can see.
    if (faults_ != nullptr) faults_->FailAll(absl::InternalError("dead"));
    world_.bus->SetOutage(absl::InternalError("dead"));
  }

  void Begin() {
    auto database = store::Open({.url = absl::StrCat("sqlite:", dir_, "/tally.db"), .cache_mib = 2, .vfs = vfs_->name()});
    if (!Ok("open", database.status())) return;
    database_ = *std::move(database);
    if (!Ok("migrate", database_->Migrate(TallySchema()))) return;
    // A real file system forgets this file for good when SQLite syncs the folder with the first commit of the log; the test's does
    // not.
    std::filesystem::remove(dir_ + "/tally.db-journal");
    faults_ = std::make_unique<FaultDatabase>(*database_);
    service_ = std::make_unique<TallyProcess>(world_, *faults_);
    Ok("start", service_->Open());
  }

  void End() {
    service_.reset();
    faults_.reset();
    database_.reset();
  }

  void Die() {
    if (power_loss_ && database_ != nullptr) vfs_->Cut(random_());
    End();
    dead_ = false;
    world_.bus->SetOutage(absl::OkStatus());
    world_.bus->DelayAcks(false);
    world_.bus->FailSends(absl::OkStatus(), 0);
  }

  void Live(int actions) {
    Begin();
    for (int i = 0; i < actions && !dead_ && problems_.empty(); ++i) Act();
  }

  // True if the work was done. An error of a process that is alive is a problem.
  bool Ok(const std::string& what, const absl::Status& status) {
    if (status.ok()) return !dead_;
    if (!dead_) problems_ += absl::StrCat(what, ": ", std::string(status.message()), "\n");
    return false;
  }

  void Check(TallyChecks checks) {
    checks.repairs = repairs_;
    const std::string found = world_.CheckedTo(checks);
    if (!found.empty()) problems_ += found + "\n";
  }

  // --- What happens ---

  void Act() {
    switch (Below(14)) {
      case 0:
      case 1:
      case 2:
        return Publish();
      case 3:
        world_.Ask(Province(), Ref());
        return;
      case 4:
        if (Below(4) == 0) return Lose();
        world_.Graduate(Province(), Ref(), ++cases_);
        if (Below(4) == 0) Again();
        return;
      case 5:
        return OpenDay();
      case 6:
        return world_.AnswerAsks();
      case 7:
        return Disturb();
      case 8:
        return Mend();
      case 9:
        Ok("maintain", service_->engine.Maintain(service_->relay->KnownCursors(), absl::Hours(24)).status());
        return;
      case 10:
        requests_.insert({absl::StrCat("r", requests_.size()), -1});
        return RunCommands();
      case 11:
        Ok("handle", service_->Handle(1 + Below(5)));
        return;
      default:
        Ok("handle", service_->Handle(1 + Below(40)));
        return Send();
    }
  }

  int Province() { return world_.names.provinces[Below(2)]; }
  std::string Ref() { return absl::StrCat("f", Below(8)); }

  void Publish() {
    for (int i = 1 + Below(6); i > 0; --i) {
      const int province = Province();
      if (Below(30) == 0) {
        world_.ReportBytes(province, Ref(), "berdaya.province.v1.FamilyReported", "\xff");
        continue;
      }
      Family family{.ref = Ref(),
                    .members = 1 + Below(9),
                    .reported_at_s = Below(5) == 0 ? Below(100) : ++reported_at_s_,
                    .kk = static_cast<uint64_t>(Below(6))};
      const int fault = Below(30);
      if (fault == 0) family.name = "REJECT";
      if (fault == 1) family.name = "QUARANTINE";
      const int64_t offset = world_.Report(province, family);
      if (fault != 1) continue;
      family.name = "MENDED";
      repairs_[{province, offset}] = offset % 5 == 0 ? std::nullopt : std::optional(FamilyReport(family));
    }
  }

  void OpenDay() {
    if (!day_.empty()) day_ = day_ + 1 + Below(20);
    if (day_.empty()) day_ = kFirstDay;
    world_.now_ms = std::max(world_.now_ms, absl::ToUnixMillis(absl::UnixEpoch() + absl::Hours(24) * day_.ToUnixDays()));
    world_.OpenDay(day_);
  }

  // A zombie of the upstream service publishes a fact again.
  void Again() {
    for (auto& [partition, sequence] : world_.upstream_sequence) {
      const auto records = world_.bus->Records({world_.names.upstream, partition});
      if (records.empty()) continue;
      const auto& record = records[Below(static_cast<int>(records.size()))];
      bus::OutRecord again{world_.names.upstream, partition, record->key, record->value, record->headers};
      (void)world_.bus->Append(again);
    }
  }

  // The broker loses facts of the upstream service and takes the next ones; that finds out and sends all of them.
  void Lose() {
    const int province = Province();
    const std::string ref = Ref();
    int64_t& sequence = world_.upstream_sequence[bus::PartitionOf(ref, bus::kFactPartitions)];
    const int64_t before = sequence;
    const int lost = 1 + Below(3);
    const int all = lost + 1 + Below(3);
    sequence += lost;
    for (int i = lost; i < all; ++i) world_.Graduate(province, ref, cases_ + 1 + i);
    sequence = before;
    for (int i = 0; i < all; ++i) world_.Graduate(province, ref, cases_ + 1 + i);
    cases_ += all;
  }

  void Disturb() {
    switch (Below(4)) {
      case 0:
        return world_.bus->MakeProducersFatal();
      case 1:
        return world_.bus->DelayAcks(Below(2) == 0);
      case 2:
        return world_.bus->FailSends(absl::UnavailableError("not now"), 1 + Below(3));
      default:
        return world_.bus->Expel(service_->consumer.get());
    }
  }

  void Send() {
    world_.bus->ReleaseAcks(Below(10));
    const absl::Status status = service_->Send();
    if (!absl::IsUnavailable(status)) Ok("send", status);
  }

  // An operator mends or discards what is quarantined, and has it replayed.
  void Mend() {
    const auto reader = database_->Snapshot();
    if (!Ok("look", reader.status())) return;
    const auto rows = store::ScanRows<ParkedRow>(**reader, {.limit = 1000});
    for (const ParkedRow& row : *rows) {
      auto repair = repairs_.find({bus::ProvinceOfTopic(row.topic), row.offset});
      if (row.waiting || repair == repairs_.end()) continue;
      const bus::TopicPartition from{row.topic, row.partition};
      if (!Ok("mend", repair->second.has_value() ? service_->engine.Repair(from, row.offset, *repair->second)
                                                 : service_->engine.Discard(from, row.offset))) {
        return;
      }
    }
    Ok("replay", service_->engine.Replay().status());
  }

  // Clients ask until they are answered; the same request always gets the same answer.
  void RunCommands() {
    std::vector<Command> commands;
    for (auto& [id, answer] : requests_) {
      if (answer >= 0 && Below(3) != 0) continue;
      commands.push_back(ConfirmCommand(id, 1, [this, &answer = answer](auto given) {
        if (!given.ok()) {
          Ok("command", given.status());
          return;
        }
        const int64_t made = static_cast<const graduation::v1::ConfirmGraduationResponse&>(**given).case_().family_id();
        if (answer >= 0 && answer != made) problems_ += "a request was answered in two ways\n";
        answer = made;
      }));
    }
    Ok("commands", service_->Handle(Below(10), absl::MakeSpan(commands)));
  }

  void Finish() {
    Begin();
    RunCommands();
    while (problems_.empty() && service_->engine.parked() > 0) {
      Ok("settle", service_->Settle());
      Mend();
    }
    for (int i = 0; i < 2 && problems_.empty(); ++i) {
      Ok("settle", service_->Settle());
      Mend();
      world_.AnswerAsks();
    }
    Ok("settle", service_->Settle());
    if (!problems_.empty()) return;
    Check({.last_day = day_, .commands = static_cast<int64_t>(requests_.size()), .counts = TallyCounts(*database_)});
    if (service_->engine.parked() != 0) problems_ += "something is parked still\n";
  }

  std::mt19937_64 random_;
  const bool tells_;
  const bool power_loss_;
  std::string dir_;
  World world_{TallyNames{.provinces = {33, 91}}};
  std::unique_ptr<store::PowerLossVfs> vfs_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<FaultDatabase> faults_;
  std::unique_ptr<TallyProcess> service_;
  bool dead_ = false;
  int deaths_left_ = 0;
  std::set<int> points_;
  std::string problems_;
  std::map<std::pair<int, int64_t>, std::optional<std::string>> repairs_;
  std::map<std::string, int64_t> requests_;  // by request_id: the id that the answer names, -1 before
  int64_t cases_ = 0;
  int64_t reported_at_s_ = 1000;
  Day day_;
};

TEST(SimulationTest, NothingIsLostAndNothingHappensTwiceWhereverItIsKilled) {
  const char* const one = getenv("BERDAYA_SEED");
  const char* const count = getenv("BERDAYA_SEEDS");
  const uint64_t first = one != nullptr ? strtoull(one, nullptr, 10) : 1;
  const uint64_t seeds = one != nullptr ? 1 : count != nullptr ? strtoull(count, nullptr, 10) : kSeeds;
  std::set<int> points;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(seed, one != nullptr);
    ASSERT_EQ(simulation.Run(), "") << "run it again with BERDAYA_SEED=" << seed;
    points.insert(simulation.points().begin(), simulation.points().end());
  }
  std::cout << "seeds " << first << " to " << first + seeds - 1 << ", killed at " << points.size() << " of "
            << kTestPointNames.size() << " places\n";
  if (seeds >= kSeeds) {
    EXPECT_EQ(points.size(), kTestPointNames.size());
  }
}

}  // namespace
}  // namespace berdaya::flow::testing

#endif  // BERDAYA_TEST_POINTS
