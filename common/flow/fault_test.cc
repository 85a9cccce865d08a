// A store that fails at its n-th call, for every n: nothing is half done, nothing is done twice, nobody is told twice.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow::testing {
namespace {

using calendar::Day;

// A story that goes through every part of the path, with the store failing where it is told to.
class Story {
 public:
  explicit Story(bool restarts) : restarts_(restarts) {}

  // Fails the n-th call of the story. Returns whether the story has that many calls.
  bool Run(int64_t nth, const absl::Status& failure) {
    failure_ = failure;
    if (nth > 0) faults_.FailAt(nth, failure);
    Start();
    Do([&] { return service_->Settle(); });
    world_.OpenDay(Day::Of(2020, 7, 1));
    Do([&] { return service_->Settle(); });
    for (int i = 0; i < 6; ++i)
      world_.Report(33, {.ref = absl::StrCat("f", i % 4), .members = i + 1, .reported_at_s = i, .kk = i % 2 + 1u});
    world_.Ask(33, "f0");
    const int64_t held = world_.Report(33, {.ref = "h", .name = "QUARANTINE"});
    world_.Report(33, {.ref = "h", .reported_at_s = 2});
    const int64_t dropped = world_.Report(33, {.ref = "d", .name = "QUARANTINE"});
    Do([&] { return service_->Settle(); });
    for (int i = 0; i < 5; ++i) world_.Graduate(33, absl::StrCat("f", i), i + 1);
    world_.AnswerAsks();
    world_.OpenDay(Day::Of(2020, 9, 10));
    Do([&] { return service_->Settle(3); });
    Command_("r1");
    Do([&] { return service_->engine.Repair({bus::ReportsTopic(33), 0}, held, FamilyReport({.ref = "h", .members = 3})); });
    Do([&] {
      const absl::Status status = service_->engine.Discard({bus::ReportsTopic(33), 0}, dropped);
      return absl::IsNotFound(status) ? absl::OkStatus() : status;  // done, and the error came after it
    });
    Do([&] { return service_->engine.Replay().status(); });
    world_.Report(33, {.ref = "h", .members = 7, .reported_at_s = 3});
    Do([&] { return service_->Settle(); });
    world_.now_ms += absl::ToInt64Milliseconds(absl::Hours(1));
    Do([&] { return service_->engine.Maintain(service_->relay->KnownCursors(), absl::Minutes(1)).status(); });
    Command_("r1");
    Command_("r2");
    Do([&] { return service_->Settle(); });
    const bool happened = nth <= 0 || !faults_.pending();
    calls = faults_.calls();
    faults_.Heal();
    TallyChecks checks{.last_day = Day::Of(2020, 9, 10), .commands = 2, .counts = TallyCounts(*database_)};
    checks.repairs[{33, held}] = FamilyReport({.ref = "h", .members = 3});
    checks.repairs[{33, dropped}] = std::nullopt;
    problems = world_.CheckedTo(checks);
    if (service_->engine.parked() != 0) problems += "\nsomething is parked still";
    return happened;
  }

  std::string problems;
  int64_t calls = 0;

 private:
  void Start() {
    service_.reset();
    service_ = std::make_unique<TallyProcess>(world_, faults_);
    for (absl::Status status = service_->Open(); !status.ok(); status = service_->Open()) Expect(status);
  }

  // Tries until it works, as the runner does: again with the same batch, or with a new consumer where that one is beyond use.
  void Do(const std::function<absl::Status()>& work) {
    for (absl::Status status = work(); !status.ok(); status = work()) {
      if (absl::IsCancelled(status)) continue;  // polled before it joined again, and dropped
      Expect(status);
      if (restarts_) {
        Start();
      } else {
        for (status = service_->Join(); !status.ok(); status = service_->Join()) Expect(status);
      }
    }
  }
  void Expect(const absl::Status& status) { EXPECT_EQ(status.code(), failure_.code()) << status; }

  void Command_(const std::string& id) {
    Do([&] { return service_->Confirm(id, 1).status(); });
  }

  const bool restarts_;
  absl::Status failure_;
  World world_;
  std::unique_ptr<store::Database> database_ = NewTallyDatabase();
  FaultDatabase faults_{*database_};
  std::unique_ptr<TallyProcess> service_;
};

void FailEveryCall(bool restarts) {
  Story whole(restarts);
  whole.Run(0, absl::UnavailableError("none"));
  ASSERT_EQ(whole.problems, "");
  int64_t failed = 0;
  for (int64_t n = 1;; ++n) {
    Story story(restarts);
    const bool happened = story.Run(n, absl::UnavailableError("the test's fault"));
    ASSERT_EQ(story.problems, "") << "the store failed at call " << n << " of " << story.calls;
    if (!happened) break;
    ++failed;
  }
  EXPECT_EQ(failed, whole.calls);
}

TEST(FaultTest, AStoreThatFailsAtAnyCallWhileTheProcessGoesOn) { FailEveryCall(false); }

TEST(FaultTest, AStoreThatFailsAtAnyCallAndTheProcessEnds) { FailEveryCall(true); }

}  // namespace
}  // namespace berdaya::flow::testing
