// A family has left PKH by graduation: it gets a mentoring case, and a partner or a place in the waiting line.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FAMILY_GRADUATED_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FAMILY_GRADUATED_H_

#include "absl/status/statusor.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::mentoring {

// The fact carries all that is needed: the village, and the day by which it is decided, so nothing of the registry's need have come
// before. Where the registry's move of that day or a later one has, the family is there already. A family is mentored once: a
// repeat, or a graduation after it came back to PKH, changes nothing. Versions of graduation's cases are not followed, since this
// is the only one of its facts that is read; the log's sequence already shows a loss.
struct OnFamilyGraduated {
  using Message = graduation::v1::FamilyGraduated;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_EVENTS_FAMILY_GRADUATED_H_
