#include "tools/simulation/checker/figures_check.h"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "berdaya/reporting/v1/reporting_service.grpc.pb.h"
#include "tools/simulation/checker/pages.h"
#include "tools/simulation/regions.h"

namespace berdaya::simulation {
namespace {

using reporting::v1::Indicator;
using reporting::v1::RegionFigures;

constexpr int kIndicators = reporting::v1::Indicator_ARRAYSIZE;
constexpr int kMonthsBack[] = {0, 10, 31, 60};  // before the last one

struct Value {
  int64_t value = 0;
  int64_t change = 0;  // of the month itself
};
using Values = std::array<Value, kIndicators>;
using Table = absl::flat_hash_map<uint64_t, Values>;  // by region; 0 is the nation

int MonthOf(Day day) {
  const Civil civil = CivilOf(day);
  return civil.year * 12 + civil.month - 1;
}

// On which day a partner's commands are recorded is the partner's business within a month or so: they are compared at the end only.
bool IsOfCommands(int indicator) {
  return indicator == reporting::v1::INDICATOR_CASES_MATCHED || indicator == reporting::v1::INDICATOR_CASES_MENTORED ||
         indicator == reporting::v1::INDICATOR_MONEY_SEPARATED;
}

// Figures of the levels above the village. A rejection at an office counts at the office and above it.
Table Recount(const std::vector<Count>& counts, int month) {
  Table table;
  for (const Count& count : counts) {
    const int of = MonthOf(count.day);
    if (of > month) continue;
    const std::set<uint64_t> regions = {0, ProvinceRegion(ProvinceOf(count.region)), RegencyOf(count.region),
                                        DistrictOf(count.region)};
    for (uint64_t region : regions) {
      Value& value = table[region][count.indicator];
      value.value += count.change;
      if (of == month) value.change += count.change;
    }
  }
  return table;
}

class FiguresCheck {
 public:
  FiguresCheck(const Endpoints& endpoints, Result& result)
      : stub_(reporting::v1::ReportingService::NewStub(ChannelTo(endpoints.reporting))), result_(result) {}

  // One month in all regions: the nation, then what lies in each region that has something.
  absl::Status Check(const Table& want, int month, bool last) {
    reporting::v1::GetFiguresRequest request;
    request.set_year(month / 12);
    request.set_month(month % 12 + 1);
    reporting::v1::GetFiguresResponse response;
    grpc::ClientContext context;
    PrepareRead(context);
    const grpc::Status status = stub_->GetFigures(&context, request, &response);
    if (!status.ok()) return absl::UnavailableError(absl::StrCat("reporting GetFigures: ", status.error_message()));
    std::set<uint64_t> answered;
    Compare(response.figures(), want, month, last, answered);
    std::vector<uint64_t> parents = {0};
    for (const auto& [region, values] : want) {
      const bool district = region % 1'000'000 != 0;
      if (region != 0 && !district) parents.push_back(region);
    }
    for (uint64_t parent : parents) {
      if (absl::Status listed = List(parent, want, month, last, answered); !listed.ok()) return listed;
    }
    for (const auto& [region, values] : want) {
      if (!answered.contains(region)) CompareValues(region, RegionFigures(), values, month, last);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status List(uint64_t parent, const Table& want, int month, bool last, std::set<uint64_t>& answered) {
    reporting::v1::ListFiguresRequest request;
    request.set_parent(parent);
    request.set_year(month / 12);
    request.set_month(month % 12 + 1);
    return ReadPages<reporting::v1::ListFiguresResponse>(
        "reporting ListFigures", request,
        [&](auto* context, const auto& page, auto* response) { return stub_->ListFigures(context, page, response); },
        [&](const reporting::v1::ListFiguresResponse& page) {
          for (const RegionFigures& figures : page.figures()) Compare(figures, want, month, last, answered);
        });
  }

  void Compare(const RegionFigures& figures, const Table& want, int month, bool last, std::set<uint64_t>& answered) {
    if (!answered.insert(figures.region()).second) {
      result_.findings.Duplicated(1, absl::StrCat("reporting: region ", figures.region(), " is listed twice"));
      return;
    }
    const auto found = want.find(figures.region());
    CompareValues(figures.region(), figures, found == want.end() ? Values{} : found->second, month, last);
  }

  void CompareValues(uint64_t region, const RegionFigures& figures, const Values& want, int month, bool last) {
    Values got{};
    for (const reporting::v1::Figure& figure : figures.figures()) got[figure.indicator()] = {figure.value(), figure.change()};
    std::string what;
    for (int i = 1; i < kIndicators; ++i) {
      const bool change_counts = !IsOfCommands(i);
      if (!last && !change_counts) continue;
      if (got[i].value != want[i].value)
        absl::StrAppend(&what, " ", reporting::v1::Indicator_Name(i), " ", got[i].value, " instead of ", want[i].value);
      if (change_counts && got[i].change != want[i].change) {
        absl::StrAppend(&what, " change of ", reporting::v1::Indicator_Name(i), " ", got[i].change, " instead of ", want[i].change);
      }
    }
    if (!what.empty()) {
      result_.findings.Lost(absl::StrFormat("reporting: region %010d, %04d-%02d:%s", region, month / 12, month % 12 + 1, what));
    }
  }

  std::unique_ptr<reporting::v1::ReportingService::Stub> stub_;
  Result& result_;
};

}  // namespace

void CheckFigures(const Endpoints& endpoints, const Ledger& ledger, const Expected& world, Result& result) {
  if (ledger.LastDay() == 0) return;
  FiguresCheck check(endpoints, result);
  const int last = MonthOf(ledger.LastDay());
  const int first = MonthOf(ledger.steps.front().last);
  for (int back : kMonthsBack) {
    if (last - back < first) break;
    result.findings.Unread(check.Check(Recount(world.counts, last - back), last - back, back == 0));
  }
}

}  // namespace berdaya::simulation
