#include "tools/simulation/ministry.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace berdaya::simulation {
namespace {

using registry::v1::RecordEnrolmentDecisionsRequest;
using registry::v1::RecordEnrolmentDecisionsResponse;

constexpr uint32_t kRowsARequest = 1000;
constexpr int kPage = 1000;
constexpr uint32_t kCallers = 16;
constexpr absl::Duration kCallLimit = absl::Seconds(30);
constexpr absl::Duration kPause = absl::Milliseconds(200);

void Prepare(grpc::ClientContext& context, const char* principal) {
  context.AddMetadata("x-berdaya-principal", principal);
  context.set_deadline(absl::ToChronoTime(absl::Now() + kCallLimit));
}

// A precondition too: the day that a command needs is on its way to the service, behind the registry's other facts.
bool MayPass(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
         status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED || status.error_code() == grpc::StatusCode::ABORTED ||
         status.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
}

std::string DecisionId(uint32_t index) { return absl::StrCat("SK-PKH-", index); }

}  // namespace

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Ministry::Ministry(const Endpoints& endpoints, Ledger& ledger, absl::Duration patience)
    : ledger_(ledger),
      patience_(patience),
      registry_(registry::v1::RegistryService::NewStub(ChannelTo(endpoints.registry))),
      mentoring_(enterprise_mentoring::v1::EnterpriseMentoringService::NewStub(ChannelTo(endpoints.mentoring))) {}

absl::Status Ministry::Decide(uint32_t begin, uint32_t end) {
  std::vector<Chunk> chunks;
  for (uint32_t first = begin; first < end; first += kRowsARequest) {
    Chunk& chunk = chunks.emplace_back();
    chunk.begin = first;
    chunk.request.set_request_id(absl::StrCat("decisions-", first));
    for (uint32_t i = first; i < std::min(end, first + kRowsARequest); ++i) {
      const Decision& decision = ledger_.decisions[i];
      auto& row = *chunk.request.add_decisions();
      row.set_decision_id(DecisionId(i));
      row.set_family_id(ledger_.families[decision.family].family_id);
      row.set_programme(static_cast<type::v1::Programme>(decision.programme));
      row.set_enrolled(decision.enrolled);
      if (decision.enrolled) SetDate(decision.starts_on, *row.mutable_starts_on());
    }
  }
  const absl::Time give_up = absl::Now() + patience_;
  absl::Status status;
  auto waiting = [](const Chunk& chunk) { return !chunk.answered; };
  while (std::any_of(chunks.begin(), chunks.end(), waiting)) {
    status = StreamOnce(chunks);
    if (status.ok()) continue;
    if (!absl::IsUnavailable(status) || absl::Now() > give_up) return status;
    absl::SleepFor(kPause);
  }
  return absl::OkStatus();
}

absl::Status Ministry::StreamOnce(std::vector<Chunk>& chunks) {
  grpc::ClientContext context;
  Prepare(context, "ministry");
  auto stream = registry_->RecordEnrolmentDecisions(&context);
  std::vector<const RecordEnrolmentDecisionsRequest*> requests;
  for (const Chunk& chunk : chunks) {
    if (!chunk.answered) requests.push_back(&chunk.request);
  }
  // Answers are read while requests are written: the registry stops reading while too many commands are under way.
  std::thread reader([&] {
    RecordEnrolmentDecisionsResponse response;
    while (stream->Read(&response)) Enter(response, chunks);
  });
  for (const auto* request : requests) {
    if (!stream->Write(*request)) break;
  }
  stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();
  if (status.ok()) {
    for (const Chunk& chunk : chunks) {
      if (!chunk.answered) return absl::InternalError("the registry ended the stream without an answer to every request");
    }
    return absl::OkStatus();
  }
  const std::string message = absl::StrCat("enrolment decisions: ", status.error_message());
  return MayPass(status) ? absl::UnavailableError(message) : absl::InternalError(message);
}

void Ministry::Enter(const RecordEnrolmentDecisionsResponse& response, std::vector<Chunk>& chunks) {
  for (Chunk& chunk : chunks) {
    if (chunk.request.request_id() != response.request_id()) continue;
    chunk.answered = true;
    for (int i = 0; i < response.results_size() && i < chunk.request.decisions_size(); ++i) {
      ledger_.decisions[chunk.begin + i].status = response.results(i).status();
    }
  }
}

absl::Status Ministry::Try(const std::string& what, const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  const absl::Time give_up = absl::Now() + patience_;
  while (true) {
    grpc::ClientContext context;
    Prepare(context, "ministry");
    const grpc::Status status = call(context);
    if (status.ok()) return absl::OkStatus();
    if (!MayPass(status) || absl::Now() > give_up) return absl::InternalError(absl::StrCat(what, ": ", status.error_message()));
    absl::SleepFor(kPause);
  }
}

absl::Status Ministry::SignMous(const enterprise_mentoring::v1::PartnerFile& partners) {
  for (const auto& partner : partners.partners()) {
    enterprise_mentoring::v1::RegisterPartnerRequest request;
    request.set_request_id(absl::StrCat("partner-", partner.partner_id()));
    *request.mutable_partner() = partner;
    absl::Status status = Try("registering a partner", [&](grpc::ClientContext& context) {
      enterprise_mentoring::v1::RegisterPartnerResponse response;
      return mentoring_->RegisterPartner(&context, request, &response);
    });
    if (!status.ok()) return status;
  }
  for (const auto& mou : partners.mous()) {
    enterprise_mentoring::v1::SignMouRequest request;
    request.set_request_id(absl::StrCat("mou-", mou.mou_number()));
    *request.mutable_mou() = mou;
    absl::Status status = Try("signing an MoU", [&](grpc::ClientContext& context) {
      enterprise_mentoring::v1::SignMouResponse response;
      return mentoring_->SignMou(&context, request, &response);
    });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Proposal>> Ministry::MatchedCases(const std::vector<int64_t>& family_ids) {
  absl::flat_hash_map<int64_t, uint32_t> family_of;
  for (uint32_t f = 0; f < family_ids.size(); ++f) family_of[family_ids[f]] = f;
  std::vector<Proposal> matched;
  enterprise_mentoring::v1::ListCasesRequest request;
  request.set_stage(enterprise_mentoring::v1::CASE_STAGE_MATCHED);
  request.set_page_size(kPage);
  enterprise_mentoring::v1::ListCasesResponse response;
  do {
    response.Clear();
    absl::Status status = Try("listing mentoring cases",
                              [&](grpc::ClientContext& context) { return mentoring_->ListCases(&context, request, &response); });
    if (!status.ok()) return status;
    for (const auto& mentoring_case : response.cases()) {
      const auto family = family_of.find(mentoring_case.family_id());
      if (family != family_of.end()) matched.push_back({family->second, mentoring_case.case_id()});
    }
    request.set_page_token(response.next_page_token());
  } while (!response.next_page_token().empty());
  std::sort(matched.begin(), matched.end());
  return matched;
}

absl::Status Ministry::RecordOne(const Mentoring& mentoring, uint32_t index) {
  const std::string id = absl::StrCat("mentoring-", index);
  return Try("recording a session or milestone", [&](grpc::ClientContext& context) {
    if (mentoring.milestone == 0) {
      enterprise_mentoring::v1::RecordSessionRequest request;
      request.set_request_id(id);
      request.set_case_id(mentoring.case_id);
      SetDate(mentoring.day, *request.mutable_held_on());
      request.set_mentor_ref(absl::StrCat("mentor-", mentoring.family % 20));
      request.set_topic("Memisahkan uang pribadi dan uang usaha");
      enterprise_mentoring::v1::RecordSessionResponse response;
      return mentoring_->RecordSession(&context, request, &response);
    }
    enterprise_mentoring::v1::RecordMilestoneRequest request;
    request.set_request_id(id);
    request.set_case_id(mentoring.case_id);
    request.set_milestone(static_cast<enterprise_mentoring::v1::Milestone>(mentoring.milestone));
    SetDate(mentoring.day, *request.mutable_reached_on());
    enterprise_mentoring::v1::RecordMilestoneResponse response;
    return mentoring_->RecordMilestone(&context, request, &response);
  });
}

absl::Status Ministry::RecordMentoring(uint32_t begin, uint32_t end) {
  std::atomic<uint32_t> next{begin};
  std::vector<absl::Status> refused(kCallers);  // by caller: the first that it could not record
  std::vector<std::thread> callers;
  for (uint32_t i = 0; i < std::min(kCallers, end - begin); ++i) {
    callers.emplace_back([&, i] {
      for (uint32_t index = next++; index < end && refused[i].ok(); index = next++) {
        refused[i] = RecordOne(ledger_.mentorings[index], index);
        ledger_.mentorings[index].accepted = refused[i].ok();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& status : refused) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace berdaya::simulation
