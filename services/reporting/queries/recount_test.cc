// Random lives of families, told as facts in any order that the topics allow, against a plain recount: every figure of every region
// and month is equal. The seed is printed; BERDAYA_SEED repeats a run.
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "common/flow/testing/decide_fixture.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/reporting/events/case_matched.h"
#include "services/reporting/events/case_moved.h"
#include "services/reporting/events/case_opened.h"
#include "services/reporting/events/case_queued.h"
#include "services/reporting/events/enrolment_decided.h"
#include "services/reporting/events/enrolment_ended.h"
#include "services/reporting/events/family_changed.h"
#include "services/reporting/events/family_graduated.h"
#include "services/reporting/events/family_registered.h"
#include "services/reporting/events/milestone_reached.h"
#include "services/reporting/events/report_rejected.h"
#include "services/reporting/events/session_held.h"
#include "services/reporting/queries/figures.h"
#include "services/reporting/testing.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using region::Level;
using region::RegionCode;

constexpr Day kFirst = Day::Of(2019, 11, 20);
constexpr int kMonths = 9;
constexpr int kFamilies = 80;
constexpr int kRejections = 60;

using Tell = std::function<absl::Status(flow::DecideFixture&)>;

// What the recount knows: dated states and dated events, nothing added up.
struct Sighting {
  int month = 0;
  RegionCode village;
  std::map<int, int64_t> counts;  // by indicator
};
struct Ledger {
  std::vector<std::vector<Sighting>> stocks;  // one history a family and topic; the last one up to a month holds
  std::vector<Sighting> happened;             // each counts for ever

  int64_t At(RegionCode region, int month, int indicator) const {
    int64_t sum = 0;
    const auto take = [&](const Sighting& s) {
      const auto found = s.counts.find(indicator);
      if (found != s.counts.end() && region.Contains(s.village)) sum += found->second;
    };
    for (const auto& history : stocks) {
      const Sighting* last = nullptr;
      for (const Sighting& s : history) {
        if (s.month <= month) last = &s;
      }
      if (last != nullptr) take(*last);
    }
    for (const Sighting& s : happened) {
      if (s.month <= month) take(s);
    }
    return sum;
  }
};

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) { PickVillages(); }

  int Up(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  RegionCode AnyVillage() { return villages_[Up(static_cast<int>(villages_.size()))]; }

  // All regions that can have figures.
  std::vector<RegionCode> Regions() const {
    std::map<RegionCode, bool> found;
    for (const RegionCode village : villages_) {
      for (const Level level : {Level::kNation, Level::kProvince, Level::kRegency, Level::kDistrict})
        found[village.At(level)] = true;
    }
    std::vector<RegionCode> regions;
    for (const auto& [region, yes] : found) regions.push_back(region);
    return regions;
  }

  // Each inner list is told in order; between the lists anything goes.
  std::vector<std::vector<Tell>> streams;
  Ledger ledger;

  void LiveFamily(int64_t id);
  void Reject();

 private:
  // Two villages in each of two districts in each of two regencies of three provinces.
  void PickVillages() {
    std::map<RegionCode, std::vector<RegionCode>> children;
    for (const region::Region& r : TestRegions().all()) {
      if (r.code.ProvinceCode() == 33 || r.code.ProvinceCode() == 34 || r.code.ProvinceCode() == 91)
        children[r.code.Parent()].push_back(r.code);
    }
    const auto two = [&](RegionCode of) {
      const auto& all = children[of];
      const int first = Up(static_cast<int>(all.size()));
      return std::vector<RegionCode>{all[first], all[(first + 1) % all.size()]};
    };
    for (const int province : {33, 34, 91}) {
      for (const RegionCode regency : two(*RegionCode::FromNumber(static_cast<uint64_t>(province) * 100'000'000))) {
        for (const RegionCode district : two(regency)) {
          for (const RegionCode village : two(district)) villages_.push_back(village);
        }
      }
    }
  }

  Day Later(Day day) { return day + Up(45); }
  Day Limit() const { return Day::FirstOfMonth(kFirst.MonthIndex() + kMonths) - 1; }

  template <class H>
  void Say(std::vector<Tell>& stream, typename H::Message m) {
    const Tell tell = [m = std::move(m)](flow::DecideFixture& f) { return f.Apply<H>(m, f.Fact()).status(); };
    stream.push_back(tell);
    if (Up(8) == 0) stream.push_back(tell);                                         // sent twice
    if (Up(8) == 0) stream.push_back(stream[Up(static_cast<int>(stream.size()))]);  // an old one again
  }

  void LiveInRegistry(int64_t id);
  void LiveInGraduation(int64_t id);
  void LiveInMentoring(int64_t id);

  std::mt19937_64 random_;
  std::vector<RegionCode> villages_;
};

void World::LiveInRegistry(int64_t id) {
  std::vector<Tell> stream;
  std::vector<Sighting> history;
  RegionCode village = AnyVillage();
  int members = 1 + Up(7);
  std::map<int, bool> active;
  Day day = kFirst + Up(60);
  for (int64_t version = 1; day <= Limit(); ++version, day = Later(day)) {
    const auto programme = Up(2) == 0 ? type::v1::PROGRAMME_PKH : type::v1::PROGRAMME_SEMBAKO;
    const auto with_head = [&](auto m) {
      SetHead(id, version, static_cast<uint64_t>(village.ToCell()), day, *m.mutable_info());
      return m;
    };
    const int what = version == 1 ? -1 : Up(5);
    if (what == -1 || what == 0 || what == 1) {
      if (what == 1) village = AnyVillage();
      if (what != -1) members = 1 + Up(7);
      registry::v1::FamilyRegistered registered;
      registry::v1::FamilyChanged changed;
      registered.set_members(members);
      changed.set_members(members);
      if (what == -1) Say<OnFamilyRegistered>(stream, with_head(registered));
      if (what != -1) Say<OnFamilyChanged>(stream, with_head(changed));
    } else if (what == 2) {
      registry::v1::EnrolmentDecided decided;
      decided.set_programme(programme);
      decided.set_enrolled(Up(4) != 0);
      if (decided.enrolled()) active[programme] = true;
      Say<OnEnrolmentDecided>(stream, with_head(decided));
    } else if (what == 3) {
      registry::v1::EnrolmentEnded ended;
      ended.set_programme(programme);
      active[programme] = false;
      Say<OnEnrolmentEnded>(stream, with_head(ended));
    } else {
      Say<OnOtherFamilyFact<registry::v1::ComponentsChanged>>(stream, with_head(registry::v1::ComponentsChanged()));
    }
    history.push_back({day.MonthIndex(),
                       village,
                       {{v1::INDICATOR_FAMILIES, 1},
                        {v1::INDICATOR_MEMBERS, members},
                        {v1::INDICATOR_PKH_ACTIVE, active[type::v1::PROGRAMME_PKH] ? 1 : 0},
                        {v1::INDICATOR_SEMBAKO_ACTIVE, active[type::v1::PROGRAMME_SEMBAKO] ? 1 : 0}}});
  }
  ledger.stocks.push_back(std::move(history));
  streams.push_back(std::move(stream));
}

void World::LiveInGraduation(int64_t id) {
  std::vector<Tell> stream;
  Day day = kFirst + Up(150);
  int64_t case_id = id * 100;
  for (int64_t version = 1; day <= Limit(); ++version, day = Later(day)) {
    const RegionCode village = AnyVillage();
    if (Up(5) == 0) {  // enrolled again: a new case
      ++case_id;
      version = 1;
    }
    if (Up(3) != 0) {
      Say<OnOtherGraduationFact<graduation::v1::GraduationProposed>>(
          stream, CaseFactOf<graduation::v1::GraduationProposed>(case_id, version, static_cast<uint64_t>(village.ToCell()), day));
      continue;
    }
    auto m = CaseFactOf<graduation::v1::FamilyGraduated>(case_id, version, static_cast<uint64_t>(village.ToCell()), day);
    const int kind = 1 + Up(3);
    m.set_kind(static_cast<type::v1::GraduationKind>(kind));
    constexpr int kIndicators[] = {0, v1::INDICATOR_GRADUATED_NATURAL, v1::INDICATOR_GRADUATED_SELF_RELIANT,
                                   v1::INDICATOR_GRADUATED_TIME_LIMIT};
    ledger.happened.push_back({day.MonthIndex(), village, {{kIndicators[kind], 1}}});
    Say<OnFamilyGraduated>(stream, m);
  }
  streams.push_back(std::move(stream));
}

void World::LiveInMentoring(int64_t id) {
  using namespace enterprise_mentoring::v1;
  std::vector<Tell> stream;
  std::vector<Sighting> history;
  RegionCode village = AnyVillage();
  Day day = kFirst + Up(150);
  int stage = 0;
  bool separated = false;
  for (int64_t version = 1; day <= Limit(); ++version, day = Later(day)) {
    const int what = version == 1 ? 0 : 1 + Up(5);
    if (what == 5) village = AnyVillage();
    const auto with_head = [&](auto m) {
      SetHead(id, version, static_cast<uint64_t>(village.ToCell()), day, *m.mutable_info());
      m.set_case_id(id);
      return m;
    };
    if (what == 0) Say<OnCaseOpened>(stream, with_head(CaseOpened()));
    if (what == 1) Say<OnCaseQueued>(stream, with_head(CaseQueued()));
    if (what == 2) Say<OnCaseMatched>(stream, with_head(CaseMatched()));
    if (what == 3) Say<OnSessionHeld>(stream, with_head(SessionHeld()));
    if (what == 5) Say<OnCaseMoved>(stream, with_head(CaseMoved()));
    if (what == 4) {
      MilestoneReached m;
      m.set_milestone(Up(2) == 0 ? MILESTONE_MONEY_SEPARATED : MILESTONE_SELLS_ONLINE);
      if (m.milestone() == MILESTONE_MONEY_SEPARATED && !separated) {
        separated = true;
        ledger.happened.push_back({day.MonthIndex(), village, {{v1::INDICATOR_MONEY_SEPARATED, 1}}});
      }
      Say<OnMilestoneReached>(stream, with_head(m));
    }
    if (what < 4) stage = what;
    constexpr int kIndicators[] = {0, v1::INDICATOR_CASES_WAITING, v1::INDICATOR_CASES_MATCHED, v1::INDICATOR_CASES_MENTORED};
    history.push_back({day.MonthIndex(), village, {{kIndicators[stage], 1}}});
  }
  ledger.stocks.push_back(std::move(history));
  streams.push_back(std::move(stream));
}

void World::LiveFamily(int64_t id) {
  LiveInRegistry(id);
  LiveInGraduation(id);
  LiveInMentoring(id);
}

void World::Reject() {
  const RegionCode office = AnyVillage().At(Up(2) == 0 ? Level::kProvince : Level::kRegency);
  const Day day = kFirst + Up(static_cast<int>(Limit() - kFirst));
  registry::v1::ReportRejected m;
  m.set_office(static_cast<uint64_t>(office.ToCell()));
  calendar::ToProto(day, *m.mutable_recorded_day());
  ledger.happened.push_back({day.MonthIndex(), office, {{v1::INDICATOR_REPORTS_REJECTED, 1}}});
  streams.push_back({[m](flow::DecideFixture& f) { return f.Apply<OnReportRejected>(m, f.Fact()).status(); }});
}

// Tells all streams, each in its order, mixed at random.
void TellAll(World& world, flow::DecideFixture& fixture) {
  std::vector<size_t> next(world.streams.size());
  std::vector<size_t> open;
  for (size_t i = 0; i < world.streams.size(); ++i) {
    if (!world.streams[i].empty()) open.push_back(i);
  }
  while (!open.empty()) {
    const size_t pick = static_cast<size_t>(world.Up(static_cast<int>(open.size())));
    const size_t stream = open[pick];
    ASSERT_TRUE(world.streams[stream][next[stream]](fixture).ok());
    if (++next[stream] < world.streams[stream].size()) continue;
    open[pick] = open.back();
    open.pop_back();
  }
}

int64_t ValueOf(const v1::RegionFigures& figures, int indicator) { return figures.figures(indicator - 1).value(); }

// The figures of all children, by pages of one, two and three.
std::vector<v1::RegionFigures> ByPages(FigureReads& reads, RegionCode parent, int month, World& world) {
  std::vector<v1::RegionFigures> all;
  RegionCode after;
  while (true) {
    auto page = reads.OfChildren(parent, month, after, 1 + world.Up(3));
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok() || page->figures.empty()) return all;
    all.insert(all.end(), page->figures.begin(), page->figures.end());
    after = RegionCode::FromCell(static_cast<int64_t>(all.back().region()));
    if (!page->more) return all;
  }
}

class RecountTest : public testing::Test {
 protected:
  RecountTest() : seed_(SeedOf()), world_(seed_) {
    std::cout << "seed " << seed_ << std::endl;
    RecordProperty("seed", std::to_string(seed_));
    for (int64_t id = 1; id <= kFamilies; ++id) world_.LiveFamily(id);
    for (int i = 0; i < kRejections; ++i) world_.Reject();
    TellAll(world_, fixture_);
  }
  static uint64_t SeedOf() { return testing_support::TestSeed(); }

  const uint64_t seed_;
  World world_;
  flow::DecideFixture fixture_{nullptr, Tables()};
  FigureReads reads_{fixture_.reader(), TestRegions(), RegionCode()};
};

TEST_F(RecountTest, EveryFigureOfEveryRegionAndMonthIsTheRecount) {
  for (const RegionCode region : world_.Regions()) {
    for (int month = kFirst.MonthIndex() - 1; month <= kFirst.MonthIndex() + kMonths; ++month) {
      const auto figures = reads_.OfRegion(region, month);
      ASSERT_TRUE(figures.ok()) << figures.status();
      ASSERT_EQ(figures->figures_size(), v1::Indicator_MAX);
      for (const v1::Figure& figure : figures->figures()) {
        const int64_t value = world_.ledger.At(region, month, figure.indicator());
        ASSERT_EQ(figure.value(), value) << region << " " << month << " " << v1::Indicator_Name(figure.indicator());
        ASSERT_EQ(figure.change(), value - world_.ledger.At(region, month - 1, figure.indicator())) << region << " " << month;
      }
    }
  }
}

TEST_F(RecountTest, EveryRegionIsTheSumOfItsChildren) {
  for (const RegionCode parent : world_.Regions()) {
    if (parent.level() == Level::kDistrict) continue;
    for (int month = kFirst.MonthIndex(); month < kFirst.MonthIndex() + kMonths; ++month) {
      const auto whole = reads_.OfRegion(parent, month);
      ASSERT_TRUE(whole.ok()) << whole.status();
      const std::vector<v1::RegionFigures> parts = ByPages(reads_, parent, month, world_);
      for (const v1::Figure& figure : whole->figures()) {
        // An office of a province or regency rejects for itself; that is in none of the regions below.
        if (figure.indicator() == v1::INDICATOR_REPORTS_REJECTED && !parent.IsNation()) continue;
        int64_t sum = 0;
        for (const v1::RegionFigures& part : parts) sum += ValueOf(part, figure.indicator());
        ASSERT_EQ(sum, figure.value()) << parent << " " << month << " " << v1::Indicator_Name(figure.indicator());
      }
      for (size_t i = 1; i < parts.size(); ++i) ASSERT_LT(parts[i - 1].region(), parts[i].region());
      for (const v1::RegionFigures& part : parts) {
        const auto alone = reads_.OfRegion(RegionCode::FromCell(static_cast<int64_t>(part.region())), month);
        ASSERT_TRUE(alone.ok());
        ASSERT_EQ(alone->SerializeAsString(), part.SerializeAsString());
      }
    }
  }
}

}  // namespace
}  // namespace berdaya::reporting
