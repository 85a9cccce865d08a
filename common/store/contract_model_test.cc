// Random operations against std::map, the same for every engine. RC_PARAMS="seed=..." repeats a run; the seed is printed.
#include <map>

#include "common/store/contract_testing.h"
#include "rapidcheck.h"

namespace berdaya::store {
namespace {

struct Step {
  enum Kind { kPut, kErase, kAdd, kScan, kCommit, kRollback };
  Kind kind = kPut;
  int64_t key = 0;
  int64_t number = 0;
  std::string text;
  bool stale = false;  // names a version that is not there
};

void showValue(const Step& step, std::ostream& out) {
  out << "{" << step.kind << " key " << step.key << " number " << step.number << " text of " << step.text.size()
      << (step.stale ? " stale" : "") << "}";
}

rc::Gen<Step> AnyStep() {
  const auto kind = rc::gen::weightedElement<Step::Kind>(
      {{10, Step::kPut}, {3, Step::kErase}, {4, Step::kAdd}, {3, Step::kScan}, {4, Step::kCommit}, {1, Step::kRollback}});
  return rc::gen::build<Step>(rc::gen::set(&Step::kind, kind), rc::gen::set(&Step::key, rc::gen::inRange<int64_t>(-4, 8)),
                              rc::gen::set(&Step::number, rc::gen::inRange<int64_t>(0, 4)),
                              rc::gen::set(&Step::text, rc::gen::container<std::string>(rc::gen::arbitrary<char>())),
                              rc::gen::set(&Step::stale, rc::gen::weightedElement<bool>({{12, false}, {1, true}})));
}

// The model: what a database holds.
struct Content {
  std::map<int64_t, std::pair<Item, int64_t>> items;
  std::map<int64_t, int64_t> totals;
};

// A run of steps on a database and on the model beside it. `committed`: what the database holds at the start.
class ModelRun {
 public:
  explicit ModelRun(Database& database, Content committed = {}) : database_(database), committed_(std::move(committed)) { Begin(); }

  void Do(const Step& step) {
    switch (step.kind) {
      case Step::kPut:
        return Put(step, false);
      case Step::kErase:
        return Put(step, true);
      case Step::kAdd:
        return Add(step);
      case Step::kScan:
        return Scan(step);
      case Step::kCommit:
        RC_ASSERT(transaction_->Commit().ok());
        committed_ = now_;
        return Begin();
      case Step::kRollback:
        return Begin();
    }
  }

  // What everybody else sees is what was committed.
  void CheckCommitted() {
    transaction_ = nullptr;
    now_ = committed_;
    auto snapshot = *database_.Snapshot();
    Compare(*snapshot);
  }
  const Content& committed() const { return committed_; }

 private:
  void Begin() {
    transaction_ = nullptr;
    transaction_ = *database_.Begin();
    now_ = committed_;
  }

  void Put(const Step& step, bool erase) {
    const auto found = now_.items.find(step.key);
    const int64_t version = found == now_.items.end() ? 0 : found->second.second;
    const Item row{step.key, step.number, step.text, step.stale};
    const Write write{&row, step.stale ? version + 1 : version, erase};
    const auto missed = transaction_->Put(SpecOf<Item>(), {&write, 1});
    RC_ASSERT(missed.ok());
    if (step.stale || (erase && version == 0)) {
      RC_ASSERT(*missed == 1);
      RC_ASSERT(absl::IsAborted(transaction_->Commit()));
      return Begin();
    }
    RC_ASSERT(*missed == 0);
    if (erase) {
      now_.items.erase(step.key);
    } else {
      now_.items[step.key] = {row, version + 1};
    }
  }

  void Add(const Step& step) {
    const Total row{step.key, 1, step.number, 0};
    const Write write{&row};
    int64_t sum = -1;
    now_.totals[step.key] += step.number;
    RC_ASSERT(transaction_->AddAndGet(SpecOf<Total>(), {&write, 1}, [&](size_t, CellSource& cells, int64_t) { sum = cells.Int(2); })
                  .ok());
    RC_ASSERT(sum == now_.totals[step.key]);
  }

  // Both orders, after a place that need not exist.
  void Scan(const Step& step) {
    std::vector<Item> by_key;
    std::map<std::pair<int64_t, int64_t>, Item> ordered;
    for (const auto& [key, row] : now_.items) {
      if (key > step.key) by_key.push_back(row.first);
      const auto place = std::make_pair(row.first.village, key);
      if (place > std::make_pair(step.number, step.key)) ordered[place] = row.first;
    }
    std::vector<Item> by_village;
    for (const auto& [place, row] : ordered) by_village.push_back(row);
    RC_ASSERT(ScanAll<Item>(*transaction_, {.from = {step.key}, .after_from = true}) == by_key);
    RC_ASSERT(ScanAll<Item>(*transaction_, {.index = 0, .from = {step.number, step.key}, .after_from = true}) == by_village);
  }

  void Compare(Reader& reader) {
    std::map<int64_t, std::pair<Item, int64_t>> items;
    RC_ASSERT(reader
                  .Scan(SpecOf<Item>(), {},
                        [&](size_t, CellSource& cells, int64_t version) {
                          Item item;
                          ReadRow(cells, item);
                          items[item.item_id] = {item, version};
                        })
                  .ok());
    RC_ASSERT(items == now_.items);
    std::map<int64_t, int64_t> totals;
    for (const Total& total : ScanAll<Total>(reader, {})) totals[total.region] = total.families;
    RC_ASSERT(totals == now_.totals);
  }

  Database& database_;
  std::unique_ptr<Transaction> transaction_;
  Content committed_;
  Content now_;
};

class ModelTest : public testing::TestWithParam<EngineFactory> {};

INSTANTIATE_TEST_SUITE_P(Engines, ModelTest, testing::ValuesIn(AllEngines()), EngineName);

TEST_P(ModelTest, BehavesLikeAMap) {
  const bool holds = rc::check("a database behaves like std::map", [&] {
    auto engine = GetParam().make();
    auto database = *Open(engine->options());
    RC_ASSERT(database->Migrate(TestSchema()).ok());
    const auto steps = *rc::gen::container<std::vector<Step>>(AnyStep());
    Content committed;
    {
      ModelRun run(*database);
      for (const Step& step : steps) run.Do(step);
      run.CheckCommitted();
      committed = run.committed();
    }
    if (!engine->survives_reopen()) return;
    database = nullptr;
    database = *Open(engine->options());
    ModelRun(*database, committed).CheckCommitted();
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace berdaya::store
