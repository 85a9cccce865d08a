// The milestones that an enterprise has reached, as a set in one cell: bit n is Milestone n.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_MILESTONES_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_MILESTONES_H_

#include <cstdint>

#include "berdaya/enterprise_mentoring/v1/types.pb.h"

namespace berdaya::mentoring {

namespace v1 = enterprise_mentoring::v1;

class Milestones {
 public:
  static_assert(v1::Milestone_MAX < 63, "the set is one integer");

  bool Has(v1::Milestone milestone) const { return (bits_ >> milestone & 1) != 0; }
  void Add(v1::Milestone milestone) { bits_ |= int64_t{1} << milestone; }

  int64_t ToCell() const { return bits_; }
  static Milestones FromCell(int64_t cell) {
    Milestones set;
    set.bits_ = cell;
    return set;
  }

 private:
  int64_t bits_ = 0;
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_DOMAIN_MILESTONES_H_
