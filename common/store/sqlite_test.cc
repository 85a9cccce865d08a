// What only SQLite has: its files, its lock, its plans, its log, its result codes.
#include "common/store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/store/child_testing.h"
#include "common/store/contract_testing.h"
#include "common/store/scan_range.h"
#include "common/store/small_disk_testing.h"
#include "common/store/sqlite_connection.h"
#include "common/store/sqlite_error.h"
#include "common/store/sqlite_sql.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

Options FileOptions(const std::string& file) { return {"sqlite:" + file}; }

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(SqliteOpen, RefusesWhatItCannotOpen) {
  TestFolder folder;
  EXPECT_TRUE(absl::IsInvalidArgument(Open({"mysql:x"}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open({"sqlite:"}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Open({.url = "sqlite::memory:", .cache_mib = 0}).status()));
  const absl::Status status = Open(FileOptions(folder.File("none/test.db"))).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("none/test.db"));
}

TEST(SqliteOpen, AFileThatIsNoDatabaseIsDataLoss) {
  TestFolder folder;
  std::ofstream(folder.File("test.db")) << std::string(8192, 'x');
  const absl::Status status = Open(FileOptions(folder.File("test.db"))).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST(SqliteOpen, ADamagedPageIsDataLossAndEndsAllWriting) {
  TestFolder folder;
  const std::string file = folder.File("test.db");
  std::vector<Item> items;
  for (int64_t i = 0; i < 5000; ++i) items.push_back({i, 1, "some text to fill pages"});
  PutAndCommit(*OpenMigrated(FileOptions(file)), items);
  const int fd = open(file.c_str(), O_RDWR | O_CLOEXEC);
  const std::string garbage(4096, '\xee');
  for (int page = 10; page < 40; ++page) ASSERT_EQ(pwrite(fd, garbage.data(), garbage.size(), page * 4096), 4096);
  close(fd);
  auto database = OpenMigrated(FileOptions(file));
  PutAndCommit<Total>(*database, {{1, 1, 1, 1}});
  auto transaction = *database->Begin();
  EXPECT_TRUE(absl::IsDataLoss(ScanRows<Item>(*transaction, {.limit = 100000}).status()));
  transaction = nullptr;
  EXPECT_TRUE(absl::IsDataLoss(database->Begin().status()));
  database = nullptr;
  EXPECT_GT(std::filesystem::file_size(file + "-wal"), 0u) << "the log stays for whoever repairs the file";
}

TEST(SqliteOpen, OnlyItsUserReadsTheFile) {
  TestFolder folder;
  auto database = OpenMigrated(FileOptions(folder.File("test.db")));
  for (const char* name : {"test.db", "test.db-wal"}) {
    struct stat status;
    ASSERT_EQ(stat(folder.File(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

TEST(SqliteOpen, AfterACheckpointTheFileAloneIsABackup) {
  TestFolder folder;
  auto database = OpenMigrated(FileOptions(folder.File("test.db")));
  PutAndCommit<Item>(*database, {{1, 1, "a"}, {2, 1, "b"}});
  ASSERT_TRUE(database->Checkpoint().ok());
  std::filesystem::copy_file(folder.File("test.db"), folder.File("copy.db"));
  auto copy = OpenMigrated(FileOptions(folder.File("copy.db")));
  EXPECT_EQ(ScanRows<Item>(**copy->Snapshot(), {.limit = 10})->size(), 2u);
}

TEST(SqliteOpen, AFileThatIsTakenAwayEndsAllWriting) {
  for (const bool replaced : {false, true}) {
    TestFolder folder;
    auto database = OpenMigrated(FileOptions(folder.File("test.db")));
    EXPECT_TRUE(database->Maintain().ok());
    std::filesystem::rename(folder.File("test.db"), folder.File("old.db"));
    if (replaced) std::filesystem::copy_file(folder.File("old.db"), folder.File("test.db"));
    const absl::Status status = database->Maintain();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(MessageOf(status), HasSubstr("removed or replaced"));
    EXPECT_TRUE(absl::IsDataLoss(database->Begin().status()));
  }
}

TEST(SqliteLock, RefusesASecondWriterInThisProcess) {
  TestFolder folder;
  auto database = OpenMigrated(FileOptions(folder.File("test.db")));
  EXPECT_TRUE(absl::IsFailedPrecondition(Open(FileOptions(folder.File("test.db"))).status()));
  std::filesystem::create_symlink(folder.File("test.db"), folder.File("other.db"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Open(FileOptions(folder.File("other.db"))).status())) << "the same file by another name";
  database = nullptr;
  EXPECT_TRUE(Open(FileOptions(folder.File("test.db"))).ok());
}

// Opens the file, says what came of it, and stays until it is killed or its parent is gone.
void OpenAndStay(const std::string& file) {
  auto database = Open(FileOptions(file));
  SayToParent(database.ok() ? "held" : absl::StrCat("refused: ", MessageOf(database.status())));
  WaitForParent();
}
const ChildRole kOpenAndStay("open-and-stay", &OpenAndStay);

TEST(SqliteLock, RefusesASecondProcessAndForgetsAKilledOne) {
  TestFolder folder;
  const std::string file = folder.File("test.db");
  {
    auto database = OpenMigrated(FileOptions(file));
    PutAndCommit<Item>(*database, {{1, 1, "a"}});
    Child child("open-and-stay", file);
    EXPECT_THAT(child.Hear(), AllOf(HasSubstr("refused: "), HasSubstr(file), HasSubstr(absl::StrCat("process ", getpid()))));
  }
  Child child("open-and-stay", file);
  ASSERT_EQ(child.Hear(), "held");
  const absl::Status status = Open(FileOptions(file)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr(absl::StrCat("process ", child.pid())));
  child.Kill();
  auto database = OpenMigrated(FileOptions(file));
  EXPECT_EQ(Find<Item>(**database->Snapshot(), 1).first.name, "a");
}

TEST(SqliteLock, AForeignReaderIsNotHindered) {
  TestFolder folder;
  auto database = OpenMigrated(FileOptions(folder.File("test.db")));
  PutAndCommit<Item>(*database, {{1, 1, "a"}});
  auto transaction = *database->Begin();
  PutAll<Item>(*transaction, {{2, 1, "b"}});
  sqlite3* foreign = nullptr;
  ASSERT_EQ(sqlite3_open_v2(folder.File("test.db").c_str(), &foreign, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  std::string names;
  const auto collect = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0];
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(foreign, "SELECT name FROM item", collect, &names, nullptr), SQLITE_OK);
  EXPECT_EQ(names, "a");
  sqlite3_close(foreign);
  EXPECT_TRUE(transaction->Commit().ok());
}

TEST(SqliteWriter, ASecondTransactionWaitsAndThenIsUnavailable) {
  auto database = OpenMigrated({.url = "sqlite::memory:", .busy_timeout_ms = 20});
  auto transaction = *database->Begin();
  EXPECT_TRUE(absl::IsUnavailable(database->Begin().status()));
  transaction = nullptr;
  EXPECT_TRUE(database->Begin().ok());
}

TEST(SqliteWriter, AForeignWriterIsUnavailable) {
  TestFolder folder;
  Options options = FileOptions(folder.File("test.db"));
  options.busy_timeout_ms = 20;
  auto database = OpenMigrated(options);
  sqlite3* foreign = nullptr;
  ASSERT_EQ(sqlite3_open(folder.File("test.db").c_str(), &foreign), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(foreign, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_TRUE(absl::IsUnavailable(database->Begin().status()));
  sqlite3_close(foreign);
  EXPECT_TRUE(database->Begin().ok());
}

// The plan of a statement, as SQLite explains it.
std::string PlanOf(Connection& connection, const std::string& sql) {
  auto rows = connection.Query("EXPLAIN QUERY PLAN " + sql, "plan");
  EXPECT_TRUE(rows.ok()) << rows.status() << " " << sql;
  std::string plan;
  if (rows.ok()) {
    for (const auto& row : *rows) absl::StrAppend(&plan, row[3], "\n");
  }
  return plan;
}

TEST(SqlitePlans, EveryScanSearchesItsIndexAndNeverSorts) {
  TestFolder folder;
  OpenMigrated(FileOptions(folder.File("test.db")));
  auto connection = *Connection::Open(folder.File("test.db"), FileOptions(folder.File("test.db")), Connection::Mode::kReader);
  for (const TableSpec* table : {&SpecOf<Item>(), &SpecOf<Entry>(), &SpecOf<Total>()}) {
    for (int index = -1; index < static_cast<int>(table->indexes.size()); ++index) {
      const int columns = static_cast<int>(ColumnsOfIndex(*table, index).size());
      for (int from = 0; from <= columns; ++from) {
        for (int to = 0; to <= columns; ++to) {
          for (ScanPart part : PartsOfScan(*table, index, static_cast<size_t>(from))) {
            const std::string plan = PlanOf(*connection, ScanSql(*table, {part, index, from, from > 0, to}));
            EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE")));
            EXPECT_THAT(plan, HasSubstr(from + to > 0 ? "SEARCH" : "SCAN"));
            EXPECT_THAT(plan, HasSubstr(index < 0 ? "" : table->indexes[index].name));
            if (from > 1 && part != ScanPart::kBeyondPrefix) {
              EXPECT_THAT(plan, AnyOf(HasSubstr(")>("), HasSubstr("=? AND ")))
                  << "searched by all cells of the bound, not the first alone";
            }
          }
        }
      }
    }
    EXPECT_THAT(PlanOf(*connection, SelectSql(*table)), AllOf(HasSubstr("SCAN b"), HasSubstr("SEARCH t")));
  }
}

class SqliteLog : public testing::Test {
 protected:
  static constexpr uintmax_t kMib = 1024 * 1024;

  SqliteLog() {
    Options options = FileOptions(folder_.File("test.db"));
    options.wal_mib = 1;
    database_ = OpenMigrated(options);
  }
  // Writes a transaction of half a mebibyte.
  void WriteMore() {
    std::vector<Item> items;
    for (int64_t i = 0; i < 2000; ++i, ++next_) items.push_back({next_, i, std::string(200, 'x')});
    PutAndCommit(*database_, items);
  }
  uintmax_t Bytes(const std::string& name) const { return std::filesystem::file_size(folder_.File(name)); }

  TestFolder folder_;
  std::unique_ptr<Database> database_;
  int64_t next_ = 0;
};

TEST_F(SqliteLog, StaysBoundedAndIsMovedByMaintain) {
  for (int round = 0; round < 40; ++round) {
    WriteMore();
    ASSERT_TRUE(database_->Maintain().ok());
    EXPECT_LT(Bytes("test.db-wal"), 4 * kMib);
  }
  EXPECT_GT(Bytes("test.db"), 10 * kMib) << "the rows are in the file, not in the log";
}

TEST_F(SqliteLog, StaysBoundedWithoutMaintain) {
  for (int round = 0; round < 40; ++round) WriteMore();
  EXPECT_LT(Bytes("test.db-wal"), 12 * kMib);
}

TEST_F(SqliteLog, ASnapshotHoldsItOnlyWhileItIsThere) {
  auto snapshot = *database_->Snapshot();
  for (int round = 0; round < 20; ++round) {
    WriteMore();
    ASSERT_TRUE(database_->Maintain().ok());
  }
  EXPECT_GT(Bytes("test.db-wal"), 4 * kMib);
  EXPECT_EQ(Find<Item>(*snapshot, 0).second, 0);
  snapshot = nullptr;
  EXPECT_TRUE(database_->Maintain().ok());
  PutAndCommit<Item>(*database_, {{-1, 1, "the first in the log again"}});
  EXPECT_LE(Bytes("test.db-wal"), 2 * kMib) << "cut to twice wal_mib when it starts again";
}

TEST(SqliteStatus, MapsEveryKindOfFailure) {
  EXPECT_TRUE(absl::IsUnavailable(SqliteStatus(SQLITE_BUSY, 0, "f")));
  EXPECT_TRUE(absl::IsAborted(SqliteStatus(SQLITE_BUSY_SNAPSHOT, 0, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_FULL, 0, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_IOERR_WRITE, ENOSPC, "f")));
  EXPECT_TRUE(absl::IsUnavailable(SqliteStatus(SQLITE_IOERR_READ, EIO, "f")));
  EXPECT_TRUE(absl::IsDataLoss(SqliteStatus(SQLITE_IOERR_FSYNC, ENOSPC, "f"))) << "written or not: nobody knows";
  EXPECT_TRUE(absl::IsDataLoss(SqliteStatus(SQLITE_IOERR_DIR_FSYNC, EIO, "f")));
  EXPECT_TRUE(absl::IsDataLoss(SqliteStatus(SQLITE_IOERR_DATA, 0, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_IOERR_SHMSIZE, 0, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_IOERR_NOMEM, 0, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_IOERR_TRUNCATE, EDQUOT, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_IOERR_WRITE, EFBIG, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_NOMEM, 0, "f")));
  EXPECT_TRUE(absl::IsResourceExhausted(SqliteStatus(SQLITE_CANTOPEN, EMFILE, "f")));
  EXPECT_TRUE(absl::IsUnavailable(SqliteStatus(SQLITE_PROTOCOL, 0, "f")));
  EXPECT_THAT(MessageOf(SqliteStatus(SQLITE_BUSY, ENOSPC, "f")), Not(HasSubstr("space"))) << "the number is of some call before";
  EXPECT_TRUE(absl::IsFailedPrecondition(SqliteStatus(SQLITE_READONLY_DBMOVED, 0, "f")));
  EXPECT_TRUE(absl::IsDataLoss(SqliteStatus(SQLITE_CORRUPT_INDEX, 0, "f")));
  EXPECT_TRUE(absl::IsDataLoss(SqliteStatus(SQLITE_NOTADB, 0, "f")));
  EXPECT_TRUE(absl::IsFailedPrecondition(SqliteStatus(SQLITE_CANTOPEN, 0, "f")));
  EXPECT_TRUE(absl::IsInvalidArgument(SqliteStatus(SQLITE_CONSTRAINT_NOTNULL, 0, "f")));
  EXPECT_THAT(MessageOf(SqliteStatus(SQLITE_FULL, 0, "/data/registry.db: family")), HasSubstr("/data/registry.db: family"));
}

// Lets this process open no more files, for as long as the object is there.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST(SqliteOpenFiles, UsedUpAreResourceExhaustedAndWorkGoesOnAfterwards) {
  TestFolder folder;
  auto database = OpenMigrated(FileOptions(folder.File("test.db")));
  {
    NoMoreFiles limit;
    EXPECT_TRUE(absl::IsResourceExhausted(database->Snapshot().status())) << database->Snapshot().status();
    EXPECT_TRUE(absl::IsResourceExhausted(Open(FileOptions(folder.File("other.db"))).status()));
  }
  EXPECT_TRUE(database->Snapshot().ok());
  PutAndCommit<Item>(*database, {{1, 1, "a"}});
}

TEST(SqliteFullDisk, IsResourceExhaustedAndLosesNothing) {
  TestFolder folder;
  SmallDisk disk(folder.File("disk"));
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small tmpfs is not permitted here: " << std::strerror(errno) << "; run as root";
  const std::string file = folder.File("disk/test.db");
  auto database = OpenMigrated(FileOptions(file));
  int64_t committed = 0;
  absl::Status status;
  while (status.ok() && committed < 1000) {
    std::vector<Item> items;
    for (int64_t i = 0; i < 100; ++i) items.push_back({committed * 100 + i, 1, std::string(500, 'x')});
    std::vector<Write> writes;
    for (const Item& item : items) writes.push_back({&item, 0, false});
    auto transaction = *database->Begin();
    status = transaction->Put(SpecOf<Item>(), writes).status();
    if (status.ok()) status = transaction->Commit();
    if (status.ok()) ++committed;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr(file));
  EXPECT_GT(committed, 0);
  // Still there, for reading and for the next start.
  EXPECT_EQ(ScanAll<Item>(**database->Snapshot(), {.limit = 1000000}).size(), static_cast<size_t>(committed * 100));
  database = nullptr;
  disk.Resize("16m");
  database = OpenMigrated(FileOptions(file));
  EXPECT_EQ(ScanAll<Item>(**database->Snapshot(), {.limit = 1000000}).size(), static_cast<size_t>(committed * 100));
  PutAndCommit<Item>(*database, {{-1, 1, "after"}});
}

}  // namespace
}  // namespace berdaya::store
