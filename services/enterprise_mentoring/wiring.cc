#include "services/enterprise_mentoring/wiring.h"

#include "common/bus/topics.h"
#include "services/enterprise_mentoring/commands/record_milestone.h"
#include "services/enterprise_mentoring/commands/record_session.h"
#include "services/enterprise_mentoring/commands/register_partner.h"
#include "services/enterprise_mentoring/commands/sign_mou.h"
#include "services/enterprise_mentoring/events/family_changed.h"
#include "services/enterprise_mentoring/events/family_graduated.h"
#include "services/enterprise_mentoring/sweeps/take_due_lines.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {
namespace {

void Register(flow::Handlers& handlers) {
  handlers.On<OnFamilyChanged>();
  handlers.On<OnFamilyGraduated>();
  handlers.OnCommand<RegisterPartner>();
  handlers.OnCommand<SignMou>();
  handlers.OnCommand<RecordSession>();
  handlers.OnCommand<RecordMilestone>();
  handlers.OnDay<TakeDueLines>();
}

}  // namespace

flow::ServiceSpec Wire(const Env& env) {
  flow::ServiceSpec spec;
  spec.name = "enterprise-mentoring";
  spec.facts_topic = std::string(bus::kMentoringFacts);
  spec.dead_letters_topic = bus::DeadLettersTopic(spec.name);
  spec.day_topic = std::string(bus::kRegistryFacts);
  spec.inputs = {spec.day_topic, std::string(bus::kGraduationFacts)};
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) spec.outputs.push_back({spec.facts_topic, p});
  spec.outputs.push_back({spec.dead_letters_topic, 0});
  std::vector<std::string> names = spec.inputs;
  for (const bus::TopicPartition& output : spec.outputs) names.push_back(output.topic);
  spec.topics = bus::TopicsNamed({}, names);
  spec.schema.tables = Tables();
  Register(spec.handlers);
  spec.env = &env;
  return spec;
}

}  // namespace berdaya::mentoring
