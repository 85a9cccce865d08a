#include "services/reporting/events/fact.h"

#include <optional>
#include <utility>

#include "common/bus/topics.h"
#include "common/status/status.h"
#include "services/reporting/events/count.h"

namespace berdaya::reporting {
namespace {

// The row of `key` that comes after the fact, or nullopt where the fact is a repeat.
template <class Row>
absl::StatusOr<std::optional<Row>> Next(int64_t key, const Row* known, const type::v1::FactInfo& info, std::string_view topic) {
  const absl::StatusOr<Fit> fit = FitOf(known == nullptr ? 0 : known->version, info.version(), topic);
  if (!fit.ok()) return fit.status();
  if (*fit == Fit::kRepeat) return std::nullopt;
  Row next = known == nullptr ? store::RowWithKey<Row>(key) : *known;
  next.version = info.version();
  return next;
}

absl::Status CheckCase(int64_t case_id) {
  return case_id > 0 ? absl::OkStatus() : Invalid("case_missing", "case_id", "a fact names its case");
}

// What is reached once and stays counted where that was.
void CountReached(const FamilyRow&, const FamilyRow&, const FactHead&, flow::Outcome&) {}
void CountReached(const CaseRow& before, const CaseRow& after, const FactHead& head, flow::Outcome& out) {
  if (after.money_separated && !before.money_separated) Count(head.village, head.day, v1::INDICATOR_MONEY_SEPARATED, 1, out);
}

// For rows that lie in a village.
template <class Row>
absl::StatusOr<flow::Outcome> Learn(const type::v1::FactInfo& info, int64_t key, std::string_view topic, const flow::View& view,
                                    absl::FunctionRef<void(Row&)> learn) {
  const absl::StatusOr<FactHead> head = ReadHead(info);
  if (!head.ok()) return head.status();
  const Row* known = view.Find<Row>(key);
  absl::StatusOr<std::optional<Row>> next = Next(key, known, info, topic);
  if (!next.ok()) return next.status();
  flow::Outcome out = flow::Outcome::Done();
  if (!next->has_value()) return out;
  Row& after = **next;
  after.village = head->village;
  learn(after);
  const Row before = known == nullptr ? Row{.village = head->village} : *known;
  CountChange(before.village, StocksOf(before), after.village, StocksOf(after), head->day, out);
  CountReached(before, after, *head, out);
  out.Put(std::move(after));
  return out;
}

}  // namespace

absl::StatusOr<flow::Outcome> LearnOfFamily(const type::v1::FactInfo& info, const flow::View& view,
                                            absl::FunctionRef<void(FamilyRow&)> learn) {
  return Learn<FamilyRow>(info, info.family_id(), bus::kRegistryFacts, view, learn);
}

absl::StatusOr<flow::Outcome> LearnOfCase(const type::v1::FactInfo& info, int64_t case_id, const flow::View& view,
                                          absl::FunctionRef<void(CaseRow&)> learn) {
  if (absl::Status s = CheckCase(case_id); !s.ok()) return s;
  return Learn<CaseRow>(info, case_id, bus::kMentoringFacts, view, learn);
}

absl::StatusOr<flow::Outcome> LearnOfGraduation(const type::v1::FactInfo& info, int64_t case_id, const flow::View& view,
                                                absl::FunctionRef<void(const FactHead&, flow::Outcome&)> count) {
  if (absl::Status s = CheckCase(case_id); !s.ok()) return s;
  const absl::StatusOr<FactHead> head = ReadHead(info);
  if (!head.ok()) return head.status();
  absl::StatusOr<std::optional<GraduationRow>> next = Next(case_id, view.Find<GraduationRow>(case_id), info, bus::kGraduationFacts);
  if (!next.ok()) return next.status();
  flow::Outcome out = flow::Outcome::Done();
  if (!next->has_value()) return out;
  count(*head, out);
  out.Put(**std::move(next));
  return out;
}

}  // namespace berdaya::reporting
