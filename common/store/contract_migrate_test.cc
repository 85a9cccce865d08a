// The contract of Migrate and of closing and opening again, the same for every engine.
#include "absl/strings/str_cat.h"
#include "common/store/contract_testing.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The table "item" as a later program describes it.
struct GrownItem {
  int64_t item_id = 0;
  int64_t village = 0;
  std::string name;
  bool active = false;
  int64_t members = 0;
  static constexpr auto Describe() {
    return Table<GrownItem>("item", Key(Field("item_id", &GrownItem::item_id)),
                            Fields(Field("village", &GrownItem::village), Field("name", &GrownItem::name),
                                   Field("active", &GrownItem::active), Field("members", &GrownItem::members)),
                            Indexes(Index("item_by_village", "village", "members", "item_id")));
  }
  friend bool operator==(const GrownItem&, const GrownItem&) = default;
};

struct Note {
  int64_t note_id = 0;
  std::string body;
  static constexpr auto Describe() {
    return Table<Note>("note", Key(Field("note_id", &Note::note_id)), Fields(Field("body", &Note::body)));
  }
  friend bool operator==(const Note&, const Note&) = default;
};

struct Misspelt : Note {
  static constexpr auto Describe() {
    return Table<Misspelt>("note", Key(Field("note_id", &Misspelt::note_id)), Fields(Field("body", &Misspelt::body)),
                           Indexes(Index("note_by_body", "boddy", "note_id")));
  }
};

const Migration kAddMembers{2, "add members to item", {"ALTER TABLE item ADD COLUMN members {int} NOT NULL DEFAULT 4"}, "item"};
const Migration kCopyNames{
    3, "copy names to notes", {"INSERT INTO note (note_id, body, row_version) SELECT item_id, name, 1 FROM item"}};

class MigrateTest : public ContractTest {
 protected:
  void SetUp() override {
    engine_ = GetParam().make();
    database_ = *Open(engine_->options());
  }
  absl::Status Migrate(std::vector<const TableSpec*> tables, std::vector<Migration> migrations) {
    return database_->Migrate({std::move(tables), std::move(migrations)});
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, MigrateTest, testing::ValuesIn(AllEngines()), EngineName);

TEST_P(MigrateTest, IsDoneOnce) {
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = database_->Migrate(TestSchema());
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_P(MigrateTest, BringsAnOlderDatabaseForward) {
  ASSERT_TRUE(Migrate({&SpecOf<Item>()}, {}).ok());
  PutAndCommit<Item>(*database_, {{1, 5, "Sri", true}});
  auto snapshot = Snapshot();
  EXPECT_EQ(Find<Item>(*snapshot, 1).second, 1) << "prepares statements that must survive the change";
  snapshot = nullptr;
  const absl::Status status = Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, kCopyNames});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Find<GrownItem>(*Snapshot(), 1), std::make_pair(GrownItem{1, 5, "Sri", true, 4}, int64_t{1}));
  EXPECT_EQ(Find<Note>(*Snapshot(), 1).first, (Note{1, "Sri"}));
  PutAndCommit<GrownItem>(*database_, {{2, 5, "Budi", false, 1}});
  EXPECT_THAT(ScanAll<GrownItem>(*Snapshot(), {.index = 0, .from = {int64_t{5}, int64_t{4}}}),
              ElementsAre(GrownItem{1, 5, "Sri", true, 4}))
      << "the index follows its new description";
  EXPECT_TRUE(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, kCopyNames}).ok()) << "again: nothing to do";
}

TEST_P(MigrateTest, LiteralsEqualWhatTheProgramWrites) {
  ASSERT_TRUE(Migrate({&SpecOf<Item>(), &SpecOf<Note>()}, {}).ok());
  PutAndCommit<Item>(*database_, {{1, 5, "Ünal's", true}, {2, 5, "Sri", true}});
  const Migration change{
      2,
      "change texts",
      {"UPDATE item SET name = 'Wati' WHERE name = 'Ünal''s'", "INSERT INTO note VALUES (1, 'Ünal''s', 1)",
       "ALTER TABLE note ADD COLUMN author {text} NOT NULL DEFAULT 'nobody'", "ALTER TABLE note DROP COLUMN author"}};
  const absl::Status status = Migrate({&SpecOf<Item>(), &SpecOf<Note>()}, {change});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Find<Item>(*Snapshot(), 1).first.name, "Wati");
  EXPECT_EQ(Find<Item>(*Snapshot(), 2).first.name, "Sri");
  EXPECT_EQ(Find<Note>(*Snapshot(), 1).first.body, "Ünal's");
}

TEST_P(MigrateTest, ANewDatabaseCountsMigrationsAsApplied) {
  ASSERT_TRUE(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, kCopyNames}).ok());
  PutAndCommit<GrownItem>(*database_, {{1, 5, "Sri", true, 9}});
  EXPECT_TRUE(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, kCopyNames}).ok());
  EXPECT_EQ(Find<Note>(*Snapshot(), 1).second, 0);
}

TEST_P(MigrateTest, ATableThatIsNewIsNotAltered) {
  ASSERT_TRUE(Migrate({&SpecOf<Note>()}, {}).ok());
  const absl::Status status = Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers});
  ASSERT_TRUE(status.ok()) << status;
  PutAndCommit<GrownItem>(*database_, {{1, 5, "Sri", true, 9}});
}

TEST_P(MigrateTest, RefusesANewerDatabase) {
  ASSERT_TRUE(Migrate({&SpecOf<GrownItem>()}, {kAddMembers}).ok());
  const absl::Status status = Migrate({&SpecOf<GrownItem>()}, {});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("add members to item"));
}

TEST_P(MigrateTest, RefusesAHistoryThatChanged) {
  ASSERT_TRUE(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kCopyNames}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, kCopyNames})))
      << "in between";
  Migration renamed = kCopyNames;
  renamed.name = "something else";
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {renamed})));
  EXPECT_TRUE(absl::IsInvalidArgument(Migrate({&SpecOf<Note>()}, {kCopyNames, kAddMembers}))) << "versions rise";
}

TEST_P(MigrateTest, RefusesATableThatIsNotAsDescribed) {
  ASSERT_TRUE(Migrate({&SpecOf<Item>()}, {}).ok());
  absl::Status status = Migrate({&SpecOf<GrownItem>()}, {});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("item.members"));
}

TEST_P(MigrateTest, RefusesADescriptionThatCannotBeMeant) {
  const auto refused = [&](std::vector<const TableSpec*> tables) {
    const absl::Status status = Migrate(std::move(tables), {});
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(refused({&SpecOf<Misspelt>()}), HasSubstr("note: index note_by_body names a column that is not described"));
  TableSpec table = SpecOf<Item>();
  table.indexes[0].columns = {1, 2};
  EXPECT_THAT(refused({&table}), HasSubstr("item: index item_by_village does not end in the table's key"));
  table.indexes[0] = {"store_index", {1, 0}};
  EXPECT_THAT(refused({&table}), HasSubstr("store_index"));
  table = SpecOf<Item>();
  EXPECT_THAT(refused({&table, &SpecOf<GrownItem>()}), HasSubstr("item: described twice"));
  table.name = "other";
  EXPECT_THAT(refused({&table, &SpecOf<Item>()}), HasSubstr("item: index item_by_village: described twice"));
  table.name = "store_batch";
  EXPECT_THAT(refused({&table}), HasSubstr("store_batch"));
  for (const char* column : {"row_version", "item_id"}) {
    table = SpecOf<Item>();
    table.columns[1].name = column;
    EXPECT_THAT(refused({&table}), HasSubstr(absl::StrCat("item.", column)));
  }
  for (const char* name : {"Item", "item-2", "2item", "", "a234567890123456789012345678901234567890123456789012345678901"}) {
    table = SpecOf<Item>();
    table.name = name;
    EXPECT_THAT(refused({&table}), HasSubstr("lower-case"));
    table = SpecOf<Item>();
    table.columns[1].name = name;
    EXPECT_THAT(refused({&table}), HasSubstr("lower-case"));
    table = SpecOf<Item>();
    table.indexes[0].name = name;
    EXPECT_THAT(refused({&table}), HasSubstr("lower-case"));
  }
  table = SpecOf<Item>();
  table.columns.resize(TableSpec::kMaxColumns + 1, {"more", CellType::kInt});
  EXPECT_THAT(refused({&table}), HasSubstr("split the table"));
}

TEST_P(MigrateTest, AFailedMigrationLeavesNothing) {
  ASSERT_TRUE(Migrate({&SpecOf<Item>()}, {}).ok());
  PutAndCommit<Item>(*database_, {{1, 5, "Sri", true}});
  Migration broken = kCopyNames;
  broken.statements.push_back("INSERT INTO no_such_table VALUES (1)");
  EXPECT_FALSE(Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, broken}).ok());
  EXPECT_TRUE(Migrate({&SpecOf<Item>()}, {}).ok()) << "as before";
  const absl::Status status = Migrate({&SpecOf<GrownItem>(), &SpecOf<Note>()}, {kAddMembers, kCopyNames});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Find<Note>(*Snapshot(), 1).first.body, "Sri");
}

TEST_P(MigrateTest, IsThereAfterOpeningAgain) {
  if (!engine_->survives_reopen()) GTEST_SKIP() << "this engine keeps nothing";
  ASSERT_TRUE(database_->Migrate(TestSchema()).ok());
  PutAndCommit<Item>(*database_, {{1, 5, "Sri", true}});
  PutAndCommit<Total>(*database_, {{1, 1, 2, 3}});
  Reopen();
  EXPECT_EQ(Find<Item>(*Snapshot(), 1), std::make_pair(Item{1, 5, "Sri", true}, int64_t{1}));
  PutAndCommit<Item>(*database_, {{1, 6, "Sri", true}}, 1);
  PutAndCommit<Total>(*database_, {{1, 1, 2, 3}});
  Reopen();
  EXPECT_EQ(Find<Item>(*Snapshot(), 1).second, 2);
  EXPECT_EQ(Find<Total>(*Snapshot(), {1, 1}).first.families, 4);
}

}  // namespace
}  // namespace berdaya::store
