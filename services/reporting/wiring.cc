#include "services/reporting/wiring.h"

#include <string>
#include <vector>

#include "common/bus/topics.h"
#include "services/reporting/events/case_matched.h"
#include "services/reporting/events/case_moved.h"
#include "services/reporting/events/case_opened.h"
#include "services/reporting/events/case_queued.h"
#include "services/reporting/events/enrolment_decided.h"
#include "services/reporting/events/enrolment_ended.h"
#include "services/reporting/events/family_changed.h"
#include "services/reporting/events/family_graduated.h"
#include "services/reporting/events/family_registered.h"
#include "services/reporting/events/milestone_reached.h"
#include "services/reporting/events/report_rejected.h"
#include "services/reporting/events/session_held.h"
#include "services/reporting/tables/tables.h"

namespace berdaya::reporting {
namespace {

void Register(flow::Handlers& handlers) {
  handlers.On<OnFamilyRegistered>();
  handlers.On<OnFamilyChanged>();
  handlers.On<OnEnrolmentDecided>();
  handlers.On<OnEnrolmentEnded>();
  handlers.On<OnOtherFamilyFact<registry::v1::ComponentsChanged>>();
  handlers.On<OnOtherFamilyFact<registry::v1::EnrolmentNominated>>();
  handlers.On<OnOtherFamilyFact<registry::v1::GraduationRequested>>();
  handlers.On<OnOtherFamilyFact<registry::v1::GraduationRecommended>>();
  handlers.On<OnOtherFamilyFact<registry::v1::GraduationDecisionReported>>();
  handlers.On<OnReportRejected>();

  handlers.On<OnFamilyGraduated>();
  handlers.On<OnOtherGraduationFact<graduation::v1::CaseOpened>>();
  handlers.On<OnOtherGraduationFact<graduation::v1::TimeLimitWarned>>();
  handlers.On<OnOtherGraduationFact<graduation::v1::GraduationProposed>>();
  handlers.On<OnOtherGraduationFact<graduation::v1::ProposalWithdrawn>>();
  handlers.On<OnOtherGraduationFact<graduation::v1::CaseHeld>>();
  handlers.On<OnOtherGraduationFact<graduation::v1::GraduationConfirmed>>();
  handlers.On<OnOtherGraduationFact<graduation::v1::ParticipationEnded>>();

  handlers.On<OnCaseOpened>();
  handlers.On<OnCaseQueued>();
  handlers.On<OnCaseMatched>();
  handlers.On<OnCaseMoved>();
  handlers.On<OnSessionHeld>();
  handlers.On<OnMilestoneReached>();
}

}  // namespace

flow::ServiceSpec Wire() {
  flow::ServiceSpec spec;
  spec.name = "reporting";
  spec.facts_topic = std::string(bus::kReportingFacts);
  spec.dead_letters_topic = bus::DeadLettersTopic(spec.name);
  spec.day_topic = std::string(bus::kRegistryFacts);
  spec.inputs = {std::string(bus::kRegistryFacts), std::string(bus::kGraduationFacts), std::string(bus::kMentoringFacts)};
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) spec.outputs.push_back({spec.facts_topic, p});
  spec.outputs.push_back({spec.dead_letters_topic, 0});
  std::vector<std::string> names = spec.inputs;
  for (const bus::TopicPartition& output : spec.outputs) names.push_back(output.topic);
  spec.topics = bus::TopicsNamed({}, names);
  spec.schema.tables = Tables();
  Register(spec.handlers);
  return spec;
}

}  // namespace berdaya::reporting
