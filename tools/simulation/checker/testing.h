// For tests of the checker: books written by hand.
#ifndef BERDAYA_TOOLS_SIMULATION_CHECKER_TESTING_H_
#define BERDAYA_TOOLS_SIMULATION_CHECKER_TESTING_H_

#include "tools/simulation/checker/model.h"
#include "tools/simulation/ledger.h"

namespace berdaya::simulation {

inline constexpr uint64_t kVillage = 3'324'052'001;
inline constexpr uint64_t kOffice = 3'324'000'000;

// Books written by hand, a line at a time.
class Books {
 public:
  explicit Books(int families = 1) {
    ledger.families.resize(families);
    for (int f = 0; f < families; ++f) ledger.families[f] = {33, 1000 + f};
    Days(DayOf(2014, 7, 1));
  }

  Books& Days(Day last) {
    ledger.steps.push_back({Step::What::kDays, 0, 0, last, last});
    today = last;
    return *this;
  }
  // A mother of 30 and a child born on `child`.
  uint32_t House(Day child, province::v1::Schooling school = province::v1::SCHOOLING_NONE, uint64_t village = kVillage) {
    Household household{0, village, {}};
    household.members.push_back(
        {0, DayOf(1984, 3, 5), 1, province::v1::SEX_FEMALE, province::v1::RELATION_HEAD, province::v1::SCHOOLING_FINISHED});
    household.members.push_back({0, child, 2, province::v1::SEX_MALE, province::v1::RELATION_CHILD, school});
    ledger.households.push_back(household);
    return static_cast<uint32_t>(ledger.households.size() - 1);
  }
  Record Entry(Kind kind, uint32_t family = 0, uint32_t household = kNone) {
    Record record;
    record.kind = kind;
    record.family = family;
    record.household = household;
    record.province = 33;
    record.office = kOffice;
    record.officer = 1;
    record.village = kVillage;
    record.occurred_on = DayOf(2014, 6, 20);
    record.reported_at_us = ++ticks;
    return record;
  }
  Books& Report(Record record) {
    ledger.records.push_back(record);
    const auto end = static_cast<uint32_t>(ledger.records.size());
    ledger.steps.push_back({Step::What::kReports, end - 1, end, 0, 0});
    return *this;
  }
  Books& Decide(Programme programme, bool enrolled, Day starts_on, uint32_t family = 0) {
    ledger.decisions.push_back({family, programme, enrolled, starts_on, registry::v1::DECISION_STATUS_RECORDED});
    const auto end = static_cast<uint32_t>(ledger.decisions.size());
    ledger.steps.push_back({Step::What::kDecisions, end - 1, end, 0, 0});
    return *this;
  }
  // Registered, nominated and enrolled on 1 July 2014, with a child of two years.
  Books& InPkh(uint32_t family = 0) {
    Report(Entry(Kind::kFamily, family, House(DayOf(2012, 5, 1))));
    Report(Entry(Kind::kNominated, family));
    return Decide(Programme::kPkh, true, DayOf(2014, 7, 1), family);
  }
  Books& Confirm(uint32_t family = 0) {
    Record record = Entry(Kind::kDecided, family);
    record.officer = 2;
    record.occurred_on = today;
    return Report(record);
  }
  Expected Out() const { return WorkOut(ledger); }
  ExpectedFamily Family(uint32_t family = 0) const { return WorkOut(ledger).families[family]; }

  Ledger ledger;
  Day today = 0;
  int64_t ticks = 0;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_CHECKER_TESTING_H_
