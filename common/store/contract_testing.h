// What the contract tests of all engines share: the engines, the tables, and short ways to read and write.
#ifndef BERDAYA_COMMON_STORE_CONTRACT_TESTING_H_
#define BERDAYA_COMMON_STORE_CONTRACT_TESTING_H_

#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "common/store/postgres_testing.h"
#include "common/store/store.h"
#include "common/store/temporary_folder.h"
#include "common/store/typed.h"
#include "gtest/gtest.h"

namespace berdaya::store {

// A state table with an integer key and an index.
struct Item {
  int64_t item_id = 0;
  int64_t village = 0;
  std::string name;
  bool active = false;
  static constexpr auto Describe() {
    return Table<Item>("item", Key(Field("item_id", &Item::item_id)),
                       Fields(Field("village", &Item::village), Field("name", &Item::name), Field("active", &Item::active)),
                       Indexes(Index("item_by_village", "village", "item_id")));
  }
  friend bool operator==(const Item&, const Item&) = default;
};

// A state table with a key of text and integer, whose columns are words of SQL and of the batch.
struct Entry {
  std::string group;
  int64_t order = 0;
  std::string value;
  static constexpr auto Describe() {
    return Table<Entry>("entry", Key(Field("group", &Entry::group), Field("order", &Entry::order)),
                        Fields(Field("position", &Entry::value)), Indexes(Index("entry_by_value", "position", "group", "order")));
  }
  friend bool operator==(const Entry&, const Entry&) = default;
};

// A counter table.
struct Total {
  int64_t region = 0;
  int64_t month = 0;
  int64_t families = 0;
  int64_t members = 0;
  static constexpr auto Describe() {
    return CounterTable<Total>("total", Key(Field("region", &Total::region), Field("month", &Total::month)),
                               Fields(Field("families", &Total::families), Field("members", &Total::members)));
  }
  friend bool operator==(const Total&, const Total&) = default;
};

inline std::ostream& operator<<(std::ostream& out, const Item& row) {
  return out << "item " << row.item_id << " village " << row.village << " name " << row.name << " active " << row.active;
}
inline std::ostream& operator<<(std::ostream& out, const Total& row) {
  return out << "total " << row.region << "/" << row.month << ": " << row.families << ", " << row.members;
}

inline Schema TestSchema() { return {{&SpecOf<Item>(), &SpecOf<Entry>(), &SpecOf<Total>()}, {}}; }

// An open database with the tables of TestSchema.
inline std::unique_ptr<Database> OpenMigrated(const Options& options) {
  auto database = Open(options);
  EXPECT_TRUE(database.ok()) << database.status();
  if (!database.ok()) return nullptr;
  absl::Status status = (*database)->Migrate(TestSchema());
  EXPECT_TRUE(status.ok()) << status;
  return *std::move(database);
}

// A folder of one test, in memory: what a sync is for is tested with PowerLossVfs, and here it would only take time.
class TestFolder {
 public:
  TestFolder() {
    if (!folder_.Create().ok()) abort();
  }
  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  TemporaryFolder folder_;
};

// One empty database of an engine, for one test.
class TestEngine {
 public:
  virtual ~TestEngine() = default;
  virtual Options options() const = 0;
  virtual bool survives_reopen() const { return true; }
};

struct EngineFactory {
  std::string name;
  std::function<std::unique_ptr<TestEngine>()> make;
};
inline std::ostream& operator<<(std::ostream& out, const EngineFactory& factory) { return out << factory.name; }

// Every engine that must pass the contract. A new engine is one more line here.
inline std::vector<EngineFactory> AllEngines() {
  class SqliteFile final : public TestEngine {
   public:
    Options options() const override { return {"sqlite:" + folder_.File("test.db")}; }

   private:
    TestFolder folder_;
  };
  class SqliteMemory final : public TestEngine {
   public:
    Options options() const override { return {"sqlite::memory:"}; }
    bool survives_reopen() const override { return false; }
  };
  class Postgres final : public TestEngine {
   public:
    Options options() const override { return {url_}; }

   private:
    const std::string url_ = TestCluster::Shared().NewDatabase();
  };
  return {{"sqlite_file", [] { return std::make_unique<SqliteFile>(); }},
          {"sqlite_memory", [] { return std::make_unique<SqliteMemory>(); }},
          {"postgres", [] { return std::make_unique<Postgres>(); }}};
}

inline std::string EngineName(const testing::TestParamInfo<EngineFactory>& info) { return info.param.name; }

// A test with a migrated database of each engine.
class ContractTest : public testing::TestWithParam<EngineFactory> {
 protected:
  void SetUp() override {
    engine_ = GetParam().make();
    Reopen();
  }
  void Reopen() {
    database_.reset();
    auto opened = Open(engine_->options());
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    absl::Status status = database_->Migrate(TestSchema());
    ASSERT_TRUE(status.ok()) << status;
  }
  std::unique_ptr<Transaction> Begin() {
    auto transaction = database_->Begin();
    EXPECT_TRUE(transaction.ok()) << transaction.status();
    return transaction.ok() ? *std::move(transaction) : nullptr;
  }
  std::unique_ptr<Reader> Snapshot() {
    auto snapshot = database_->Snapshot();
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return snapshot.ok() ? *std::move(snapshot) : nullptr;
  }

  std::unique_ptr<TestEngine> engine_;
  std::unique_ptr<Database> database_;
};

// Writes rows with one expected version; returns how many were not written, -1 after an error.
template <class Row>
int64_t PutAll(Transaction& transaction, const std::vector<Row>& rows, int64_t version = 0, bool erase = false) {
  std::vector<Write> writes;
  for (const Row& row : rows) writes.push_back({&row, version, erase});
  auto missed = transaction.Put(SpecOf<Row>(), writes);
  EXPECT_TRUE(missed.ok()) << missed.status();
  return missed.ok() ? *missed : -1;
}

template <class Row>
void PutAndCommit(Database& database, const std::vector<Row>& rows, int64_t version = 0) {
  auto transaction = database.Begin();
  ASSERT_TRUE(transaction.ok()) << transaction.status();
  ASSERT_EQ(PutAll(**transaction, rows, version), 0);
  absl::Status status = (*transaction)->Commit();
  ASSERT_TRUE(status.ok()) << status;
}

// The row of a key, and its version (0: no row).
template <class Row>
std::pair<Row, int64_t> Find(Reader& reader, const KeyOf<Row>& key) {
  std::pair<Row, int64_t> found{};
  const void* keys[] = {&key};
  absl::Status status = reader.Read(SpecOf<Row>(), keys, [&](size_t, CellSource& cells, int64_t version) {
    ReadRow(cells, found.first);
    found.second = version;
  });
  EXPECT_TRUE(status.ok()) << status;
  return found;
}

template <class Row>
std::vector<Row> ScanAll(Reader& reader, const ScanRange& range) {
  auto rows = ScanRows<Row>(reader, range);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() ? *std::move(rows) : std::vector<Row>{};
}

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_CONTRACT_TESTING_H_
