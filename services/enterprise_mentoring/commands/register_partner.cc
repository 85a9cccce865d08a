#include "services/enterprise_mentoring/commands/register_partner.h"

#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/enterprise_mentoring/domain/partner_check.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

void RegisterPartner::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<PartnerRow>(m.partner().partner_id());
}

absl::StatusOr<flow::Outcome> RegisterPartner::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const v1::Partner& partner = m.partner();
  if (absl::Status s = CheckPartner(partner); !s.ok()) return InField("partner", std::move(s));
  if (origin.principal->region != 0) {
    return WithReason(
        absl::PermissionDeniedError("partners are registered by the ministry: the caller's region has to be the nation"),
        "national_only");
  }
  Response response;
  *response.mutable_partner() = partner;
  flow::Outcome out = flow::Outcome::Done();
  out.Answer(std::move(response));
  if (const PartnerRow* known = view.Find<PartnerRow>(partner.partner_id())) {
    if (known->name == partner.name() && known->kind == partner.kind()) return out;
    return WithReason(absl::AlreadyExistsError("another partner has this id; choose a new one"), "partner_id_taken",
                      "partner.partner_id");
  }
  if (origin.day.empty()) return Refused("no_day", "", "no day has been opened yet; the day scheduler opens the first");
  v1::PartnerRegistered fact;
  *fact.mutable_partner() = partner;
  calendar::ToProto(origin.day, *fact.mutable_recorded_day());
  out.Publish(partner.partner_id(), fact);
  out.Put(PartnerRow{partner.partner_id(), partner.name(), partner.kind()});
  return out;
}

}  // namespace berdaya::mentoring
