// Invented families: who lives in one, and how it changes. No person in here exists, and no number belongs to anybody by intention.
#ifndef BERDAYA_TOOLS_SIMULATION_HOUSEHOLD_H_
#define BERDAYA_TOOLS_SIMULATION_HOUSEHOLD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "berdaya/province/v1/reports.pb.h"
#include "tools/simulation/days.h"
#include "tools/simulation/random.h"

namespace berdaya::simulation {

struct Member {
  uint64_t nik = 0;  // 0: has none
  Day birth = 0;
  uint16_t name = 0;  // see NameOf
  province::v1::Sex sex = province::v1::SEX_UNSPECIFIED;
  province::v1::Relation relation = province::v1::RELATION_UNSPECIFIED;
  province::v1::Schooling schooling = province::v1::SCHOOLING_UNSPECIFIED;
  bool pregnant = false;
  bool disabled = false;
  bool recipient = false;
  friend bool operator==(const Member&, const Member&) = default;
};

// What one report says about a family.
struct Household {
  uint64_t kk = 0;  // 0: has no card
  uint64_t village = 0;
  std::vector<Member> members;  // the head first
  friend bool operator==(const Household&, const Household&) = default;
};

// One of 65,536 names.
std::string NameOf(uint16_t name);

// Gives out numbers of good form, each once.
class Numbers {
 public:
  uint64_t Nik(uint64_t village, Day birth, bool female, Random& random);
  uint64_t Kk(uint64_t village, Day issued, Random& random);

 private:
  uint64_t Free(uint64_t stem, Random& random, absl::flat_hash_set<uint64_t>& used);
  absl::flat_hash_set<uint64_t> niks_;
  absl::flat_hash_set<uint64_t> kks_;
};

// Where numbers are issued that were not issued at home: any village of the nation.
using Elsewhere = std::vector<uint64_t>;

// A poor family with at least one child that keeps it eligible for PKH from `day` until `horizon`, whatever birthdays come. 85 % of
// its numbers were issued in its own district.
Household NewHousehold(uint64_t village, Day day, Day horizon, const Elsewhere& elsewhere, Numbers& numbers, Random& random);

// The same family after some life: a child is born, or children change school.
Household Changed(const Household& before, Day day, Numbers& numbers, Random& random);

// The same family in another village, with a new card.
Household Moved(const Household& before, uint64_t village, Day day, Numbers& numbers, Random& random);

// The same family with nobody left who makes it eligible until `horizon`: grown children have finished school, the others and the
// old no longer live with it.
Household Grown(const Household& before, Day day, Day horizon);

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_HOUSEHOLD_H_
