#include "services/registry/wiring.h"

#include "common/bus/topics.h"
#include "services/registry/commands/record_enrolment_decisions.h"
#include "services/registry/domain/rejections.h"
#include "services/registry/events/case_matched.h"
#include "services/registry/events/enrolment_nominated.h"
#include "services/registry/events/facts.h"
#include "services/registry/events/family_graduated.h"
#include "services/registry/events/family_reported.h"
#include "services/registry/events/graduation_confirmed.h"
#include "services/registry/events/graduation_decided.h"
#include "services/registry/events/graduation_proposed.h"
#include "services/registry/events/graduation_recommended.h"
#include "services/registry/events/graduation_requested.h"
#include "services/registry/events/proposal_withdrawn.h"
#include "services/registry/events/report_outcome.h"
#include "services/registry/events/time_limit_warned.h"
#include "services/registry/sweeps/review_components.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {
namespace {

void Register(flow::Handlers& handlers) {
  handlers.On<OnFamilyReported>();
  handlers.On<OnEnrolmentNominated>();
  handlers.On<OnGraduationRequested>();
  handlers.On<OnGraduationRecommended>();
  handlers.On<OnGraduationDecided>();
  handlers.On<OnReportOutcome>();
  handlers.On<OnTimeLimitWarned>();
  handlers.On<OnGraduationProposed>();
  handlers.On<OnProposalWithdrawn>();
  handlers.On<OnGraduationConfirmed>();
  handlers.On<OnFamilyGraduated>();
  handlers.On<OnCaseMatched>();
  handlers.OnCommand<RecordEnrolmentDecisions>();
  handlers.OnDay<ReviewComponents>();
}

// An office that does not exist counts at the province too.
void PublishRejection(const flow::Origin& origin, const flow::ReportNames& names, std::string_view code,
                      const region::RegionTable& regions, flow::Outcome& out) {
  region::RegionCode office = OfficeOf(names.office, origin.province);
  if (!regions.Exists(office)) office = OfficeOf(0, origin.province);
  PublishRejected(office, code, origin.RecordedDay(), out);
}

std::vector<int> Provinces(const region::RegionTable& regions) {
  std::vector<int> codes;
  for (const region::Region& region : regions.all()) {
    if (region.code.level() != region::Level::kProvince) continue;
    if (codes.empty() || codes.back() != region.code.ProvinceCode()) codes.push_back(region.code.ProvinceCode());
  }
  return codes;
}

}  // namespace

flow::ServiceSpec Wire(const Env& env) {
  flow::ServiceSpec spec;
  spec.name = "registry";
  spec.facts_topic = std::string(bus::kRegistryFacts);
  spec.dead_letters_topic = bus::DeadLettersTopic(spec.name);
  spec.day_topic = std::string(bus::kCalendarDays);
  spec.republish_days = true;
  spec.inputs = {spec.day_topic, std::string(bus::kGraduationFacts), std::string(bus::kMentoringFacts)};
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) spec.outputs.push_back({spec.facts_topic, p});
  spec.outputs.push_back({spec.dead_letters_topic, 0});
  for (int province : Provinces(env.regions)) {
    spec.inputs.push_back(bus::ReportsTopic(province));
    spec.outputs.push_back({bus::RepliesTopic(province), 0});
    spec.outputs.push_back({bus::NoticesTopic(province), 0});
  }
  std::vector<std::string> names = spec.inputs;
  for (const bus::TopicPartition& output : spec.outputs) names.push_back(output.topic);
  spec.topics = bus::TopicsNamed(Provinces(env.regions), names);
  spec.schema.tables = Tables();
  Register(spec.handlers);
  spec.env = &env;
  spec.on_rejected = [&env](const flow::Origin& origin, const flow::ReportNames& names, std::string_view code, flow::Outcome& out) {
    PublishRejection(origin, names, code, env.regions, out);
  };
  spec.sentence_of = [](std::string_view code) {
    const Rejection& rejection = RejectionOf(code);
    return flow::Sentence{rejection.id, rejection.en};
  };
  return spec;
}

}  // namespace berdaya::registry
