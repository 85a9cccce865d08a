// What the ministry and its partners do over gRPC.
//
// Every call is tried again until it is answered or the patience is over: commands are idempotent by their request_id, so a service
// that was killed in between makes no difference.
#ifndef BERDAYA_TOOLS_SIMULATION_MINISTRY_H_
#define BERDAYA_TOOLS_SIMULATION_MINISTRY_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.grpc.pb.h"
#include "berdaya/enterprise_mentoring/v1/partner_file.pb.h"
#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "tools/simulation/ledger.h"
#include "tools/simulation/workload.h"

namespace berdaya::simulation {

struct Endpoints {
  std::string brokers;
  std::string registry;
  std::string graduation;
  std::string mentoring;
  std::string reporting;
};

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address);

class Ministry {
 public:
  Ministry(const Endpoints& endpoints, Ledger& ledger, absl::Duration patience);

  // Sends decisions [begin, end) of the ledger in one stream and enters the answers.
  absl::Status Decide(uint32_t begin, uint32_t end);
  // Registers the partners, then signs their MoUs.
  absl::Status SignMous(const enterprise_mentoring::v1::PartnerFile& partners);
  // The cases that partners have taken, by family.
  absl::StatusOr<std::vector<Proposal>> MatchedCases(const std::vector<int64_t>& family_ids);
  // Sends mentorings [begin, end) of the ledger and enters the answers.
  absl::Status RecordMentoring(uint32_t begin, uint32_t end);

 private:
  struct Chunk {
    registry::v1::RecordEnrolmentDecisionsRequest request;
    uint32_t begin = 0;
    bool answered = false;
  };
  absl::Status StreamOnce(std::vector<Chunk>& chunks);
  void Enter(const registry::v1::RecordEnrolmentDecisionsResponse& response, std::vector<Chunk>& chunks);
  absl::Status Try(const std::string& what, const std::function<grpc::Status(grpc::ClientContext&)>& call);
  absl::Status RecordOne(const Mentoring& mentoring, uint32_t index);

  Ledger& ledger_;
  const absl::Duration patience_;
  std::unique_ptr<registry::v1::RegistryService::Stub> registry_;
  std::unique_ptr<enterprise_mentoring::v1::EnterpriseMentoringService::Stub> mentoring_;
};

}  // namespace berdaya::simulation

#endif  // BERDAYA_TOOLS_SIMULATION_MINISTRY_H_
