// The contract of store.h, the same for every engine: rows, versions, counters, transactions, snapshots.
#include <atomic>
#include <limits>
#include <thread>

#include "common/store/contract_testing.h"
#include "common/store/digest.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Bytes that a text type might mistreat.
std::vector<std::string> OddTexts() {
  return {"",        std::string(1, '\0'),   std::string("a\0b", 3), "a", "a\xff\xfe", "\xc3\x28", "\xef\xbb\xbf", "'\"; --",
          "Ünal 家", std::string(70000, 'x')};
}

INSTANTIATE_TEST_SUITE_P(Engines, ContractTest, testing::ValuesIn(AllEngines()), EngineName);

TEST_P(ContractTest, ReadsWhatWasWritten) {
  const Item item{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), "Sri", true};
  PutAndCommit<Item>(*database_, {item, {7, 1, "Budi", false}});
  EXPECT_EQ(Find<Item>(*Snapshot(), item.item_id), std::make_pair(item, int64_t{1}));
  EXPECT_EQ(Find<Item>(*Snapshot(), 8).second, 0);
}

TEST_P(ContractTest, ReadsKeysInAnyOrderAndRepeated) {
  PutAndCommit<Item>(*database_, {{1, 1, "a"}, {2, 1, "b"}, {3, 1, "c"}});
  auto found = GetMany<Item>(*Snapshot(), {3, 9, 1, 3});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)[0]->name, "c");
  EXPECT_FALSE((*found)[1].has_value());
  EXPECT_EQ((*found)[2]->name, "a");
  EXPECT_EQ((*found)[3]->name, "c");
}

TEST_P(ContractTest, ReadsNoKeys) {
  auto found = GetMany<Item>(*Snapshot(), {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(*found, IsEmpty());
}

TEST_P(ContractTest, KeepsEveryByteOfText) {
  std::vector<Entry> entries;
  for (const std::string& text : OddTexts()) entries.push_back({text, 1, text});
  PutAndCommit(*database_, entries);
  auto snapshot = Snapshot();
  for (const Entry& entry : entries) {
    EXPECT_EQ(Find<Entry>(*snapshot, {entry.group, 1}).first, entry);
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.group < b.group; });
  EXPECT_EQ(ScanAll<Entry>(*snapshot, {}), entries) << "text is ordered by its bytes";
  EXPECT_EQ(ScanAll<Entry>(*snapshot, {.index = 0}), entries);
}

TEST_P(ContractTest, RaisesTheVersionByOne) {
  PutAndCommit<Item>(*database_, {{1, 1, "a"}});
  PutAndCommit<Item>(*database_, {{1, 1, "b"}}, 1);
  PutAndCommit<Item>(*database_, {{1, 2, "c", true}}, 2);
  EXPECT_EQ(Find<Item>(*Snapshot(), 1), std::make_pair(Item{1, 2, "c", true}, int64_t{3}));
  EXPECT_THAT(ScanAll<Item>(*Snapshot(), {.index = 0, .from = {int64_t{2}}}), ElementsAre(Item{1, 2, "c", true}));
  EXPECT_THAT(ScanAll<Item>(*Snapshot(), {.index = 0, .to = {int64_t{2}}}), IsEmpty()) << "the index moved with the row";
}

TEST_P(ContractTest, CountsRowsOfAnotherVersion) {
  PutAndCommit<Item>(*database_, {{1, 1, "a"}, {2, 1, "b"}});
  PutAndCommit<Item>(*database_, {{1, 1, "a2"}}, 1);
  const Item exists{1, 1, "x"}, stale{1, 1, "x"}, absent{3, 1, "x"}, good{2, 1, "x"}, fresh{4, 1, "x"};
  auto transaction = Begin();
  const Write writes[] = {{&exists, 0, false}, {&good, 1, false}, {&absent, 1, false}, {&fresh, 0, false}};
  EXPECT_EQ(transaction->Put(SpecOf<Item>(), writes).value(), 2);
  transaction.reset();
  transaction = Begin();
  EXPECT_EQ(PutAll<Item>(*transaction, {stale}, 1), 1);
  EXPECT_TRUE(absl::IsAborted(transaction->Commit())) << "what missed a row cannot be committed";
  transaction.reset();
  EXPECT_EQ(Find<Item>(*Snapshot(), 1), std::make_pair(Item{1, 1, "a2"}, int64_t{2}));
  EXPECT_EQ(Find<Item>(*Snapshot(), 4).second, 0);
}

TEST_P(ContractTest, CountsThoseOfManyNewRowsThatExist) {
  PutAndCommit<Item>(*database_, {{7, 1, "a"}, {90, 1, "b"}});
  std::vector<Item> items;
  for (int64_t i = 0; i < 200; ++i) items.push_back({i, 1, "x"});
  auto transaction = Begin();
  PutAll<Total>(*transaction, {{1, 1, 1, 1}});
  EXPECT_EQ(PutAll(*transaction, items), 2);
  EXPECT_TRUE(absl::IsAborted(transaction->Commit()));
  transaction = nullptr;
  EXPECT_THAT(ScanAll<Item>(*Snapshot(), {}), ElementsAre(Item{7, 1, "a"}, Item{90, 1, "b"}));
  items.erase(items.begin() + 90);
  items.erase(items.begin() + 7);
  PutAndCommit(*database_, items);
  EXPECT_EQ(Digest(*Snapshot(), SpecOf<Item>())->rows, 200);
}

TEST_P(ContractTest, ErasesOnlyTheVersionRead) {
  PutAndCommit<Item>(*database_, {{1, 1, "a"}, {2, 1, "b"}});
  auto transaction = Begin();
  EXPECT_EQ(PutAll<Item>(*transaction, {{1}}, 2, true), 1);
  transaction = nullptr;
  transaction = Begin();
  EXPECT_EQ(PutAll<Item>(*transaction, {{3}}, 1, true), 1) << "no such row";
  transaction = nullptr;
  transaction = Begin();
  EXPECT_EQ(PutAll<Item>(*transaction, {{1}}, 1, true), 0);
  EXPECT_TRUE(transaction->Commit().ok());
  transaction = nullptr;
  EXPECT_THAT(ScanAll<Item>(*Snapshot(), {}), ElementsAre(Item{2, 1, "b"}));
  PutAndCommit<Item>(*database_, {{1, 1, "again"}});
  EXPECT_EQ(Find<Item>(*Snapshot(), 1).second, 1);
}

TEST_P(ContractTest, ErasesByACompositeKey) {
  PutAndCommit<Entry>(*database_, {{"a", 1, "x"}, {"a", 2, "y"}, {"b", 1, "z"}});
  auto transaction = Begin();
  EXPECT_EQ(PutAll<Entry>(*transaction, {{"a", 2, "not looked at"}}, 1, true), 0);
  EXPECT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(ScanAll<Entry>(*Snapshot(), {}), (std::vector<Entry>{{"a", 1, "x"}, {"b", 1, "z"}}));
}

TEST_P(ContractTest, AddsToCounters) {
  auto transaction = Begin();
  EXPECT_EQ(PutAll<Total>(*transaction, {{32, 1, 5, 20}, {33, 1, 1, 1}}), 0);
  EXPECT_EQ(PutAll<Total>(*transaction, {{32, 1, -2, 3}}), 0);
  EXPECT_TRUE(transaction->Commit().ok());
  transaction = nullptr;
  EXPECT_EQ(Find<Total>(*Snapshot(), {32, 1}), std::make_pair(Total{32, 1, 3, 23}, int64_t{0}));
  EXPECT_EQ(Find<Total>(*Snapshot(), {33, 1}).first, (Total{33, 1, 1, 1}));
}

TEST_P(ContractTest, AddsAndReturnsTheSums) {
  PutAndCommit<Total>(*database_, {{1, 1, 10, 0}});
  const Total first{1, 1, 5, 2}, second{2, 1, 7, 1};
  const Write writes[] = {{&first}, {&second}};
  std::vector<Total> sums(2);
  auto transaction = Begin();
  absl::Status status = transaction->AddAndGet(SpecOf<Total>(), writes, [&](size_t index, CellSource& cells, int64_t version) {
    ReadRow(cells, sums.at(index));
    EXPECT_EQ(version, 0);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(sums, ElementsAre(Total{1, 1, 15, 2}, Total{2, 1, 7, 1}));
  EXPECT_TRUE(transaction->Commit().ok());
  transaction = nullptr;
  EXPECT_EQ(Find<Total>(*Snapshot(), {1, 1}).first.families, 15);
}

TEST_P(ContractTest, RefusesWhatATableCannotDo) {
  const Total total{1, 1, 1, 1};
  const Item item{1};
  const Write erase_counter[] = {{&total, 0, true}};
  EXPECT_TRUE(absl::IsInvalidArgument(Begin()->Put(SpecOf<Total>(), erase_counter).status()));
  const Write add_state[] = {{&item}};
  EXPECT_TRUE(absl::IsInvalidArgument(Begin()->AddAndGet(SpecOf<Item>(), add_state, [](size_t, CellSource&, int64_t) {})));
  EXPECT_TRUE(absl::IsInvalidArgument(ScanRows<Item>(*Snapshot(), {.index = 1}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ScanRows<Item>(*Snapshot(), {.limit = -1}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ScanRows<Item>(*Snapshot(), {.from = {std::string("secret")}}).status()));
  EXPECT_THAT(std::string(ScanRows<Item>(*Snapshot(), {.from = {std::string("secret")}}).status().message()),
              Not(HasSubstr("secret")));
  EXPECT_TRUE(absl::IsInvalidArgument(ScanRows<Item>(*Snapshot(), {.from = {int64_t{1}, int64_t{1}}}).status()));
}

TEST_P(ContractTest, RollsBackWhatIsNotCommitted) {
  PutAndCommit<Item>(*database_, {{1, 1, "a"}});
  auto transaction = Begin();
  PutAll<Item>(*transaction, {{1, 9, "z"}}, 1);
  PutAll<Item>(*transaction, {{2, 9, "z"}});
  PutAll<Total>(*transaction, {{1, 1, 1, 1}});
  transaction = nullptr;
  EXPECT_THAT(ScanAll<Item>(*Snapshot(), {}), ElementsAre(Item{1, 1, "a"}));
  EXPECT_THAT(ScanAll<Total>(*Snapshot(), {}), IsEmpty());
}

TEST_P(ContractTest, SeesItsOwnWrites) {
  auto transaction = Begin();
  PutAll<Item>(*transaction, {{1, 1, "a"}});
  PutAll<Item>(*transaction, {{1, 2, "b"}}, 1);
  EXPECT_EQ(Find<Item>(*transaction, 1), std::make_pair(Item{1, 2, "b"}, int64_t{2}));
  EXPECT_THAT(ScanAll<Item>(*transaction, {.index = 0}), ElementsAre(Item{1, 2, "b"}));
  PutAll<Item>(*transaction, {{1}}, 2, true);
  EXPECT_EQ(Find<Item>(*transaction, 1).second, 0);
}

TEST_P(ContractTest, RefusesACallOnACommittedTransaction) {
  auto transaction = Begin();
  EXPECT_TRUE(transaction->Commit().ok());
  EXPECT_FALSE(transaction->Commit().ok());
  EXPECT_FALSE(Get<Item>(*transaction, 1).ok());
  const Item item{1};
  const Write writes[] = {{&item}};
  EXPECT_FALSE(transaction->Put(SpecOf<Item>(), writes).ok());
}

TEST_P(ContractTest, SnapshotStaysAsItWasWhileAWriterCommits) {
  PutAndCommit<Item>(*database_, {{1, 1, "old"}});
  auto before = Snapshot();
  auto transaction = Begin();
  PutAll<Item>(*transaction, {{1, 1, "new"}}, 1);
  PutAll<Item>(*transaction, {{2, 1, "new"}});
  auto during = Snapshot();
  EXPECT_TRUE(transaction->Commit().ok());
  transaction = nullptr;
  EXPECT_TRUE(database_->Maintain().ok());
  EXPECT_THAT(ScanAll<Item>(*before, {}), ElementsAre(Item{1, 1, "old"}));
  EXPECT_THAT(ScanAll<Item>(*during, {}), ElementsAre(Item{1, 1, "old"}));
  EXPECT_THAT(ScanAll<Item>(*Snapshot(), {}), ElementsAre(Item{1, 1, "new"}, Item{2, 1, "new"}));
}

TEST_P(ContractTest, ManySnapshotsAtOnceEachStayAsTheyWere) {
  constexpr size_t kSnapshots = 12;  // more than an engine keeps ready
  const auto families = [](Reader& reader) { return Find<Total>(reader, {1, 1}).first.families; };
  std::vector<std::unique_ptr<Reader>> snapshots;  // the oldest first
  for (int64_t commits = 1; commits <= 30; ++commits) {
    PutAndCommit<Total>(*database_, {{1, 1, 1, 0}});
    if (snapshots.size() == kSnapshots) snapshots.erase(snapshots.begin());
    snapshots.push_back(Snapshot());
    EXPECT_TRUE(database_->Maintain().ok());
    int64_t seen = commits;
    for (auto snapshot = snapshots.rbegin(); snapshot != snapshots.rend(); ++snapshot) EXPECT_EQ(families(**snapshot), seen--);
  }
  snapshots.clear();
  PutAndCommit<Total>(*database_, {{1, 1, 1, 0}});
  EXPECT_EQ(families(*Snapshot()), 31) << "what one has seen does not stay with the next";
}

TEST_P(ContractTest, TakesLargeBatches) {
  constexpr int64_t kRows = 20000;
  std::vector<Item> items;
  std::vector<KeyOf<Item>> keys;
  for (int64_t i = 0; i < kRows; ++i) {
    items.push_back({i * 7919 % kRows, i % 10, "name of " + std::to_string(i)});
    keys.push_back(items.back().item_id);
  }
  PutAndCommit(*database_, items);
  for (Item& item : items) item.name += "!";
  PutAndCommit(*database_, items, 1);
  auto found = GetMany<Item>(*Snapshot(), keys);
  ASSERT_TRUE(found.ok()) << found.status();
  for (size_t i = 0; i < items.size(); ++i) ASSERT_EQ((*found)[i], items[i]);
  auto transaction = Begin();
  EXPECT_EQ(PutAll(*transaction, items, 2, true), 0);
  EXPECT_TRUE(transaction->Commit().ok());
  transaction = nullptr;
  EXPECT_EQ(Digest(*Snapshot(), SpecOf<Item>())->rows, 0);
}

// A writer moves amounts between two counters whose sum is always 0; no snapshot may see anything else.
TEST_P(ContractTest, SnapshotsOfManyThreadsAreConsistent) {
  constexpr int kThreads = 8;
  constexpr int kCommits = 50;
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::atomic<int> reading = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      bool counted = false;
      while (!stop) {
        auto snapshot = database_->Snapshot();
        if (!snapshot.ok()) {
          ADD_FAILURE() << snapshot.status();
          break;
        }
        int64_t sum = 0;
        for (int64_t region : {1, 2}) sum += Find<Total>(**snapshot, {region, 1}).first.families;
        if (sum != 0) ++torn;
        if (!std::exchange(counted, true)) ++reading;
      }
    });
  }
  for (int i = 0; i < kCommits || reading < kThreads; ++i) {
    PutAndCommit<Total>(*database_, {{1, 1, 3, 0}, {2, 1, -3, 0}});
    if (HasFailure()) break;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
}

TEST_P(ContractTest, WritersTakeTurns) {
  constexpr int kThreads = 4;
  constexpr int kCommits = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCommits; ++i) PutAndCommit<Total>(*database_, {{1, 1, 1, 0}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Find<Total>(*Snapshot(), {1, 1}).first.families, kThreads * kCommits);
}

TEST_P(ContractTest, ASecondOpenIsAsTheUrlSays) {
  if (!engine_->survives_reopen()) GTEST_SKIP() << "each has one of its own";
  PutAndCommit<Item>(*database_, {{1, 1, "a"}});
  auto second = Open(engine_->options());
  EXPECT_EQ(second.ok(), SharedByProcesses(engine_->options().url)) << second.status();
  if (second.ok()) {
    ASSERT_TRUE((*second)->Migrate(TestSchema()).ok());
    PutAndCommit<Item>(**second, {{1, 1, "b"}}, 1);
    auto late = Begin();
    EXPECT_EQ(PutAll<Item>(*late, {{1, 1, "c"}}, 1), 1) << "fenced by its version";
  } else {
    EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  }
}

TEST_P(ContractTest, DigestDependsOnContentAlone) {
  PutAndCommit<Item>(*database_, {{1, 1, "a"}, {2, 1, "b"}});
  const TableDigest digest = *Digest(*Snapshot(), SpecOf<Item>());
  EXPECT_EQ(digest.rows, 2);
  PutAndCommit<Item>(*database_, {{1, 1, "other"}}, 1);
  EXPECT_NE(*Digest(*Snapshot(), SpecOf<Item>()), digest);
  PutAndCommit<Item>(*database_, {{1, 1, "a"}}, 2);
  EXPECT_EQ(*Digest(*Snapshot(), SpecOf<Item>()), digest) << "versions do not count";
  // A fixed value: the digest means the same on every engine and in every release.
  EXPECT_EQ(digest.ToString(), "476f6da379fca58bb66b5a9593e554ac 2");
}

}  // namespace
}  // namespace berdaya::store
