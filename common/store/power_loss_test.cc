// Power loss and failing disks: what was committed is there, and nothing else.
//
// The printed seed, given back as common/testing/seed.h says, repeats a run.
#include "common/store/power_loss_vfs.h"

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/store/child_testing.h"
#include "common/store/contract_testing.h"
#include "common/store/power_loss_disk.h"
#include "common/testing/seed.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

uint64_t Seed() { return testing_support::TestSeed(); }

using Content = std::map<int64_t, std::pair<int64_t, std::string>>;  // item -> version, name

Content Read(Database& database) {
  Content content;
  auto snapshot = database.Snapshot();
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  if (!snapshot.ok()) return content;
  absl::Status status = (*snapshot)->Scan(SpecOf<Item>(), {.limit = 1000000}, [&](size_t, CellSource& cells, int64_t version) {
    content[cells.Int(0)] = {version, std::string(cells.Text(2))};
  });
  EXPECT_TRUE(status.ok()) << status;
  return content;
}

// Writes some random rows into `content` and into a transaction, and tries to commit it.
absl::Status CommitRandomRows(Database& database, std::mt19937_64& random, Content& content) {
  auto transaction = database.Begin();
  if (!transaction.ok()) return transaction.status();
  std::map<int64_t, Item> rows;
  for (uint64_t i = 0, count = 1 + random() % 200; i < count; ++i) {
    const auto key = static_cast<int64_t>(random() % 2000);
    rows[key] = {key, static_cast<int64_t>(random() % 10), std::string(random() % 300, static_cast<char>('a' + random() % 26))};
  }
  std::vector<Write> writes;
  for (const auto& [key, row] : rows) {
    const auto found = content.find(key);
    const int64_t version = found == content.end() ? 0 : found->second.first;
    const bool erase = version != 0 && random() % 4 == 0;
    writes.push_back({&row, version, erase});
    if (erase) {
      content.erase(key);
    } else {
      content[key] = {version + 1, row.name};
    }
  }
  auto missed = (*transaction)->Put(SpecOf<Item>(), writes);
  if (!missed.ok()) return missed.status();
  EXPECT_EQ(*missed, 0);
  return (*transaction)->Commit();
}

class PowerLossTest : public testing::Test {
 protected:
  Options options() const {
    Options options{"sqlite:" + folder_.File("test.db")};
    options.vfs = vfs_.name();
    options.wal_mib = 1;
    options.cache_mib = 1;
    return options;
  }
  // Opens as after a start of the machine.
  absl::Status Start() {
    database_ = nullptr;
    auto opened = Open(options());
    if (!opened.ok()) return opened.status();
    database_ = *std::move(opened);
    return database_->Migrate(TestSchema());
  }

  TestFolder folder_;
  PowerLossVfs vfs_{"power-loss-test"};
  std::unique_ptr<Database> database_;
};

TEST_F(PowerLossTest, KeepsTheLastCommitAndNothingOfAnOpenTransaction) {
  ASSERT_EQ(Start(), absl::OkStatus());
  PutAndCommit<Item>(*database_, {{1, 1, "committed"}});
  auto transaction = *database_->Begin();
  PutAll<Item>(*transaction, {{2, 1, "open"}});
  vfs_.Cut();
  EXPECT_FALSE(transaction->Commit().ok());
  transaction = nullptr;
  ASSERT_EQ(Start(), absl::OkStatus());
  EXPECT_EQ(Read(*database_), (Content{{1, {1, "committed"}}}));
}

// The test of the test: a write past the end of a file that was cut shows zeros before it, not what was there.
TEST(PowerLossDisk, ZerosBeforeAWritePastTheEndReachTheDisk) {
  TestFolder folder;
  CachedFile file(folder.File("f"));
  file.Create();
  file.Write(0, std::string(2000, 'x').data(), 2000);
  ASSERT_TRUE(file.Sync());
  file.Truncate(100);
  file.Write(1900, "y", 1);
  ASSERT_TRUE(file.Sync());
  std::ostringstream disk;
  disk << std::ifstream(folder.File("f")).rdbuf();
  EXPECT_EQ(disk.str(), std::string(100, 'x') + std::string(1800, '\0') + "y");
}

// The test of the test: without a sync at each commit the loss must show.
TEST_F(PowerLossTest, ShowsACommitThatWasNotSynced) {
  sqlite3* db = nullptr;
  const std::string file = folder_.File("lazy.db");
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  ASSERT_EQ(sqlite3_open_v2(file.c_str(), &db, flags, vfs_.name().c_str()), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE t(x); PRAGMA wal_checkpoint",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "INSERT INTO t VALUES(1)", nullptr, nullptr, nullptr), SQLITE_OK);
  vfs_.Cut();
  sqlite3_close(db);
  ASSERT_EQ(sqlite3_open_v2(file.c_str(), &db, flags, vfs_.name().c_str()), SQLITE_OK);
  int rows = -1;
  const auto count = [](void* out, int, char** values, char**) {
    *static_cast<int*>(out) = std::atoi(values[0]);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, "SELECT count(*) FROM t", count, &rows, nullptr), SQLITE_OK);
  EXPECT_EQ(rows, 0);
  sqlite3_close(db);
}

// The power goes inside any write or sync: in a commit, a checkpoint, the creation of the schema, the recovery from the last time.
TEST_F(PowerLossTest, CutAnywhereCommitsAreWholeAndDurable) {
  const uint64_t seed = Seed();
  std::mt19937_64 random(seed);
  Content durable;
  int committed = 0;
  int unclear = 0;
  constexpr int kCuts = 150;
  constexpr uint64_t kOperations[] = {40, 600, 4000};  // in a start, in a commit, in a checkpoint
  for (int cut = 0; cut < kCuts; ++cut) {
    // Half of the times the disk writes its cache in its own order before it stops.
    vfs_.CutAt(static_cast<int64_t>(1 + random() % kOperations[cut % 3]),
               cut % 2 == 0 ? std::nullopt : std::optional<uint64_t>(random()));
    Content next = durable;
    absl::Status status = Start();
    if (status.ok()) {
      EXPECT_EQ(Read(*database_), durable);
    }
    while (status.ok() && !vfs_.was_cut()) {
      next = durable;
      status = CommitRandomRows(*database_, random, next);
      if (!status.ok()) break;
      durable = next;
      ++committed;
      status = database_->Maintain();
    }
    EXPECT_TRUE(vfs_.was_cut()) << status;
    ASSERT_EQ(Start(), absl::OkStatus());
    const Content content = Read(*database_);
    ASSERT_THAT(content, AnyOf(Eq(durable), Eq(next))) << "seed " << seed << ", cut " << cut;
    if (content != durable) ++unclear;
    durable = content;
  }
  std::cout << committed << " commits and " << kCuts << " cuts; " << unclear << " commits were reported as failed and are there"
            << std::endl;
  EXPECT_GT(committed, kCuts / 4);
}

// One commit, cut at each of its writes and syncs in turn, by disks that keep nothing, something and all of their caches.
TEST_F(PowerLossTest, CutAtEveryStepOfACommitItIsThereOrNot) {
  constexpr uint64_t kDisks = 10;
  std::vector<Item> rows;
  for (int64_t i = 0; i < 40; ++i) rows.push_back({i, i % 3, std::string(200, 'x')});
  const auto all = [&](int64_t version) {
    Content content;
    for (size_t i = 0; i < rows.size() && version > 0; ++i) content[rows[i].item_id] = {version, rows[i].name};
    return content;
  };
  ASSERT_EQ(Start(), absl::OkStatus());
  int64_t version = 0;
  int64_t step = 0;
  int unclear = 0;
  for (bool cut = true; cut;) {
    cut = false;
    ++step;
    for (uint64_t disk = 0; disk < kDisks; ++disk) {
      SCOPED_TRACE(absl::StrCat("step ", step, ", disk ", disk));
      auto transaction = *database_->Begin();
      PutAll(*transaction, rows, version);
      vfs_.CutAt(step, disk == 0 ? std::nullopt : std::optional<uint64_t>(disk));
      const absl::Status status = transaction->Commit();
      transaction = nullptr;
      EXPECT_EQ(status.ok(), !vfs_.was_cut()) << status;
      cut = cut || vfs_.was_cut();
      vfs_.Cut();
      ASSERT_EQ(Start(), absl::OkStatus());
      const Content content = Read(*database_);
      const bool there = content == all(version + 1);
      ASSERT_TRUE(there || (!status.ok() && content == all(version)));
      if (there && !status.ok()) ++unclear;
      if (there) ++version;
    }
  }
  EXPECT_GT(step, 4);
  EXPECT_GT(unclear, 0) << "a disk that kept all has the commit that was reported as failed";
}

TEST_F(PowerLossTest, AFullDiskIsResourceExhaustedAndWorkGoesOnAfterwards) {
  std::mt19937_64 random(Seed());
  ASSERT_EQ(Start(), absl::OkStatus());
  Content durable;
  for (int64_t nth = 1; nth < 40; nth += 3) {
    Content next = durable;
    vfs_.FailAt(PowerLossVfs::Operation::kWrite, nth, SQLITE_FULL);
    const absl::Status status = CommitRandomRows(*database_, random, next);
    vfs_.Heal();
    if (!status.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    }
    if (status.ok()) durable = next;
    EXPECT_EQ(Read(*database_), durable);
    next = durable;
    ASSERT_TRUE(CommitRandomRows(*database_, random, next).ok()) << "after space was made";
    durable = next;
  }
  ASSERT_EQ(Start(), absl::OkStatus());
  EXPECT_EQ(Read(*database_), durable);
}

TEST_F(PowerLossTest, AFailedWriteIsUnavailable) {
  std::mt19937_64 random(Seed());
  ASSERT_EQ(Start(), absl::OkStatus());
  Content ignored;
  vfs_.FailAt(PowerLossVfs::Operation::kWrite, 1, SQLITE_IOERR_WRITE);
  const absl::Status status = CommitRandomRows(*database_, random, ignored);
  vfs_.Heal();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("test.db"));
}

// After a failed sync nobody knows what is on the disk, and the next sync may succeed without having written it: nothing may
// follow.
TEST_F(PowerLossTest, AFailedSyncEndsAllWritingUntilTheNextStart) {
  std::mt19937_64 random(Seed());
  ASSERT_EQ(Start(), absl::OkStatus());
  Content durable;
  ASSERT_TRUE(CommitRandomRows(*database_, random, durable).ok());
  Content next = durable;
  vfs_.FailAt(PowerLossVfs::Operation::kSync, 1, SQLITE_IOERR_FSYNC);
  EXPECT_TRUE(absl::IsDataLoss(CommitRandomRows(*database_, random, next)));
  vfs_.Heal();
  EXPECT_TRUE(absl::IsDataLoss(database_->Begin().status()));
  ASSERT_EQ(Start(), absl::OkStatus());
  EXPECT_THAT(Read(*database_), AnyOf(Eq(durable), Eq(next)));
}

TEST_F(PowerLossTest, AFullDiskInACheckpointIsToldAndTheNextOneGoesOn) {
  std::mt19937_64 random(Seed());
  ASSERT_EQ(Start(), absl::OkStatus());
  Content durable;
  for (int i = 0; i < 60; ++i) ASSERT_EQ(CommitRandomRows(*database_, random, durable), absl::OkStatus());
  const auto log_bytes = [&] { return std::filesystem::file_size(folder_.File("test.db-wal")); };
  for (const auto& [code, expected] : {std::pair(SQLITE_FULL, absl::StatusCode::kResourceExhausted),
                                       std::pair(SQLITE_IOERR_WRITE, absl::StatusCode::kUnavailable)}) {
    vfs_.FailAt(PowerLossVfs::Operation::kWrite, 3, code);
    EXPECT_EQ(database_->Maintain().code(), expected);
    vfs_.Heal();
    ASSERT_EQ(CommitRandomRows(*database_, random, durable), absl::OkStatus()) << "writing goes on";
  }
  EXPECT_EQ(database_->Maintain(), absl::OkStatus());
  const uintmax_t before = log_bytes();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(CommitRandomRows(*database_, random, durable), absl::OkStatus());
  EXPECT_LE(log_bytes(), before) << "the log starts again from its beginning";
  vfs_.Cut();
  ASSERT_EQ(Start(), absl::OkStatus());
  EXPECT_EQ(Read(*database_), durable);
}

TEST_F(PowerLossTest, AFailedSyncOfACheckpointKeepsTheLog) {
  std::mt19937_64 random(Seed());
  ASSERT_EQ(Start(), absl::OkStatus());
  Content durable;
  // Grows the log past its bound, so that Maintain has something to do.
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(CommitRandomRows(*database_, random, durable).ok());
  vfs_.FailAt(PowerLossVfs::Operation::kSync, 2, SQLITE_IOERR_FSYNC);  // the first is of the log, the second of the file
  EXPECT_TRUE(absl::IsDataLoss(database_->Maintain()));
  vfs_.Heal();
  EXPECT_FALSE(database_->Begin().ok());
  database_ = nullptr;
  vfs_.Cut();
  ASSERT_EQ(Start(), absl::OkStatus());
  EXPECT_EQ(Read(*database_), durable);
}

// Commits row after row and says so, until it is killed. Ends at an error, which the parent hears as an early end.
void CommitUntilKilled(const std::string& file) {
  PowerLossVfs vfs("power-loss-child");
  Options options{"sqlite:" + file};
  options.vfs = vfs.name();
  options.wal_mib = 1;
  auto database = Open(options);
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE((*database)->Migrate(TestSchema()).ok());
  for (auto i = static_cast<int64_t>(Read(**database).size() / 2);; ++i) {
    ASSERT_NO_FATAL_FAILURE(
        PutAndCommit<Item>(**database, {{2 * i, 1, std::string(1000, 'x')}, {2 * i + 1, 1, std::string(1000, 'y')}}));
    ASSERT_TRUE((*database)->Maintain().ok());
    SayToParent(absl::StrCat(i));
  }
}
const ChildRole kCommitUntilKilled("commit-until-killed", &CommitUntilKilled);

TEST(PowerLossChild, AKilledProcessLosesOnlyWhatItDidNotCommit) {
  std::mt19937_64 random(Seed());
  TestFolder folder;
  int64_t heard = -1;
  for (int kills = 0; kills < 10; ++kills) {
    Child child("commit-until-killed", folder.File("test.db"));
    for (uint64_t i = 0, wait = 1 + random() % 100; i < wait; ++i) ASSERT_TRUE(absl::SimpleAtoi(child.Hear(), &heard));
    child.Kill();
    for (std::string line = child.Hear(); !line.empty(); line = child.Hear()) ASSERT_TRUE(absl::SimpleAtoi(line, &heard));
    auto database = *Open({"sqlite:" + folder.File("test.db")});
    const auto rows = static_cast<int64_t>(Read(*database).size());
    EXPECT_EQ(rows % 2, 0) << "half a transaction";
    EXPECT_GE(rows / 2, heard + 1) << "a commit that was reported is gone";
    EXPECT_LE(rows / 2, heard + 2);
  }
}

}  // namespace
}  // namespace berdaya::store
