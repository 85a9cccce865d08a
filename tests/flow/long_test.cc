// Troubles of the machine and the broker that take their time: run by tests/long/flow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/flow/test_points.h"
#include "common/flow/testing/test_store.h"
#include "tests/flow/stage.h"

namespace berdaya::flow::testing {
namespace {

using bus::testing::Broker;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

std::vector<Family> Families(int from, int to, int64_t reported_at_s = 1) {
  std::vector<Family> families;
  for (int i = from; i < to; ++i)
    families.push_back({.ref = absl::StrCat("f", i), .members = 1 + i % 7, .reported_at_s = reported_at_s});
  return families;
}

// A broker that the test may break.
class LongTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto broker = Broker::Start();
    ASSERT_TRUE(broker.ok()) << broker.status();
    broker_ = *std::move(broker);
  }
  void Ok(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }
  int64_t Bytes(const bus::TopicPartition& partition) {
    const auto bytes = broker_->LogBytes(partition);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return bytes.value_or(0);
  }
  std::unique_ptr<Broker> broker_;
};

TEST_F(LongTest, ABrokerThatRestartsUnderLoad) {
  Stage stage(*broker_, 61);
  stage.Start();
  std::atomic<int> published = 0;
  std::thread publisher([&] {
    for (int i = 0; i < 60; ++i) {
      stage.Reports(Families(i * 50, i * 50 + 50));
      ++published;
      published.notify_all();
    }
  });
  const auto wait_for = [&](int batches) {
    for (int seen = published; seen < batches; seen = published) published.wait(seen);
  };
  for (auto take_down : {&Broker::Kill, &Broker::Stop, &Broker::Kill}) {
    wait_for(std::min(59, published + 5));
    Ok(((*broker_).*take_down)());
    Ok(broker_->Up());
  }
  publisher.join();
  stage.Reports(Families(0, 50, 2));
  ASSERT_TRUE(stage.Settle(absl::Minutes(2))) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true), "");
  std::cout << stage.found.repeats << " records twice in the log\n";
}

TEST_F(LongTest, AProcessThatSleepsThroughItsSession) {
  Stage stage(*broker_, 62);
  stage.Start();
  stage.Reports(Families(0, 500));
  stage.service->Signal(SIGSTOP);
  stage.Reports(Families(500, 600));
  stage.DisturbGroup();  // returns when the sleeper was thrown out and its partitions were given away
  stage.service->Signal(SIGCONT);
  stage.Reports(Families(600, 700));
  ASSERT_TRUE(stage.Settle()) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true), "");
}

// --- A broker that lost the tail of a partition ---

class LostTailTest : public LongTest {
 protected:
  // What is in this log now survives; what comes after is lost with `Lose`.
  void Mark(const bus::TopicPartition& partition) { marks_[partition] = Bytes(partition); }
  // The same for the service's outputs.
  void Mark(Stage& stage) {
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) Mark(bus::TopicPartition{stage.names.facts, p});
    Mark(bus::TopicPartition{bus::RepliesTopic(stage.names.provinces[0]), 0});
  }
  void Lose() {
    Ok(broker_->Stop());
    for (const auto& [partition, bytes] : marks_) {
      EXPECT_GT(Bytes(partition), bytes) << "nothing to lose in " << partition.topic;
      Ok(broker_->CutLog(partition, bytes));
    }
    Ok(broker_->Up());
  }
  std::map<bus::TopicPartition, int64_t> marks_;
};

TEST_F(LostTailTest, WhileTheServiceWasDown) {
  Stage stage(*broker_, 63);
  stage.Start();
  stage.Reports(Families(0, 100));
  ASSERT_TRUE(stage.Settle());
  Mark(stage);
  stage.Reports(Families(50, 200, 2));
  ASSERT_TRUE(stage.Settle());
  ASSERT_TRUE(stage.StopInOrder());
  Lose();
  stage.Start();
  stage.Reports(Families(0, 20, 3));
  ASSERT_TRUE(stage.Settle()) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true), "");
  EXPECT_EQ(stage.found.repeats, 0) << "exactly what was missing";
}

TEST_F(LostTailTest, UnderARunningService) {
  Stage stage(*broker_, 64);
  stage.Start();
  stage.Reports(Families(0, 100));
  ASSERT_TRUE(stage.Settle());
  Mark(stage);
  stage.Reports(Families(50, 200, 2));
  ASSERT_TRUE(stage.Settle());
  Lose();
  stage.Reports(Families(0, 100, 3));
  ASSERT_TRUE(stage.Settle()) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true), "");
}

// The broker forgets the producer with its records: it has written nothing before what is lost. So it writes what comes next behind
// the hole, and only the acknowledgement tells. What was lost comes behind that: nothing is missing, and nobody is told twice.
TEST_F(LostTailTest, UnderARunningServiceThatTheBrokerHasForgotten) {
  Stage stage(*broker_, 65);
  stage.Start();
  stage.Reports(Families(0, 100));
  ASSERT_TRUE(stage.Settle());
  ASSERT_TRUE(stage.StopInOrder());
  stage.Start();
  Mark(stage);
  stage.Reports(Families(50, 200, 2));
  ASSERT_TRUE(stage.Settle());
  Lose();
  stage.Reports(Families(0, 100, 3));
  ASSERT_TRUE(stage.Settle()) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true, /*any_order=*/true), "");
  EXPECT_GT(stage.found.repeats, 0) << "it did not forget; the test shows nothing";
}

TEST_F(LostTailTest, OfAProvincesReportsStopsTheServiceBeforeAnythingElseTakesTheirPlace) {
  Stage stage(*broker_, 66);
  const bus::TopicPartition reports{bus::ReportsTopic(66), 0};
  stage.Start();
  stage.Reports(Families(0, 10));
  Mark(reports);
  stage.Reports(Families(10, 20));
  ASSERT_TRUE(stage.Settle());
  Lose();
  EXPECT_THAT(stage.service->Await("stopped"),
              ContainsRegex("DATA_LOSS: province.66.reports.v1 partition 0: expected offset (19|20), got 10"));
  ASSERT_TRUE(stage.StopInOrder());
  stage.NewPublisher();
  stage.Reports(Families(100, 115));  // others in their place
  stage.StartAgain();
  EXPECT_THAT(stage.service->Await("stopped"), HasSubstr("DATA_LOSS: the log was cut and written again"));
}

// The log is longer than what the service has read when it looks again, so no offset shows that it is another one.
TEST_F(LostTailTest, OfAProvincesReportsStopsARunningServiceThoughMoreHaveTakenTheirPlace) {
  Stage stage(*broker_, 70);
  const bus::TopicPartition reports{bus::ReportsTopic(70), 0};
  stage.Start();
  stage.Reports(Families(0, 10));
  Mark(reports);
  stage.Reports(Families(10, 20));
  ASSERT_TRUE(stage.Settle());
  stage.service->Signal(SIGSTOP);
  Lose();
  stage.NewPublisher();
  stage.Reports(Families(100, 130));
  stage.service->Signal(SIGCONT);
  EXPECT_THAT(stage.service->Await("stopped"), HasSubstr("DATA_LOSS: the log was cut and written again"));
}

TEST_F(LostTailTest, OfAProvincesReportsThatAreSentAgainAsTheyWereGoesOn) {
  Stage stage(*broker_, 67);
  const bus::TopicPartition reports{bus::ReportsTopic(67), 0};
  stage.Start();
  stage.Reports(Families(0, 10));
  Mark(reports);
  stage.Reports(Families(10, 20));
  ASSERT_TRUE(stage.Settle());
  ASSERT_TRUE(stage.StopInOrder());
  Lose();
  stage.NewPublisher();
  stage.Reports(Families(10, 30));
  stage.Start();
  ASSERT_TRUE(stage.Settle()) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true), "");
}

// What an upstream service writes again when its broker forgot it: first what comes next, then what was lost and all that follows.
class LostFactsTest : public LostTailTest {
 protected:
  void SetUp() override {
    LostTailTest::SetUp();
    stage_ = std::make_unique<Stage>(*broker_, 71);
    stage_->Start();
    stage_->Report({.ref = "f0", .members = 1, .reported_at_s = 1});
    Graduate({1, 2, 3, 4});
    Mark(bus::TopicPartition{stage_->names.upstream, bus::PartitionOf("f0", bus::kFactPartitions)});
    Graduate({5, 6, 7});
    ASSERT_TRUE(stage_->Settle());
  }
  void TearDown() override {
    stage_.reset();
    LostTailTest::TearDown();
  }
  // Each case is one fact and has its sequence.
  void Graduate(const std::vector<int64_t>& sequences) {
    for (int64_t sequence : sequences) stage_->Graduate("f0", sequence, sequence);
  }
  void GoOn() {
    stage_->NewPublisher();
    Graduate({8, 9, 5, 6, 7, 8, 9, 10});
  }
  std::unique_ptr<Stage> stage_;
};

TEST_F(LostFactsTest, WhileTheReaderWasDown) {
  ASSERT_TRUE(stage_->StopInOrder());
  Lose();
  GoOn();
  stage_->Start();
  ASSERT_TRUE(stage_->Settle()) << stage_->service->Errors();
  EXPECT_EQ(stage_->Check(true), "");
}

TEST_F(LostFactsTest, UnderARunningReader) {
  Lose();
  GoOn();
  ASSERT_TRUE(stage_->Settle()) << stage_->service->Errors();
  EXPECT_EQ(stage_->Check(true), "");
}

TEST_F(LostFactsTest, BeforeTheReaderHadReadThem) {
  ASSERT_TRUE(stage_->StopInOrder());
  Graduate({8, 9});
  Lose();
  stage_->NewPublisher();
  Graduate({10, 11, 5, 6, 7, 8, 9, 10, 11});
  stage_->Start();
  ASSERT_TRUE(stage_->Settle()) << stage_->service->Errors();
  EXPECT_EQ(stage_->Check(true), "");
}

// --- The machine ---

TEST_F(LongTest, AFullDiskThatIsFreed) {
  if (OnPostgres()) GTEST_SKIP() << "the disk is the server's";
  const std::string disk = NewFolder();
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=12m") != 0) {
    rmdir(disk.c_str());
    GTEST_SKIP() << "mounting a small tmpfs needs root";
  }
  {
    Stage stage(*broker_, 68, disk);
    stage.Start();
    stage.Reports(Families(0, 100));
    ASSERT_TRUE(stage.Settle());
    const std::string ballast = disk + "/ballast";
    std::ofstream(ballast, std::ios::binary) << std::string(12 << 20, 'x');  // as much as fits
    stage.Reports(Families(100, 3000));
    EXPECT_TRUE(stage.service->AwaitErrors("transaction failed, trying again")) << stage.service->Errors();
    EXPECT_FALSE(stage.service->Ended());
    remove(ballast.c_str());
    EXPECT_TRUE(stage.Settle()) << stage.service->Errors();
    EXPECT_EQ(stage.Check(true), "");
    EXPECT_TRUE(stage.StopInOrder());
  }
  umount(disk.c_str());
  rmdir(disk.c_str());
}

// One database and one set of topics, killed again and again where chance has it.
TEST_F(LongTest, ManyLivesOfOneService) {
  const char* const given = getenv("BERDAYA_SEED");
  const uint64_t seed = given != nullptr ? strtoull(given, nullptr, 10) : 1;
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  Stage stage(*broker_, 69);
  int killed = 0;
  for (int life = 0; life < 60; ++life) {
    stage.Start(absl::StrCat(std::string(kTestPointNames[random() % kTestPointNames.size()]), ":", 1 + random() % 40));
    for (int i = 0; i < 4 && !stage.service->Ended(); ++i) {
      std::vector<Family> families = Families(0, 1 + static_cast<int>(random() % 40), life * 10 + i);
      if (random() % 3 == 0) families[0].name = "QUARANTINE";
      stage.OpenDays(1 + static_cast<int>(random() % 9));
      stage.Reports(families);
      if (stage.Confirm(absl::StrCat("r", life, "-", i)) && stage.Settle()) stage.Mend();
    }
    if (!stage.service->Ended()) stage.service->Signal(SIGKILL);
    ASSERT_TRUE(stage.service->AwaitEnd());
    ASSERT_EQ(stage.service->signal, SIGKILL) << stage.service->Errors();
    ++killed;
    ASSERT_EQ(life % 10 == 9 ? stage.Check(false) : "", "") << "seed " << seed << ", life " << life;
  }
  stage.Start();
  for (int life = 0; life < 60; ++life) {
    for (int i = 0; i < 4; ++i) stage.ConfirmAgain(absl::StrCat("r", life, "-", i));
  }
  ASSERT_TRUE(stage.Settle() && stage.Mend() && stage.Settle()) << stage.service->Errors();
  EXPECT_EQ(stage.Check(true), "") << "seed " << seed;
  std::cout << killed << " lives, " << stage.found.published << " reports, " << stage.found.facts << " facts, "
            << stage.found.repeats << " records twice in the log\n";
}

}  // namespace
}  // namespace berdaya::flow::testing
