// The contract of Reader::Scan, the same for every engine.
#include <algorithm>

#include "common/store/contract_testing.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ScanTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    PutAndCommit<Item>(*database_, {{1, 30, "a"}, {2, 10, "b"}, {3, 20, "c"}, {4, 10, "d"}, {5, 20, "e"}});
    PutAndCommit<Entry>(*database_, {{"a", 1, "z"}, {"a", 2, "y"}, {"b", 1, "z"}, {"b", 5, "x"}, {"c", -1, "x"}});
  }
  std::vector<int64_t> Ids(const ScanRange& range) {
    std::vector<int64_t> ids;
    for (const Item& item : ScanAll<Item>(*Snapshot(), range)) ids.push_back(item.item_id);
    return ids;
  }
  std::vector<std::string> Keys(const ScanRange& range) {
    std::vector<std::string> keys;
    for (const Entry& entry : ScanAll<Entry>(*Snapshot(), range)) keys.push_back(entry.group + std::to_string(entry.order));
    return keys;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ScanTest, testing::ValuesIn(AllEngines()), EngineName);

Cell Number(int64_t value) { return value; }
Cell Text(const char* value) { return std::string(value); }

TEST_P(ScanTest, FollowsThePrimaryKey) {
  EXPECT_THAT(Ids({}), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(Ids({.from = {Number(3)}}), ElementsAre(3, 4, 5));
  EXPECT_THAT(Ids({.from = {Number(3)}, .after_from = true}), ElementsAre(4, 5));
  EXPECT_THAT(Ids({.from = {Number(2)}, .to = {Number(4)}}), ElementsAre(2, 3));
  EXPECT_THAT(Ids({.to = {Number(3)}, .limit = 1}), ElementsAre(1));
  EXPECT_THAT(Ids({.limit = 0}), IsEmpty());
  EXPECT_THAT(Ids({.from = {Number(9)}}), IsEmpty());
}

TEST_P(ScanTest, FollowsAnIndex) {
  EXPECT_THAT(Ids({.index = 0}), ElementsAre(2, 4, 3, 5, 1));
  EXPECT_THAT(Ids({.index = 0, .from = {Number(20)}}), ElementsAre(3, 5, 1));
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10)}, .after_from = true}), ElementsAre(3, 5, 1)) << "compared on the cells given";
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10), Number(2)}, .after_from = true}), ElementsAre(4, 3, 5, 1));
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10), Number(4)}}), ElementsAre(4, 3, 5, 1));
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10), Number(3)}, .limit = 2}), ElementsAre(4, 3)) << "no such row to start from";
  EXPECT_THAT(Ids({.index = 0, .from = {Number(15), Number(9)}}), ElementsAre(3, 5, 1)) << "no such village";
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10), Number(4)}, .to = {Number(20), Number(5)}}), ElementsAre(4, 3));
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10), Number(4)}, .to = {Number(20)}}), ElementsAre(4));
  EXPECT_THAT(Ids({.index = 0, .from = {Number(10)}, .to = {Number(20), Number(5)}}), ElementsAre(2, 4, 3));
}

TEST_P(ScanTest, FollowsACompositeKey) {
  EXPECT_THAT(Keys({}), ElementsAre("a1", "a2", "b1", "b5", "c-1"));
  EXPECT_THAT(Keys({.from = {Text("a"), Number(2)}}), ElementsAre("a2", "b1", "b5", "c-1"));
  EXPECT_THAT(Keys({.from = {Text("a")}, .after_from = true}), ElementsAre("b1", "b5", "c-1"));
  EXPECT_THAT(Keys({.from = {Text("a"), Number(1)}, .after_from = true, .to = {Text("b"), Number(5)}}), ElementsAre("a2", "b1"));
  EXPECT_THAT(Keys({.from = {Text("b")}, .to = {Text("c")}}), ElementsAre("b1", "b5"));
}

TEST_P(ScanTest, FollowsAnIndexOfText) {
  EXPECT_THAT(Keys({.index = 0}), ElementsAre("b5", "c-1", "a2", "a1", "b1"));
  EXPECT_THAT(Keys({.index = 0, .from = {Text("x"), Text("b"), Number(5)}, .after_from = true, .to = {Text("z")}}),
              ElementsAre("c-1", "a2"));
}

TEST_P(ScanTest, CountsRowsFromZeroAndGivesVersions) {
  PutAndCommit<Item>(*database_, {{2, 10, "changed"}}, 1);
  auto snapshot = Snapshot();
  std::vector<std::pair<size_t, int64_t>> received;
  absl::Status status = snapshot->Scan(SpecOf<Item>(), {.limit = 3},
                                       [&](size_t index, CellSource&, int64_t version) { received.emplace_back(index, version); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(received, ElementsAre(std::make_pair(0, 1), std::make_pair(1, 2), std::make_pair(2, 1)));
}

// The key of a row in an index is where the next page goes on.
TEST_P(ScanTest, PagesToTheEnd) {
  std::vector<Item> items;
  for (int64_t i = 100; i < 1100; ++i) items.push_back({i, i * 31 % 7, "x"});
  PutAndCommit(*database_, items);
  for (const int index : {-1, 0}) {
    std::vector<Item> seen;
    ScanRange range{.index = index, .limit = 37};
    auto snapshot = Snapshot();
    for (;;) {
      const std::vector<Item> page = ScanAll<Item>(*snapshot, range);
      seen.insert(seen.end(), page.begin(), page.end());
      if (page.size() < 37) break;
      const Item& last = page.back();
      range.from = index < 0 ? std::vector<Cell>{last.item_id} : std::vector<Cell>{last.village, last.item_id};
      range.after_from = true;
    }
    std::vector<Item> all = ScanAll<Item>(*snapshot, {.limit = 10000});
    ASSERT_EQ(all.size(), 1005u);
    if (index == 0) {
      std::sort(all.begin(), all.end(), [](const Item& a, const Item& b) {
        return std::make_pair(a.village, a.item_id) < std::make_pair(b.village, b.item_id);
      });
    }
    EXPECT_EQ(seen, all);
  }
}

TEST_P(ScanTest, RefusesToBeCalledFromItsReceiver) {
  auto snapshot = Snapshot();
  absl::Status inner;
  absl::Status outer = snapshot->Scan(SpecOf<Item>(), {}, [&](size_t, CellSource&, int64_t) {
    inner = snapshot->Scan(SpecOf<Item>(), {}, [](size_t, CellSource&, int64_t) {});
  });
  EXPECT_TRUE(outer.ok()) << outer;
  EXPECT_TRUE(absl::IsInvalidArgument(inner)) << inner;
}

}  // namespace
}  // namespace berdaya::store
