// Matching against a model of it: random partners, areas, capacities, graduations, MoUs and days, many inputs a transaction,
// decided by the service's own handlers on a real database, and beside it by a dozen lines over plain vectors. BERDAYA_TEST_SEED
// repeats a run.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"
#include "services/enterprise_mentoring/wiring.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;
using region::Level;
using region::RegionCode;

constexpr Day kFirstDay = Day::Of(2020, 1, 1);

struct ModelFamily {
  int64_t id = 0;
  RegionCode village;
  Day graduated, opened, came;
  std::string mou;  // empty: waits
  Day matched;
  RegionCode taken_in;  // where it lived when it was matched
};

struct ModelMou {
  std::vector<RegionCode> areas;
  Day opens, ends;
  int64_t capacity = 0, taken = 0;
  bool line = false;  // families that wait are still to be taken

  // How specific the area is that has the village: the higher, the more; -1 where none has it.
  int Covers(RegionCode village) const {
    int level = -1;
    for (const RegionCode area : areas) {
      const bool inside = std::any_of(areas.begin(), areas.end(), [&](RegionCode b) { return b != area && b.Contains(area); });
      if (!inside && area.Contains(village)) level = static_cast<int>(area.level());
    }
    return level;
  }
  bool MayTake(const ModelFamily& f) const { return taken < capacity && Covers(f.village) >= 0 && std::max(f.came, opens) <= ends; }
};

class Model {
 public:
  explicit Model(int64_t limit) : limit_(limit) {}

  void Graduate(int64_t id, RegionCode village, Day graduated, Day opened) {
    if (families.contains(id)) return;
    ModelFamily f{id, village, graduated, opened, opened, "", {}, {}};
    const auto moved = moves.find(id);
    if (moved != moves.end() && moved->second.first >= opened) MoveTo(f, moved->second.first, moved->second.second);
    Come(f);
    families[id] = f;
  }

  void Move(int64_t id, Day day, RegionCode village) {
    moves[id] = {day, village};
    const auto found = families.find(id);
    if (found == families.end() || day < found->second.opened || found->second.village == village) return;
    MoveTo(found->second, day, village);
    if (found->second.mou.empty()) Come(found->second);
    ++moved;
  }

  void Sign(const std::string& number, ModelMou mou, Day signed_on, Day today) {
    if (mous.contains(number)) return;
    mou.opens = std::max(signed_on, today);
    mous[number] = mou;
    if (mou.opens > today) {
      mous[number].line = true;
    } else {
      TakeLine(number);
    }
  }

  // What is due is taken, the MoU whose day came first before, until nothing is.
  void Open(Day today) {
    while (true) {
      const std::string* due = nullptr;
      for (const auto& [number, mou] : mous) {
        if (mou.line && mou.opens <= today && (due == nullptr || mou.opens < mous[*due].opens)) due = &number;
      }
      if (due == nullptr) return;
      TakeLine(*due);
    }
  }

  std::map<int64_t, ModelFamily> families;
  std::map<std::string, ModelMou> mous;
  std::map<int64_t, std::pair<Day, RegionCode>> moves;  // the last one of each family
  int moved = 0;                                        // with their case
  int came = 0;                                         // matched as they came
  int waited = 0;                                       // taken from a line
  int unfinished = 0;                                   // lines that one transaction did not finish

 private:
  static void MoveTo(ModelFamily& f, Day day, RegionCode village) {
    if (f.mou.empty() && f.village != village) f.came = std::max(f.came, day);
    f.village = village;
  }
  void Come(ModelFamily& f) {
    std::string chosen;
    for (const auto& [number, mou] : mous) {
      if (mou.line || !mou.MayTake(f)) continue;
      if (chosen.empty() || mou.Covers(f.village) > mous[chosen].Covers(f.village)) chosen = number;
    }
    if (chosen.empty()) return;
    Take(f, chosen);
    ++came;
  }
  void Take(ModelFamily& f, const std::string& number) {
    ++mous[number].taken;
    f.mou = number;
    f.matched = std::max(f.came, mous[number].opens);
    f.taken_in = f.village;
  }
  void TakeLine(const std::string& number) {
    std::vector<ModelFamily*> waiting;
    for (auto& [id, f] : families) {
      if (f.mou.empty()) waiting.push_back(&f);
    }
    std::sort(waiting.begin(), waiting.end(), [](const ModelFamily* a, const ModelFamily* b) {
      return std::pair(a->graduated, a->id) < std::pair(b->graduated, b->id);
    });
    int64_t took = 0;
    for (ModelFamily* f : waiting) {
      if (took == limit_ || !mous[number].MayTake(*f)) continue;
      Take(*f, number);
      ++took;
      ++waited;
    }
    mous[number].line = std::any_of(waiting.begin(), waiting.end(),
                                    [&](const ModelFamily* f) { return f->mou.empty() && mous[number].MayTake(*f); });
    if (mous[number].line) ++unfinished;
  }

  const int64_t limit_;
};

// The service's handlers on a database, in transactions of many inputs, as the engine runs them.
class World {
 public:
  explicit World(int64_t limit) : env_{TestRegions(), limit}, spec_(Wire(env_)), view_(&env_) {
    database_ = *store::Open({.url = "sqlite::memory:"});
    EXPECT_TRUE(database_->Migrate(spec_.schema).ok());
  }

  void Run(const std::vector<std::unique_ptr<google::protobuf::Message>>& inputs) {
    Begin();
    flow::KeySet keys(view_);
    std::vector<flow::Origin> origins;
    for (const auto& m : inputs) {
      flow::Origin& origin = origins.emplace_back();
      const bool command = spec_.handlers.Find(m->GetDescriptor()->full_name())->new_response != nullptr;
      origin = {.kind = command ? flow::InputKind::kCommand : flow::InputKind::kFact, .offset = offset_++, .day = day_};
      origin.position = command ? flow::Position::OfCommand(origin.offset) : flow::Position::OfRecord(0, 4, origin.offset);
      origin.principal = &kMinistry;
      spec_.handlers.Find(m->GetDescriptor()->full_name())->prefetch(*m, origin, keys);
    }
    ASSERT_TRUE(view_.Load().ok());
    for (size_t i = 0; i < inputs.size(); ++i) {
      auto out = spec_.handlers.Find(inputs[i]->GetDescriptor()->full_name())->decide(*inputs[i], origins[i], view_);
      ASSERT_TRUE(out.ok()) << out.status();
      Keep(*out);
    }
    Commit();
  }

  // A day of every partition; sweeps run in transactions of their own until none finds more.
  void Open(Day day) {
    day_ = day;
    for (int32_t partition = 5; partition >= 0; --partition) {
      for (bool more = true; more;) {
        Begin();
        absl::StatusOr<std::vector<flow::Outcome>> outcomes = std::vector<flow::Outcome>();
        more = spec_.handlers.sweeps()[0].run(view_, partition, day, 8000, outcomes).more;
        ASSERT_TRUE(outcomes.ok()) << outcomes.status();
        for (flow::Outcome& out : *outcomes) Keep(out);
        Commit();
      }
    }
  }

  template <class Row>
  std::vector<Row> All() {
    Begin();
    std::vector<Row> rows = view_.Scan<Row>({.limit = 1'000'000});
    Commit();
    return rows;
  }
  Day day() const { return day_; }
  const std::map<std::string, std::vector<type::v1::FactInfo>>& facts() const { return facts_; }

 private:
  void Begin() {
    transaction_ = *database_->Begin();
    view_.Begin(transaction_.get(), std::vector<Day>(6, day_));
  }
  void Commit() {
    ASSERT_TRUE(view_.status().ok()) << view_.status();
    ASSERT_TRUE(view_.Flush().ok());
    view_.Clear();
    ASSERT_TRUE(transaction_->Commit().ok());
    transaction_.reset();
  }
  void Keep(flow::Outcome& out) {
    out.ApplyTo(view_);
    for (const flow::Outgoing& record : out.outgoing()) {
      v1::CaseQueued head;  // field 1 of every fact of a case is its info
      if (record.key.find_first_not_of("0123456789") == std::string::npos && head.ParseFromString(record.value)) {
        facts_[record.key].push_back(head.info());
      }
    }
  }

  const Env env_;
  const flow::ServiceSpec spec_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Transaction> transaction_;
  flow::View view_;
  Day day_ = kFirstDay;
  int64_t offset_ = 0;
  std::map<std::string, std::vector<type::v1::FactInfo>> facts_;  // by key
};

// Sixteen villages: two provinces, two regencies in each, two districts in each, two villages in each.
std::vector<RegionCode> Villages() {
  std::vector<RegionCode> villages;
  for (const RegionCode province : {RegionCode::Of(3300000000), RegionCode::Of(3500000000)}) {
    for (int r = 0; r < 2; ++r) {
      const RegionCode regency = TestRegions().Children(province, kFirstDay)[r * 5]->code;
      for (int d = 0; d < 2; ++d) {
        const RegionCode district = TestRegions().Children(regency, kFirstDay)[d]->code;
        for (int v = 0; v < 2; ++v) villages.push_back(TestRegions().Children(district, kFirstDay)[v]->code);
      }
    }
  }
  return villages;
}

class Play {
 public:
  Play(uint64_t seed, const std::vector<RegionCode>& villages)
      : random_(seed), villages_(villages), limit_(Draw(1, 4)), world_(limit_), model_(limit_) {}

  const Model& model() const { return model_; }

  void Run(int steps) {
    std::vector<std::unique_ptr<google::protobuf::Message>> partners;
    for (int p = 0; p < 3; ++p) partners.push_back(std::make_unique<v1::RegisterPartnerRequest>(Partner(PartnerId(p))));
    world_.Run(partners);
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE(testing::Message() << "step " << step);
      const auto before = model_.families;
      if (Draw(0, 3) == 0) {
        const Day day = world_.day() + Draw(1, 4);
        world_.Open(day);
        model_.Open(day);
      } else {
        std::vector<std::unique_ptr<google::protobuf::Message>> inputs;
        for (int n = Draw(1, 8); n > 0; --n) {
          const int what = Draw(0, 7);
          inputs.push_back(what < 2 ? Sign() : what < 4 ? Move() : Graduate());
        }
        world_.Run(inputs);
      }
      Compare();
      CheckRules(before);
    }
  }

 private:
  int Draw(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  static std::string PartnerId(int p) { return std::string("partner-") + static_cast<char>('a' + p); }

  std::unique_ptr<google::protobuf::Message> Graduate() {
    const int64_t id = Draw(1, 80);  // often one that is known
    const RegionCode village = villages_[Draw(0, static_cast<int>(villages_.size()) - 1)];
    auto m = std::make_unique<graduation::v1::FamilyGraduated>(
        Graduation(id, world_.day() + Draw(-6, 3), static_cast<uint64_t>(village.ToCell())));
    const Day opened = *calendar::FromProto(m->info().recorded_day());
    const Day graduated = opened + Draw(-3, 3);
    calendar::ToProto(graduated, *m->mutable_graduated_on());
    model_.Graduate(id, village, graduated, opened);
    return m;
  }

  std::unique_ptr<google::protobuf::Message> Move() {
    const int64_t id = Draw(1, 80);
    const RegionCode village = villages_[Draw(0, static_cast<int>(villages_.size()) - 1)];
    auto& [version, day] = changed_[id];  // the registry's days of a family never go back
    day = std::max(day, world_.day() + Draw(-6, 3));
    model_.Move(id, day, village);
    return std::make_unique<registry::v1::FamilyChanged>(Change(id, ++version, day, static_cast<uint64_t>(village.ToCell())));
  }

  std::unique_ptr<google::protobuf::Message> Sign() {
    const int n = Draw(0, 30);
    std::mt19937_64 own(n);  // the same number always means the same MoU but for its days
    const auto draw = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(own); };
    MouOf mou{.number = "MOU-" + std::to_string(n), .partner = PartnerId(n % 3)};
    if (signed_.contains(n)) return std::make_unique<v1::SignMouRequest>(signed_[n]);  // a repeat
    mou.signed_on = world_.day() + Draw(-8, 5);
    mou.ends_on = mou.signed_on + Draw(0, 15);
    mou.capacity = draw(1, 5);
    mou.areas.clear();
    ModelMou model{.ends = mou.ends_on, .capacity = mou.capacity};
    for (int i = draw(1, 3); i > 0; --i) {
      const RegionCode area = villages_[draw(0, static_cast<int>(villages_.size()) - 1)].At(static_cast<Level>(draw(1, 4)));
      mou.areas.push_back(static_cast<uint64_t>(area.ToCell()));
      model.areas.push_back(area);
    }
    model_.Sign(mou.number, model, mou.signed_on, world_.day());
    signed_[n] = mou.Request();
    return std::make_unique<v1::SignMouRequest>(signed_[n]);
  }

  void Compare() {
    const std::vector<CaseRow> cases = world_.All<CaseRow>();
    ASSERT_EQ(cases.size(), model_.families.size());
    for (const CaseRow& row : cases) {
      const ModelFamily& f = model_.families[row.family_id];
      ASSERT_EQ(row.mou_number, f.mou) << "family " << row.family_id;
      ASSERT_EQ(row.matched_on, f.matched);
      ASSERT_EQ(row.came_on, f.came);
      ASSERT_EQ(row.village, f.village);
      ASSERT_EQ(row.stage, f.mou.empty() ? v1::CASE_STAGE_WAITING : v1::CASE_STAGE_MATCHED);
      ASSERT_EQ(row.waiting_in, f.mou.empty() ? f.village.At(Level::kRegency) : RegionCode());
      const auto& facts = world_.facts().at(std::to_string(row.family_id));
      ASSERT_EQ(static_cast<int64_t>(facts.size()), row.version);
      for (size_t i = 0; i < facts.size(); ++i) {
        ASSERT_EQ(facts[i].version(), static_cast<int64_t>(i + 1));
        const auto& earlier = facts[i > 0 ? i - 1 : i];
        ASSERT_LE(*calendar::FromProto(earlier.recorded_day()), *calendar::FromProto(facts[i].recorded_day()));
      }
    }
    for (const MouRow& row : world_.All<MouRow>()) {
      const ModelMou& mou = model_.mous[row.mou_number];
      ASSERT_EQ(row.taken, mou.taken) << row.mou_number;
      ASSERT_EQ(!row.line_due_on.empty(), mou.line) << row.mou_number;
    }
  }

  // The rules themselves, whatever the model does. Places are counted from the cases, not read from the MoU.
  void CheckRules(const std::map<int64_t, ModelFamily>& before) {
    std::map<std::string, int64_t> taken;
    std::map<std::string, MouRow> rows;
    for (const MouRow& row : world_.All<MouRow>()) rows[row.mou_number] = row;
    const std::vector<CaseRow> cases = world_.All<CaseRow>();
    for (const CaseRow& row : cases) {
      if (row.mou_number.empty()) continue;
      const MouRow& mou = rows[row.mou_number];
      ASSERT_LE(++taken[row.mou_number], mou.capacity) << "over capacity";
      ASSERT_GE(model_.mous[row.mou_number].Covers(model_.families[row.family_id].taken_in), 0) << "outside the area";
      ASSERT_TRUE(mou.signed_on <= row.matched_on && row.matched_on <= mou.ends_on) << "outside the period";
      auto was = before.find(row.family_id);
      if (was != before.end() && !was->second.mou.empty()) continue;
      for (const CaseRow& other : cases) {
        const bool could = other.mou_number.empty() && model_.mous[row.mou_number].Covers(other.village) >= 0 &&
                           std::max(other.came_on, mou.opens_on) <= mou.ends_on;
        // Who came first into a free place within one transaction may be the younger one; a place is never given past a line.
        const auto waited = before.find(other.family_id);
        if (could && waited != before.end() && waited->second.village == other.village) {
          ASSERT_LT(std::pair(row.graduated_on, row.family_id), std::pair(other.graduated_on, other.family_id))
              << "past an older one";
        }
      }
    }
    for (const CaseRow& row : cases) {
      if (!row.mou_number.empty()) continue;
      for (const auto& [number, mou] : rows) {
        const bool free = taken[number] < mou.capacity && mou.line_due_on.empty();
        ASSERT_FALSE(free && model_.mous[number].Covers(row.village) >= 0 && std::max(row.came_on, mou.opens_on) <= mou.ends_on)
            << "family " << row.family_id << " is forgotten by " << number;
      }
    }
  }

  std::mt19937_64 random_;
  const std::vector<RegionCode>& villages_;
  const int64_t limit_;
  World world_;
  Model model_;
  std::map<int, v1::SignMouRequest> signed_;
  std::map<int64_t, std::pair<int64_t, Day>> changed_;  // by family: version and day of its last change
};

TEST(MatchingModelTest, TheServiceMatchesAsTheModelDoes) {
  const char* given = getenv("BERDAYA_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10)
                                         : static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::cout << "BERDAYA_TEST_SEED=" << seed << std::endl;
  const std::vector<RegionCode> villages = Villages();
  int came = 0, waited = 0, unfinished = 0, moved = 0;
  for (uint64_t run = 0; run < 150 && !HasFailure(); ++run) {
    SCOPED_TRACE(testing::Message() << "run " << run << " of seed " << seed);
    Play play(seed + run, villages);
    play.Run(40);
    came += play.model().came;
    waited += play.model().waited;
    unfinished += play.model().unfinished;
    moved += play.model().moved;
  }
  std::cout << came << " families matched as they came, " << waited << " from a line, " << unfinished << " lines left unfinished, "
            << moved << " moved\n";
  EXPECT_TRUE(came > 100 && waited > 100 && unfinished > 20 && moved > 100) << "the play tests too little";
}

}  // namespace
}  // namespace berdaya::mentoring
