// For tests of decide functions: a view over a real in-memory database, filled with rows, and one call that names keys, reads and
// decides as the engine does.
//
//   DecideFixture f(&env, Tables());
//   f.Given(FamilyRow{...});
//   absl::StatusOr<Outcome> out = f.Decide<OnFamilyReported>(report, f.Report(33));
//   EXPECT_EQ(out->FindPut<FamilyRow>()->version, 1);
//   auto fact = FactOf<v1::FamilyRegistered>(*out);
#ifndef BERDAYA_COMMON_FLOW_TESTING_DECIDE_FIXTURE_H_
#define BERDAYA_COMMON_FLOW_TESTING_DECIDE_FIXTURE_H_

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/flow/handlers.h"
#include "common/flow/tables.h"
#include "common/store/store.h"

namespace berdaya::flow {

class DecideFixture {
 public:
  // `tables`: the service's own. `env` outlives the fixture.
  DecideFixture(const void* env, std::vector<const store::TableSpec*> tables) : view_(env) {
    database_ = Must(store::Open({.url = "sqlite::memory:"}));
    store::Schema schema{.tables = FlowTables()};
    schema.tables.insert(schema.tables.end(), tables.begin(), tables.end());
    MustOk(database_->Migrate(schema));
    transaction_ = Must(database_->Begin());
    view_.Begin(transaction_.get(), std::vector<calendar::Day>(6));
  }

  // A row that is there before the decision.
  template <class Row>
  void Given(Row row) {
    view_.Put<Row>(std::move(row));
    MustOk(view_.Flush());
    view_.Clear();
  }

  // The day of every partition.
  void OnDay(calendar::Day day) {
    day_ = day;
    for (int32_t p = 0; p < 6; ++p) view_.SetDay(p, day);
  }

  // Origins as the engine makes them; every call is a new record.
  Origin Report(int province) {
    Origin origin{.kind = InputKind::kReport, .province = province, .offset = offset_++, .timestamp_ms = kNowMs, .day = day_};
    origin.position = Position::OfRecord(province, 1, origin.offset);
    origin.ce_id = "ce-test";
    return origin;
  }
  Origin Fact(int32_t partition = 0) {
    Origin origin{.kind = InputKind::kFact, .partition = partition, .offset = offset_++, .timestamp_ms = kNowMs, .day = day_};
    origin.position = Position::OfRecord(partition, 3, origin.offset);
    return origin;
  }
  Origin FromCommand(const Principal& principal, std::string_view request_id = "request-1") {
    Origin origin{.kind = InputKind::kCommand, .position = Position::OfCommand(++offset_), .day = day_};
    origin.principal = &principal;
    origin.request_id = request_id;
    return origin;
  }

  template <class H>
  absl::StatusOr<Outcome> Decide(const typename H::Message& message, const Origin& origin) {
    KeySet keys(view_);
    H::Prefetch(message, origin, keys);
    MustOk(view_.Load());
    const int64_t before = view_.read_through();
    absl::StatusOr<Outcome> outcome = H::Decide(message, origin, view_);
    MustOk(view_.status());
    read_through_ = view_.read_through() - before;
    return outcome;
  }

  // Decides and, if it is accepted, applies: for tests that tell a story.
  template <class H>
  absl::StatusOr<Outcome> Apply(const typename H::Message& message, const Origin& origin) {
    absl::StatusOr<Outcome> outcome = Decide<H>(message, origin);
    if (outcome.ok()) Keep(*outcome);
    return outcome;
  }

  // Runs a sweep as the engine does, once, and applies what it decides.
  template <class S>
  absl::StatusOr<std::vector<Outcome>> Sweep(int32_t partition = 0, int64_t limit = 1000) {
    Handlers handlers;
    handlers.OnDay<S>();
    absl::StatusOr<std::vector<Outcome>> outcomes = std::vector<Outcome>();
    handlers.sweeps()[0].run(view_, partition, day_, limit, outcomes);
    MustOk(view_.status());
    if (outcomes.ok()) {
      for (Outcome& outcome : *outcomes) Keep(outcome);
    }
    return outcomes;
  }

  // A row as it is now.
  template <class Row>
  std::optional<Row> Now(const store::KeyOf<Row>& key) {
    const Row* row = view_.Find<Row>(key);
    MustOk(view_.status());
    return row == nullptr ? std::nullopt : std::optional<Row>(*row);
  }
  template <class Row>
  std::vector<Row> All() {
    return view_.Scan<Row>({.limit = 1'000'000});
  }

  // Keys that the last Decide had to read because Prefetch had not named them.
  int64_t read_through() const { return read_through_; }
  View& view() { return view_; }
  // What is written so far; for counter tables, which the view cannot scan.
  store::Reader& reader() { return *transaction_; }

  static constexpr int64_t kNowMs = 1'600'000'000'000;  // 13 September 2020

 private:
  void Keep(Outcome& outcome) {
    outcome.ApplyTo(view_);
    MustOk(view_.Flush());
    view_.Clear();
  }
  static void MustOk(const absl::Status& status) {
    if (status.ok()) return;
    std::cerr << "DecideFixture: " << status << std::endl;
    std::abort();
  }
  template <class T>
  static T Must(absl::StatusOr<T> value) {
    MustOk(value.status());
    return *std::move(value);
  }

  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Transaction> transaction_;
  View view_;
  calendar::Day day_;
  int64_t offset_ = 0;
  int64_t read_through_ = 0;
};

// The facts (or notices) of one type that an outcome publishes, decoded, in order.
template <class M>
std::vector<M> PublishedOf(const Outcome& outcome) {
  std::vector<M> found;
  for (const Outgoing& record : outcome.outgoing()) {
    if (record.type == M::descriptor()->full_name()) found.emplace_back().ParseFromString(record.value);
  }
  return found;
}

// The one fact of this type; a default message if there is not exactly one.
template <class M>
M FactOf(const Outcome& outcome) {
  std::vector<M> found = PublishedOf<M>(outcome);
  return found.size() == 1 ? found[0] : M();
}

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_TESTING_DECIDE_FIXTURE_H_
