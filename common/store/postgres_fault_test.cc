// PostgreSQL that fails: killed, restarted, silent, full; and several writers at once.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/store/child_testing.h"
#include "common/store/contract_testing.h"
#include "common/store/postgres_proxy_testing.h"
#include "common/store/small_disk_testing.h"
#include "common/testing/until.h"
#include "gmock/gmock.h"

namespace berdaya::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::Until;

using Fault = PostgresProxy::Fault;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// Begins as soon as the server takes it again.
std::unique_ptr<Transaction> BeginAgain(Database& database) {
  std::unique_ptr<Transaction> transaction;
  EXPECT_TRUE(Until([&] {
    auto begun = database.Begin();
    EXPECT_TRUE(begun.ok() || absl::IsUnavailable(begun.status())) << begun.status();
    if (begun.ok()) transaction = *std::move(begun);
    return transaction != nullptr;
  }));
  return transaction;
}

// Waits until somebody waits for a lock.
bool SomebodyWaits(TestCluster& cluster) {
  return Until([&] { return !cluster.Sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type='Lock'").empty(); });
}

// Tests that kill or stop the server have one of their own.
class PostgresFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new TestCluster(); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  // The server's process of the one open transaction.
  pid_t ServerProcess() {
    pid_t pid = 0;
    const auto rows = cluster_->Sql("SELECT pid FROM pg_stat_activity WHERE state='idle in transaction'");
    EXPECT_TRUE(rows.size() == 1 && absl::SimpleAtoi(rows[0], &pid));
    return pid;
  }

  // How often the server has begun to take connections.
  int TimesReady() {
    std::ifstream log(cluster_->folder() + "/postgres.log");
    int times = 0;
    for (std::string line; std::getline(log, line);) times += line.find("is ready to accept connections") != std::string::npos;
    return times;
  }

  static TestCluster* cluster_;
  const std::string url_ = cluster_->NewDatabase();
};
TestCluster* PostgresFaults::cluster_ = nullptr;

TEST_F(PostgresFaults, AKilledProcessOfTheServerIsUnavailableAndItsTransactionIsGone) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    auto database = OpenMigrated({url_});
    PutAndCommit<Total>(*database, {{1, 1, 1, 0}});
    auto snapshot = *database->Snapshot();
    snapshot = nullptr;  // waits in the pool
    auto transaction = *database->Begin();
    EXPECT_EQ(PutAll<Item>(*transaction, {{signal, 1, "lost"}}), 0);
    const int ready = TimesReady();
    ASSERT_EQ(kill(ServerProcess(), signal), 0);
    absl::Status status;
    EXPECT_TRUE(Until([&] {
      status = Get<Item>(*transaction, signal).status();
      return !status.ok();
    }));
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_TRUE(absl::IsUnavailable(transaction->Commit()));
    transaction = nullptr;
    // The server takes a killed process for a crash and begins anew with all of them.
    EXPECT_TRUE(signal == SIGTERM || Until([&] { return TimesReady() > ready; }));
    transaction = BeginAgain(*database);
    ASSERT_NE(transaction, nullptr);
    EXPECT_EQ(Find<Item>(*transaction, signal).second, 0);
    EXPECT_EQ(PutAll<Item>(*transaction, {{signal, 1, "kept"}}), 0);
    EXPECT_TRUE(transaction->Commit().ok());
    transaction = nullptr;
    EXPECT_EQ(Find<Item>(**database->Snapshot(), signal).first.name, "kept") << "the pool's connection was lost too";
  }
}

TEST_F(PostgresFaults, ARestartBetweenTransactionsIsNotNoticed) {
  auto database = OpenMigrated({url_});
  PutAndCommit<Item>(*database, {{1, 1, "a"}});
  EXPECT_EQ(Find<Item>(**database->Snapshot(), 1).second, 1);
  cluster_->Do("stop");
  EXPECT_TRUE(absl::IsUnavailable(database->Begin().status())) << database->Begin().status();
  EXPECT_TRUE(absl::IsUnavailable(database->Snapshot().status())) << database->Snapshot().status();
  cluster_->Do("start");
  PutAndCommit<Item>(*database, {{1, 1, "b"}}, 1);
  cluster_->Do("stop");
  cluster_->Do("start");
  PutAndCommit<Item>(*database, {{1, 1, "c"}}, 2);
  EXPECT_EQ(Find<Item>(**database->Snapshot(), 1), std::make_pair(Item{1, 1, "c"}, int64_t{3}));
}

TEST_F(PostgresFaults, WhatWasCommittedSurvivesAKilledServer) {
  auto database = OpenMigrated({url_});
  for (int64_t i = 0; i < 20; ++i) PutAndCommit<Item>(*database, {{i, 1, "a"}});
  cluster_->Do("kill");
  cluster_->Do("start");
  EXPECT_EQ(ScanAll<Item>(**database->Snapshot(), {}).size(), 20u);
}

TEST_F(PostgresFaults, ASilentServerIsGivenUp) {
  auto database = OpenMigrated({.url = url_ + "&connect_timeout=2", .statement_timeout_ms = 100});
  auto transaction = *database->Begin();
  cluster_->Do("pause");
  EXPECT_TRUE(absl::IsUnavailable(Get<Item>(*transaction, 1).status()));
  transaction = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(database->Begin().status()));
  cluster_->Do("resume");
  EXPECT_NE(BeginAgain(*database), nullptr);
}

// The answer to COMMIT is lost: the database is asked what became of it.
class PostgresLostCommit : public testing::Test {
 protected:
  static int Port() {
    const std::string& url = TestCluster::Shared().port_url();
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(url.substr(url.rfind(':') + 1, url.rfind('/') - url.rfind(':') - 1), &port));
    return port;
  }
  static std::string Through(int port) {
    TestCluster& cluster = TestCluster::Shared();
    const std::string schema = cluster.NewDatabase();
    std::string url = cluster.port_url();
    url.replace(url.rfind(':') + 1, url.rfind('/') - url.rfind(':') - 1, std::to_string(port));
    return absl::StrCat(url, "?sslmode=disable&", schema.substr(schema.find("options=")));
  }
  absl::Status PutAndLoseTheCommit(Fault fault) {
    auto transaction = *database_->Begin();
    EXPECT_EQ(PutAll<Item>(*transaction, {{1, 1, "a"}}), 0);
    proxy_.FailAt("COMMIT", fault);
    return transaction->Commit();
  }
  int64_t VersionFound() { return Find<Item>(**database_->Snapshot(), 1).second; }

  PostgresProxy proxy_{Port()};
  std::unique_ptr<Database> database_ =
      OpenMigrated({.url = Through(proxy_.port()), .busy_timeout_ms = 300, .statement_timeout_ms = 100});
};

TEST_F(PostgresLostCommit, IsOkIfItWasCommitted) {
  const absl::Status status = PutAndLoseTheCommit(Fault::kCutAfter);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(VersionFound(), 1);
}

TEST_F(PostgresLostCommit, IsUnavailableIfItWasNot) {
  const absl::Status status = PutAndLoseTheCommit(Fault::kCutBefore);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(VersionFound(), 0);
  PutAndCommit<Item>(*database_, {{1, 1, "again"}});
}

TEST_F(PostgresLostCommit, IsAskedForAfterSilenceToo) {
  const absl::Status status = PutAndLoseTheCommit(Fault::kSilence);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(VersionFound(), 1);
}

TEST_F(PostgresLostCommit, SaysSoIfNobodyCanBeAsked) {
  auto transaction = *database_->Begin();
  EXPECT_EQ(PutAll<Item>(*transaction, {{1, 1, "a"}}), 0);
  proxy_.Refuse(true);
  proxy_.FailAt("COMMIT", Fault::kCutAfter);
  const absl::Status status = transaction->Commit();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("whether it was committed could not be asked"));
  transaction = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(database_->Begin().status()));
  proxy_.Refuse(false);
  auto again = BeginAgain(*database_);
  EXPECT_EQ(PutAll<Item>(*again, {{1, 1, "a"}}), 1) << "the version tells";
}

// Two databases as two processes have them.
class PostgresWriters : public testing::Test {
 protected:
  TestCluster& cluster_ = TestCluster::Shared();
  const std::string url_ = cluster_.NewDatabase();
  std::unique_ptr<Database> one_ = OpenMigrated({url_});
  std::unique_ptr<Database> other_ = OpenMigrated({url_});
};

TEST_F(PostgresWriters, OfOneRowTheSecondCountsAConflict) {
  PutAndCommit<Item>(*one_, {{1, 1, "a"}, {2, 1, "a"}});
  auto first = *one_->Begin();
  EXPECT_EQ(PutAll<Item>(*first, {{2, 2, "first"}}, 1), 0);
  EXPECT_EQ(PutAll<Item>(*first, {{3, 2, "first"}}), 0);
  EXPECT_EQ(PutAll<Entry>(*first, {{"e", 1, "first"}}), 0);
  int64_t updates_missed = -1, inserts_missed = -1;
  std::thread second([&] {
    auto transaction = *other_->Begin();
    updates_missed = PutAll<Item>(*transaction, {{1, 3, "second"}, {2, 3, "second"}}, 1);
    EXPECT_TRUE(absl::IsAborted(transaction->Commit()));
    transaction = nullptr;
    transaction = *other_->Begin();
    inserts_missed = PutAll<Item>(*transaction, {{3, 3, "second"}, {4, 3, "second"}});
  });
  EXPECT_TRUE(SomebodyWaits(cluster_));
  EXPECT_TRUE(first->Commit().ok());
  first = nullptr;
  second.join();
  EXPECT_EQ(updates_missed, 1);
  EXPECT_EQ(inserts_missed, 1);
  EXPECT_THAT(ScanAll<Item>(**one_->Snapshot(), {}), ElementsAre(Item{1, 1, "a"}, Item{2, 2, "first"}, Item{3, 2, "first"}));
}

TEST_F(PostgresWriters, OfOneRowTheSecondGoesOnIfTheFirstGivesUp) {
  auto first = *one_->Begin();
  EXPECT_EQ(PutAll<Item>(*first, {{1, 1, "first"}}), 0);
  std::thread second([&] { PutAndCommit<Item>(*other_, {{1, 1, "second"}}); });
  EXPECT_TRUE(SomebodyWaits(cluster_));
  first = nullptr;
  second.join();
  EXPECT_THAT(ScanAll<Item>(**one_->Snapshot(), {}), ElementsAre(Item{1, 1, "second"}));
}

TEST_F(PostgresWriters, OfManyNewRowsTheSecondCountsWhatTheFirstHas) {
  auto first = *one_->Begin();
  EXPECT_EQ(PutAll<Item>(*first, {{50, 1, "first"}, {60, 1, "first"}}), 0);
  int64_t missed = -1;
  std::thread second([&] {
    std::vector<Item> items;
    for (int64_t i = 0; i < 100; ++i) items.push_back({i, 1, "second"});
    auto transaction = *other_->Begin();
    missed = PutAll(*transaction, items);
  });
  EXPECT_TRUE(SomebodyWaits(cluster_));
  EXPECT_TRUE(first->Commit().ok());
  second.join();
  EXPECT_EQ(missed, 2);
}

TEST_F(PostgresWriters, CountersAddUpInTheOrderOfCommits) {
  constexpr int kEach = 30;
  std::vector<int64_t> sums[2];
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto transaction = *(t == 0 ? one_ : other_)->Begin();
        const Total row{1, 1, 1, 0};
        const Write write{&row};
        EXPECT_TRUE(transaction
                        ->AddAndGet(SpecOf<Total>(), {&write, 1},
                                    [&](size_t, CellSource& cells, int64_t) { sums[t].push_back(cells.Int(2)); })
                        .ok());
        EXPECT_TRUE(transaction->Commit().ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int64_t> all(sums[0].begin(), sums[0].end());
  all.insert(sums[1].begin(), sums[1].end());
  EXPECT_EQ(all.size(), 2u * kEach) << "no sum twice";
  EXPECT_EQ(*all.rbegin(), 2 * kEach) << "and none left out";
}

TEST_F(PostgresWriters, ALockIsWaitedForUpToTheBusyTimeout) {
  auto impatient = OpenMigrated({.url = url_, .busy_timeout_ms = 50});
  auto first = *one_->Begin();
  EXPECT_EQ(PutAll<Item>(*first, {{1, 1, "first"}}), 0);
  auto second = *impatient->Begin();
  const Item row{1, 1, "second"};
  const Write write{&row};
  const absl::Status status = second->Put(SpecOf<Item>(), {&write, 1}).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("item"));
  EXPECT_EQ(second->Commit(), status);
  EXPECT_TRUE(absl::IsUnavailable(impatient->Begin().status())) << "one transaction of a process at a time";
  second = nullptr;
  EXPECT_TRUE(first->Commit().ok());
  PutAndCommit<Item>(*impatient, {{1, 1, "second"}}, 1);
}

TEST_F(PostgresWriters, ADeadlockAbortsOneAndLetsTheOtherGoOn) {
  const auto add = [](Transaction& transaction, int64_t region) {
    const Total row{region, 1, 1, 0};
    const Write write{&row};
    return transaction.Put(SpecOf<Total>(), {&write, 1}).status();
  };
  PutAndCommit<Total>(*one_, {{1, 1, 1, 0}, {2, 1, 1, 0}});
  auto first = *one_->Begin();
  auto second = *other_->Begin();
  EXPECT_TRUE(add(*first, 1).ok());
  EXPECT_TRUE(add(*second, 2).ok());
  absl::Status results[2];
  std::thread thread([&] {
    results[0] = add(*first, 2);
    if (!results[0].ok()) first = nullptr;
  });
  EXPECT_TRUE(SomebodyWaits(cluster_));
  results[1] = add(*second, 1);
  if (!results[1].ok()) second = nullptr;
  thread.join();
  EXPECT_NE(results[0].ok(), results[1].ok());
  EXPECT_TRUE(absl::IsAborted(results[results[0].ok() ? 1 : 0])) << results[0] << results[1];
}

// Rows in opposite orders from two processes: sorted by the store, they never wait in a circle.
TEST_F(PostgresWriters, RowsInAnyOrderDoNotLockEachOtherOut) {
  std::vector<Entry> entries;
  std::vector<Total> totals;
  for (int64_t i = 0; i < 500; ++i) {
    entries.push_back({absl::StrCat(i * 7 % 10), i, "x"});
    totals.push_back({i * 7919 % 500, 1, 1, 1});
  }
  PutAndCommit(*one_, totals);
  std::vector<std::thread> threads;
  for (Database* database : {one_.get(), other_.get()}) {
    threads.emplace_back([&, database] {
      std::vector<Total> rows = totals;
      if (database == one_.get()) std::reverse(rows.begin(), rows.end());
      for (int i = 0; i < 20; ++i) PutAndCommit(*database, rows);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Find<Total>(**one_->Snapshot(), {7, 1}).first.families, 41);
}

void PutAndStay(const std::string& url) {
  auto database = OpenMigrated({url});
  auto transaction = *database->Begin();
  PutAll<Item>(*transaction, {{1, 1, "child"}});
  SayToParent("written");
  WaitForParent();
}
const ChildRole kPutAndStay("postgres-put-and-stay", &PutAndStay);

TEST_F(PostgresWriters, AKilledProcessHoldsNothing) {
  Child child("postgres-put-and-stay", url_);
  ASSERT_EQ(child.Hear(), "written");
  child.Kill();
  PutAndCommit<Item>(*one_, {{1, 1, "parent"}});
}

TEST(PostgresFullDisk, IsResourceExhaustedAndLosesNothing) {
  TestCluster& cluster = TestCluster::Shared();
  const std::string path = cluster.folder() + "/disk";
  SmallDisk disk(path);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small tmpfs is not permitted here: " << std::strerror(errno) << "; run as root";
  struct stat server;
  ASSERT_EQ(stat(cluster.folder().c_str(), &server), 0);
  ASSERT_EQ(chown(path.c_str(), server.st_uid, server.st_gid), 0);
  cluster.Sql(absl::StrCat("CREATE TABLESPACE small LOCATION '", path, "'"));
  auto database = OpenMigrated({cluster.NewDatabase("%20-cdefault_tablespace%3Dsmall")});
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
  EXPECT_THAT(MessageOf(status), HasSubstr("item"));
  EXPECT_GT(committed, 0);
  disk.Resize("16m");
  EXPECT_EQ(ScanAll<Item>(**database->Snapshot(), {.limit = 1000000}).size(), static_cast<size_t>(committed * 100));
  PutAndCommit<Item>(*database, {{-1, 1, "after"}});
  database = nullptr;
}

}  // namespace
}  // namespace berdaya::store
