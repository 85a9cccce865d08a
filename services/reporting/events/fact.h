// What the facts of a topic have in common: an event derives from one of these and says only what is its own.
#ifndef BERDAYA_SERVICES_REPORTING_EVENTS_FACT_H_
#define BERDAYA_SERVICES_REPORTING_EVENTS_FACT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "berdaya/type/v1/fact.pb.h"
#include "common/flow/handlers.h"
#include "services/reporting/events/head.h"
#include "services/reporting/tables/tables.h"

namespace berdaya::reporting {

// The fact's head is checked, a repeat is dropped, and what `learn` changes of the row changes the figures of its regions, old and
// new.
absl::StatusOr<flow::Outcome> LearnOfFamily(const type::v1::FactInfo& info, const flow::View& view,
                                            absl::FunctionRef<void(FamilyRow&)> learn);
absl::StatusOr<flow::Outcome> LearnOfCase(const type::v1::FactInfo& info, int64_t case_id, const flow::View& view,
                                          absl::FunctionRef<void(CaseRow&)> learn);
// The same, where nothing of the case is kept but how far it has been read; `count` adds what the fact counts for.
absl::StatusOr<flow::Outcome> LearnOfGraduation(const type::v1::FactInfo& info, int64_t case_id, const flow::View& view,
                                                absl::FunctionRef<void(const FactHead&, flow::Outcome&)> count);

// A fact of registry.facts.v1 about a family. Event::Learn(m, family) takes over what it says.
template <class Event, class M>
struct FamilyFact {
  using Message = M;
  static void Prefetch(const M& m, const flow::Origin&, flow::KeySet& keys) { keys.Want<FamilyRow>(m.info().family_id()); }
  static absl::StatusOr<flow::Outcome> Decide(const M& m, const flow::Origin&, const flow::View& view) {
    return LearnOfFamily(m.info(), view, [&](FamilyRow& family) { Event::Learn(m, family); });
  }
};

// A fact of enterprise-mentoring.facts.v1 about a case. Event::Learn(m, row) takes over what it says.
template <class Event, class M>
struct CaseFact {
  using Message = M;
  static void Prefetch(const M& m, const flow::Origin&, flow::KeySet& keys) { keys.Want<CaseRow>(m.case_id()); }
  static absl::StatusOr<flow::Outcome> Decide(const M& m, const flow::Origin&, const flow::View& view) {
    return LearnOfCase(m.info(), m.case_id(), view, [&](CaseRow& row) { Event::Learn(m, row); });
  }
};

// A fact of graduation.facts.v1. Event::Count(m, head, out) adds what it counts for.
template <class Event, class M>
struct GraduationFact {
  using Message = M;
  static void Prefetch(const M& m, const flow::Origin&, flow::KeySet& keys) { keys.Want<GraduationRow>(m.case_id()); }
  static absl::StatusOr<flow::Outcome> Decide(const M& m, const flow::Origin&, const flow::View& view) {
    return LearnOfGraduation(m.info(), m.case_id(), view,
                             [&](const FactHead& head, flow::Outcome& out) { Event::Count(m, head, out); });
  }
};

// Facts that no figure counts. They are read all the same, because versions have to be followed without a hole.
template <class M>
struct OnOtherFamilyFact : FamilyFact<OnOtherFamilyFact<M>, M> {
  static void Learn(const M&, FamilyRow&) {}
};
template <class M>
struct OnOtherGraduationFact : GraduationFact<OnOtherGraduationFact<M>, M> {
  static void Count(const M&, const FactHead&, flow::Outcome&) {}
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_EVENTS_FACT_H_
