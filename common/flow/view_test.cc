#include "common/flow/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/flow/handlers.h"
#include "common/flow/testing/fault_database.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointee;

struct Person {
  int64_t id = 0;
  std::string name;
  static constexpr auto Describe() {
    return store::Table<Person>("person", store::Key(store::Field("id", &Person::id)),
                                store::Fields(store::Field("name", &Person::name)));
  }
};
struct Claim {
  int64_t number = 0;
  int64_t person = 0;
  static void LeadsTo(const Claim& claim, KeySet& keys) { keys.Want<Person>(claim.person); }
  static constexpr auto Describe() {
    return store::Table<Claim>("claim", store::Key(store::Field("number", &Claim::number)),
                               store::Fields(store::Field("person", &Claim::person)));
  }
};
// Leads to a claim, and so to a person.
struct Card {
  int32_t province = 0;
  std::string ref;
  int64_t claim = 0;
  static void LeadsTo(const Card& card, KeySet& keys) { keys.Want<Claim>(card.claim); }
  static constexpr auto Describe() {
    return store::Table<Card>("card", store::Key(store::Field("province", &Card::province), store::Field("ref", &Card::ref)),
                              store::Fields(store::Field("claim", &Card::claim)));
  }
};
struct Count {
  std::string name;
  int64_t value = 0;
  int64_t other = 0;
  static constexpr auto Describe() {
    return store::CounterTable<Count>("count", store::Key(store::Field("name", &Count::name)),
                                      store::Fields(store::Field("value", &Count::value), store::Field("other", &Count::other)));
  }
};

class ViewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_
                    ->Migrate({.tables = {&store::SpecOf<Person>(), &store::SpecOf<Claim>(), &store::SpecOf<Card>(),
                                          &store::SpecOf<Count>()}})
                    .ok());
  }
  void Begin() {
    transaction_ = faults_.Begin().value();
    view_.Begin(transaction_.get(), {});
    read_through_before_ = view_.read_through();
  }
  int64_t ReadThrough() const { return view_.read_through() - read_through_before_; }
  // Writes what the view holds; the next transaction sees it.
  absl::Status Commit() {
    absl::Status status = view_.Flush();
    if (status.ok()) status = transaction_->Commit();
    view_.Clear();
    transaction_.reset();
    return status;
  }
  template <class Row>
  void Given(Row row) {
    Begin();
    view_.Put<Row>(std::move(row));
    ASSERT_TRUE(Commit().ok());
  }
  // Another writer, between this transaction's read and its commit.
  template <class Row>
  void ChangedByOthers(Row) {
    faults_.Interleave(store::SpecOf<Row>().name, [](store::Database&) {});
  }
  std::string NameOf(int64_t id) {
    const Person* person = view_.Find<Person>(id);
    return person == nullptr ? "-" : person->name;
  }
  std::vector<int64_t> Ids(const store::ScanRange& range = {}) {
    std::vector<int64_t> ids;
    for (const Person& person : view_.Scan<Person>(range)) ids.push_back(person.id);
    return ids;
  }

  std::unique_ptr<store::Database> database_ = store::Open({.url = testing::NewTestUrl()}).value();
  testing::FaultDatabase faults_{*database_};
  std::unique_ptr<store::Transaction> transaction_;
  View view_{nullptr};
  int64_t read_through_before_ = 0;
};

TEST_F(ViewTest, ReadsItsOwnWrites) {
  Given(Person{1, "old"});
  Begin();
  EXPECT_EQ(NameOf(1), "old");
  view_.Put<Person>({1, "new"});
  EXPECT_EQ(NameOf(1), "new");
  view_.Erase<Person>(1);
  EXPECT_EQ(NameOf(1), "-");
  view_.Put<Person>({1, "again"});
  view_.Put<Person>({2, "second"});
  EXPECT_EQ(NameOf(2), "second");
  ASSERT_TRUE(Commit().ok());
  Begin();
  EXPECT_EQ(NameOf(1), "again");
  EXPECT_EQ(NameOf(2), "second");
  EXPECT_TRUE(view_.status().ok());
}

TEST_F(ViewTest, WhatIsClearedIsNotWritten) {
  Begin();
  view_.Put<Person>({1, "a"});
  view_.Add<Count>({"n", 1, 1});
  view_.Clear();
  ASSERT_TRUE(Commit().ok());
  Begin();
  EXPECT_EQ(NameOf(1), "-");
  EXPECT_FALSE(store::Get<Count>(*transaction_, "n").value().has_value());
}

TEST_F(ViewTest, CreatedAndErasedInOneBatchIsNeverWritten) {
  Begin();
  view_.Put<Person>({1, "a"});
  view_.Erase<Person>(1);
  view_.Erase<Person>(2);  // was never there
  const int64_t calls = faults_.calls();
  EXPECT_TRUE(view_.Flush().ok());
  EXPECT_LE(faults_.calls(), calls + 1);
  ASSERT_TRUE(transaction_->Commit().ok());
}

TEST_F(ViewTest, ReadsNamedKeysAndWhatTheyLeadToWithOneQueryATable) {
  Given(Person{7, "ada"});
  Given(Person{8, "eva"});
  Given(Claim{70, 7});
  Given(Claim{80, 8});
  Given(Card{33, "a", 70});
  Given(Card{33, "b", 80});
  Begin();
  const int64_t calls = faults_.calls();
  KeySet keys(view_);
  for (const char* ref : {"a", "b", "a", "missing"}) keys.Want<Card>({33, ref});
  keys.Want<Claim>(99);
  ASSERT_TRUE(view_.Load().ok());
  EXPECT_LE(faults_.calls() - calls, 4);  // claims are read once more for what the cards lead to
  const int64_t loaded = faults_.calls();
  EXPECT_EQ(NameOf(7), "ada");
  EXPECT_EQ(NameOf(8), "eva");
  EXPECT_EQ(view_.Find<Claim>(99), nullptr);
  EXPECT_EQ(view_.Find<Card>({33, "missing"}), nullptr);
  EXPECT_EQ(faults_.calls(), loaded);
  EXPECT_EQ(ReadThrough(), 0);
}

TEST_F(ViewTest, AKeyThatWasNotNamedIsReadThroughAndCounted) {
  Given(Person{7, "ada"});
  Given(Claim{70, 7});
  Begin();
  EXPECT_THAT(view_.Find<Claim>(70), Pointee(::testing::Field(&Claim::person, 7)));
  EXPECT_EQ(ReadThrough(), 1);
  EXPECT_EQ(NameOf(7), "ada");
  EXPECT_EQ(ReadThrough(), 1) << "the claim led to it";
  EXPECT_EQ(NameOf(1), "-");
  EXPECT_EQ(NameOf(1), "-");
  EXPECT_EQ(ReadThrough(), 2) << "what is not there is known, too";
}

TEST_F(ViewTest, OnlyNamedKeysAreTracked) {
  Begin();
  std::vector<uint64_t> named;
  KeySet keys(view_);
  keys.Want<Person>(1);
  keys.Track(&named);
  keys.Want<Person>(2);
  keys.ReadAhead<Person>(3);
  keys.Track(nullptr);
  keys.Want<Person>(4);
  EXPECT_THAT(named, ElementsAre(HashOfKey<Person>(2)));
}

TEST_F(ViewTest, PointersStayValidWhileOthersAreFound) {
  Given(Person{1, "first"});
  Begin();
  const Person* first = view_.Find<Person>(1);
  for (int64_t i = 2; i < 2000; ++i) view_.Find<Person>(i);
  EXPECT_EQ(first->name, "first");
  EXPECT_EQ(view_.Find<Person>(1), first);
}

TEST_F(ViewTest, AConflictIsAborted) {
  Given(Person{1, "old"});
  Begin();
  EXPECT_EQ(NameOf(1), "old");
  view_.Put<Person>({1, "new"});
  ChangedByOthers(Person{});
  EXPECT_TRUE(absl::IsAborted(Commit()));
}

TEST_F(ViewTest, AnInsertOfWhatExistsIsAConflict) {
  Given(Person{1, "old"});
  Begin();
  view_.Insert<Person>({1, "new"});
  EXPECT_EQ(NameOf(1), "new");
  EXPECT_TRUE(absl::IsAborted(Commit()));
  Begin();
  view_.Insert<Person>({2, "two"});
  view_.Put<Person>({2, "two, changed"});
  ASSERT_TRUE(Commit().ok());
  Begin();
  EXPECT_EQ(NameOf(2), "two, changed");
}

TEST_F(ViewTest, AScanSeesTheBatch) {
  for (int64_t id : {1, 2, 3, 4}) Given(Person{id, "p"});
  Begin();
  view_.Put<Person>({5, "new"});
  view_.Erase<Person>(2);
  EXPECT_THAT(Ids(), ElementsAre(1, 3, 4, 5));
  view_.Put<Person>({5, "changed after the scan"});
  view_.Put<Person>({2, "again"});
  view_.Erase<Person>(1);
  EXPECT_THAT(Ids({.limit = 2}), ElementsAre(2, 3));
  ASSERT_TRUE(Commit().ok());
  Begin();
  EXPECT_THAT(Ids(), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(NameOf(5), "changed after the scan");
  EXPECT_TRUE(view_.status().ok());
}

TEST_F(ViewTest, AConflictUnderAScanIsSeen) {
  Given(Person{1, "old"});
  Begin();
  EXPECT_EQ(NameOf(1), "old");
  view_.Put<Person>({1, "new"});
  ChangedByOthers(Person{});
  Ids();
  EXPECT_TRUE(absl::IsAborted(view_.status()));
}

TEST_F(ViewTest, CountersAddUpOverTheBatchAndTheTransactions) {
  for (int i = 0; i < 3; ++i) {
    Begin();
    view_.Add<Count>({"a", 1, 10});
    view_.Add<Count>({"b", 5, 0});
    view_.Add<Count>({"a", 2, -20});
    ASSERT_TRUE(Commit().ok());
  }
  Begin();
  const auto a = store::Get<Count>(*transaction_, "a").value();
  EXPECT_EQ(a->value, 9);
  EXPECT_EQ(a->other, -30);
  EXPECT_EQ(store::Get<Count>(*transaction_, "b").value()->value, 15);
}

TEST_F(ViewTest, AFailedReadIsRememberedUntilTheNextTransaction) {
  Given(Person{1, "a"});
  Begin();
  faults_.FailAt(1, absl::UnavailableError("busy"));
  EXPECT_EQ(view_.Find<Person>(1), nullptr);
  EXPECT_TRUE(absl::IsUnavailable(view_.status()));
  view_.Clear();
  transaction_.reset();
  Begin();
  EXPECT_TRUE(view_.status().ok());
  EXPECT_EQ(NameOf(1), "a");
}

TEST_F(ViewTest, DaysAreByPartition) {
  view_.Begin(nullptr, {calendar::Day::Of(2020, 1, 1), calendar::Day()});
  EXPECT_EQ(view_.DayOf(0), calendar::Day::Of(2020, 1, 1));
  EXPECT_TRUE(view_.DayOf(1).empty());
  EXPECT_TRUE(view_.DayOf(5).empty());
  EXPECT_TRUE(view_.DayOf(-1).empty());
  view_.SetDay(5, calendar::Day::Of(2020, 1, 2));
  EXPECT_EQ(view_.DayOf(5), calendar::Day::Of(2020, 1, 2));
}

// --- Handlers ---

struct TwoAtATime {
  using Row = Person;
  static store::ScanRange Due(int32_t, calendar::Day, int64_t limit) {
    return {.to = {int64_t{100}}, .limit = std::min<int64_t>(limit, 2)};
  }
  static void Prefetch(const Person& person, KeySet& keys) { keys.Want<Claim>(person.id); }
  static absl::StatusOr<Outcome> Decide(const Person& person, const Origin& origin, const View& view) {
    if (person.name == "bad") return absl::InvalidArgumentError("bad");
    EXPECT_EQ(origin.kind, InputKind::kSweep);
    view.Find<Claim>(person.id);
    Outcome out = Outcome::Done();
    out.Erase<Person>(person.id);
    return out;
  }
};

TEST_F(ViewTest, ASweepTakesWhatIsDueInChunksAndReadsAhead) {
  for (int64_t id : {1, 2, 3, 200}) Given(Person{id, "p"});
  Handlers handlers;
  handlers.OnDay<TwoAtATime>();
  ASSERT_EQ(handlers.sweeps().size(), 1u);
  Begin();
  std::vector<Swept> runs;
  do {
    absl::StatusOr<std::vector<Outcome>> outcomes = std::vector<Outcome>();
    runs.push_back(handlers.sweeps()[0].run(view_, 0, calendar::Day::Of(2020, 1, 1), 1000, outcomes));
    ASSERT_TRUE(outcomes.ok());
    EXPECT_EQ(ReadThrough(), 0) << "the swept rows and what they lead to are read ahead";
    for (Outcome& outcome : *outcomes) outcome.ApplyTo(view_);
    EXPECT_EQ(ReadThrough(), 0) << "a swept row is written without being read one by one";
  } while (runs.back().more);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].rows, 2);
  EXPECT_EQ(runs[1].rows, 1);
  EXPECT_THAT(Ids(), ElementsAre(200));
}

TEST_F(ViewTest, ASweepThatCannotDecideSaysSo) {
  Given(Person{1, "bad"});
  Handlers handlers;
  handlers.OnDay<TwoAtATime>();
  Begin();
  absl::StatusOr<std::vector<Outcome>> outcomes = std::vector<Outcome>();
  handlers.sweeps()[0].run(view_, 0, calendar::Day::Of(2020, 1, 1), 1000, outcomes);
  EXPECT_TRUE(absl::IsInvalidArgument(outcomes.status()));
}

TEST(HandlersTest, AreFoundByTheFullNameOfTheMessage) {
  const ServiceSpec spec = testing::TallySpec({});
  const Handler* handler = spec.handlers.Find("berdaya.province.v1.FamilyReported");
  ASSERT_NE(handler, nullptr);
  EXPECT_EQ(spec.handlers.Find("berdaya.province.v1.FamilyReporte"), nullptr);
  EXPECT_EQ(handler->new_response, nullptr) << "not a command";
  province::v1::FamilyReported report;
  report.mutable_info()->set_report_id("r");
  report.mutable_info()->set_office(5);
  report.set_local_family_ref("f");
  const ReportNames names = handler->names(report);
  EXPECT_EQ(names.report_id, "r");
  EXPECT_EQ(names.local_family_ref, "f");
  EXPECT_EQ(names.office, 5u);
  const Handler* command = spec.handlers.Find("berdaya.graduation.v1.ConfirmGraduationRequest");
  ASSERT_NE(command, nullptr);
  EXPECT_EQ(command->names, nullptr) << "not a report";
  EXPECT_EQ(command->new_response()->GetDescriptor()->full_name(), "berdaya.graduation.v1.ConfirmGraduationResponse");
}

}  // namespace
}  // namespace berdaya::flow
