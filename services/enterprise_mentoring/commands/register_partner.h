// The ministry registers a mentoring partner. Natural key: partner_id.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_REGISTER_PARTNER_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_REGISTER_PARTNER_H_

#include "absl/status/statusor.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "common/flow/handlers.h"

namespace berdaya::mentoring {

// Partners belong to the nation, so only a caller whose region is the nation registers one. The same partner again changes nothing;
// another one under the same id is AlreadyExists.
struct RegisterPartner {
  using Message = enterprise_mentoring::v1::RegisterPartnerRequest;
  using Response = enterprise_mentoring::v1::RegisterPartnerResponse;
  static void Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys);
  static absl::StatusOr<flow::Outcome> Decide(const Message& m, const flow::Origin& origin, const flow::View& view);
};

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_REGISTER_PARTNER_H_
