#include "services/graduation/wiring.h"

#include "common/bus/topics.h"
#include "services/graduation/commands/confirm_graduation.h"
#include "services/graduation/events/components_changed.h"
#include "services/graduation/events/enrolment_decided.h"
#include "services/graduation/events/enrolment_ended.h"
#include "services/graduation/events/enrolment_nominated.h"
#include "services/graduation/events/family_changed.h"
#include "services/graduation/events/family_registered.h"
#include "services/graduation/events/graduation_decision_reported.h"
#include "services/graduation/events/graduation_recommended.h"
#include "services/graduation/events/graduation_requested.h"
#include "services/graduation/sweeps/advance_cases.h"
#include "services/graduation/tables/tables.h"

namespace berdaya::graduation {
namespace {

// Every fact of the registry about a family that raises its version has to be here: a version that nobody reads is a gap.
void Register(flow::Handlers& handlers) {
  handlers.On<OnFamilyRegistered>();
  handlers.On<OnFamilyChanged>();
  handlers.On<OnComponentsChanged>();
  handlers.On<OnEnrolmentNominated>();
  handlers.On<OnEnrolmentDecided>();
  handlers.On<OnEnrolmentEnded>();
  handlers.On<OnGraduationRequested>();
  handlers.On<OnGraduationRecommended>();
  handlers.On<OnGraduationDecisionReported>();
  handlers.OnCommand<ConfirmGraduation>();
  handlers.OnDay<AdvanceCases>();
}

}  // namespace

flow::ServiceSpec Wire(const Env& env) {
  flow::ServiceSpec spec;
  spec.name = "graduation";
  spec.facts_topic = std::string(bus::kGraduationFacts);
  spec.dead_letters_topic = bus::DeadLettersTopic(spec.name);
  spec.day_topic = std::string(bus::kRegistryFacts);
  spec.inputs = {spec.day_topic};
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) spec.outputs.push_back({spec.facts_topic, p});
  spec.outputs.push_back({spec.dead_letters_topic, 0});
  spec.schema.tables = Tables();
  Register(spec.handlers);
  spec.env = &env;
  return spec;
}

}  // namespace berdaya::graduation
