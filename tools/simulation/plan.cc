#include "tools/simulation/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "tools/simulation/random.h"

namespace berdaya::simulation {
namespace {

// Share of the families registered in each year from July 2014, a hundredth each: PKH grew in steps.
constexpr std::array<int, 7> kShareOfYear = {28, 7, 25, 3, 30, 5, 2};
constexpr double kLeavesInAMonth = 0.0106;  // 12 % a year
constexpr double kSelfReliant = 0.40;       // of those who leave early; with those whose six years are over 29 % of all
constexpr double kNominatedPkh = 0.96;
constexpr double kRefused = 0.02;
constexpr double kNominatedSembako = 0.80;
constexpr double kChanges = 0.25;
constexpr double kMoves = 0.25;
constexpr int kFamiliesAVillage = 20;
constexpr uint64_t kPlanStream = uint64_t{1} << 40;

// Inhabitants in 2015 by BPS's projection, in 100,000: a rough weight.
constexpr std::pair<int, int> kWeights[] = {
    {11, 50},  {12, 139}, {13, 52},  {14, 63},  {15, 34}, {16, 81}, {17, 19}, {18, 81}, {19, 14}, {21, 20}, {31, 102}, {32, 467},
    {33, 338}, {34, 37},  {35, 388}, {36, 120}, {51, 42}, {52, 48}, {53, 51}, {61, 48}, {62, 25}, {63, 40}, {64, 34},  {65, 6},
    {71, 24},  {72, 29},  {73, 85},  {74, 25},  {75, 11}, {76, 13}, {81, 17}, {82, 12}, {91, 31}, {92, 9}};

int WeightOf(int province) {
  for (auto [code, weight] : kWeights) {
    if (code == province) return weight;
  }
  return 10;
}

// One each, the rest by weight, what rounding leaves over to the largest remainders.
std::vector<int> Shares(const std::vector<Province>& provinces, int families) {
  const int rest = families - static_cast<int>(provinces.size());
  double sum = 0;
  for (const Province& province : provinces) sum += WeightOf(province.code);
  std::vector<int> shares;
  std::vector<double> remainders;
  for (const Province& province : provinces) {
    const double exact = rest * WeightOf(province.code) / sum;
    shares.push_back(1 + static_cast<int>(exact));
    remainders.push_back(exact - std::floor(exact));
  }
  std::vector<size_t> order(provinces.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  int left = families - std::accumulate(shares.begin(), shares.end(), 0);
  for (size_t i = 0; left > 0; i = (i + 1) % order.size(), --left) ++shares[order[i]];
  return shares;
}

// The month by which this part (0 to 1) of the families is registered.
int MonthOf(double part) {
  double before = 0;
  for (int month = 0; month < kMonths; ++month) {
    const int year = (month + 6) / 12;
    const double share = kShareOfYear[year] / 100.0 / (year == 0 ? 6 : 12);
    if (part < before + share) return month;
    before += share;
  }
  return kMonths - 1;
}

// Villages in an order that takes each one whole but goes to and fro in the province, so that no corner of it comes last.
class VillageOrder {
 public:
  VillageOrder(const Province& province, int families) : province_(province) {
    a_village_ = std::clamp(families / 50, 1, kFamiliesAVillage);
    used_ = std::min<uint64_t>((families + a_village_ - 1) / a_village_, province.villages.size());
    step_ = std::max<uint64_t>(1, used_ * 618 / 1000);
    while (std::gcd(step_, used_) != 1) ++step_;
  }
  uint64_t Of(int family) const {
    const uint64_t turn = static_cast<uint64_t>(family / a_village_) * step_ % used_;
    return province_.villages[turn * province_.villages.size() / used_];
  }

 private:
  const Province& province_;
  int a_village_;
  uint64_t used_;
  uint64_t step_;
};

void DecideLeaving(Life& life, Random& random) {
  if (!life.enrolled()) return;
  const int last = std::min(kMonths - 1, life.registered + kLimitMonths - 3);
  for (int month = life.registered + 2; month <= last; ++month) {
    if (!random.Chance(kLeavesInAMonth)) continue;
    life.leaves = static_cast<uint8_t>(month);
    life.self_reliant = random.Chance(kSelfReliant);
    return;
  }
}

// A change must not fall between a proposal and its decision: whether the family stays eligible is settled by then.
void DecideChange(Life& life, Random& random) {
  if (!random.Chance(kChanges) || life.registered + 1 >= kMonths) return;
  const int month = random.Between(life.registered + 1, kMonths - 1);
  const int out = life.leaves != kNever ? life.leaves : life.limit();
  if (out != kNever && month >= out && month <= out + 2) return;
  life.changed = static_cast<uint8_t>(month);
  life.moves = random.Chance(kMoves);
}

}  // namespace

absl::StatusOr<std::vector<Life>> PlanLives(const Regions& regions, uint64_t seed, int families) {
  const std::vector<Province>& provinces = regions.provinces();
  if (families < static_cast<int>(provinces.size())) {
    return absl::InvalidArgumentError(absl::StrCat("--families: ", provinces.size(), " or more, one a province"));
  }
  const std::vector<int> shares = Shares(provinces, families);
  std::vector<Life> lives;
  lives.reserve(families);
  for (size_t p = 0; p < provinces.size(); ++p) {
    const VillageOrder villages(provinces[p], shares[p]);
    for (int i = 0; i < shares[p]; ++i) {
      Random random(seed, kPlanStream + lives.size());
      Life life;
      life.province = static_cast<uint8_t>(provinces[p].code);
      life.village = villages.Of(i);
      life.registered = static_cast<uint8_t>(MonthOf((i + 0.5) / shares[p]));
      life.pkh = random.Chance(kNominatedPkh);
      life.refused = random.Chance(kRefused);
      life.sembako = random.Chance(kNominatedSembako);
      DecideLeaving(life, random);
      DecideChange(life, random);
      lives.push_back(life);
    }
  }
  return lives;
}

}  // namespace berdaya::simulation
