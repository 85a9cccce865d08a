#include "services/graduation/sweeps/advance_cases.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;

TEST(AdvanceCasesTest, TakesWhatIsDueOfItsPartitionAndLeavesTheRest) {
  flow::DecideFixture f(&TestEnv(), Tables());
  int64_t id = 1;
  const auto given = [&](int32_t partition, Day due) {
    CaseRow row;
    row.case_id = id++;
    row.family_id = row.case_id;
    row.partition = partition;
    row.state = v1::CASE_STATE_FOLLOWED;
    row.components = Components::From(OneChild());
    row.enrolled_on = Day::Of(2014, 7, 1);
    row.ends_on = Day::Of(2020, 6, 30);
    row.due_on = due;
    f.Given(row);
  };
  given(0, Day::Of(2019, 7, 1));
  given(0, Day::Of(2019, 7, 2));
  given(1, Day::Of(2019, 7, 1));
  given(0, Day{});
  f.OnDay(Day::Of(2019, 7, 1));
  const auto out = f.Sweep<AdvanceCases>(0);
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->size(), 1u);
  EXPECT_EQ(flow::FactOf<v1::TimeLimitWarned>((*out)[0]).case_id(), 1);
  EXPECT_EQ(f.Sweep<AdvanceCases>(0)->size(), 0u) << "what was decided is no longer due";
}

// What may happen to a family on a day, played into worlds that sweep differently.
class Script {
 public:
  Script(uint64_t seed, World& world, bool day_by_day)
      : random_(seed), sweeps_(seed * 7 + day_by_day), world_(world), day_by_day_(day_by_day) {}

  void Play() {
    Day day = Day::Of(2014, 7, 1);
    world_.OpenDay(day);
    for (int64_t family = 1; family <= kFamilies; ++family) world_.Register(family);
    for (int step = 0; step < 60; ++step) {
      const Day next = day + Number(step % 5 == 0 ? 400 : 40);
      Pass(day, next);
      day = next;
      for (int n = Number(3); n > 0; --n) Happen(1 + Number(kFamilies));
    }
    const Day end = day + 800;
    Pass(day, end);
    world_.Sweep();
  }

  static constexpr int kFamilies = 4;

 private:
  int Number(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }

  // The same days, either each opened and swept, or only the last opened, and swept or not before the next event.
  void Pass(Day from, Day to) {
    if (day_by_day_) {
      for (Day day = from + 1; day <= to; day = day + 1) {
        world_.OpenDay(day);
        world_.Sweep(1 + static_cast<int64_t>(sweeps_() % 3));
      }
    } else {
      world_.OpenDay(to);
      if (sweeps_() % 3 == 0) world_.Sweep();
    }
  }

  void Happen(int64_t family) {
    const Day day = world_.day();
    const std::string officer = "officer-" + std::to_string(Number(4));
    switch (Number(9)) {
      case 0:
      case 1:
        return world_.Enrol(day, Number(3) == 0 ? Nobody() : OneChild(), family);
      case 2:
        return world_.Recount(Nobody(), family);
      case 3:
        return world_.Recount(OneChild(), family);
      case 4:
        world_.Request(day, family);
        return;
      case 5:
        world_.Recommend(officer, day, static_cast<char>('a' + Number(3)), family);
        return;
      default:
        world_.Decide(static_cast<type::v1::GraduationVerdict>(1 + Number(3)), officer, "L-" + std::to_string(Number(1000)), 0,
                      family);
    }
  }

  std::mt19937_64 random_;  // what happens: the same in both worlds
  std::mt19937_64 sweeps_;  // when sweeps come by: not the same
  World& world_;
  const bool day_by_day_;
};

TEST(AdvanceCasesTest, SweepsAndEventsCommute) {
  uint64_t seed = static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  if (const char* given = std::getenv("BERDAYA_TEST_SEED")) {
    ASSERT_TRUE(absl::SimpleAtoi(given, &seed));
  }
  std::cout << "BERDAYA_TEST_SEED=" << seed << std::endl;
  size_t facts = 0;
  for (uint64_t run = 0; run < 30; ++run) {
    SCOPED_TRACE(testing::Message() << "BERDAYA_TEST_SEED=" << seed << ", run " << run);
    World each_day;
    World at_once;
    Script(seed + run, each_day, true).Play();
    Script(seed + run, at_once, false).Play();
    for (int64_t family = 1; family <= Script::kFamilies; ++family) {
      ASSERT_EQ(each_day.History(family), at_once.History(family)) << "family " << family;
      EXPECT_EQ(each_day.CaseOf(family), at_once.CaseOf(family));
      facts += each_day.History(family).size();
    }
    EXPECT_EQ(each_day.fixture().All<ProposalRow>(), at_once.fixture().All<ProposalRow>());
  }
  EXPECT_GT(facts, 500u) << "the script makes something happen";
}

}  // namespace
}  // namespace berdaya::graduation
