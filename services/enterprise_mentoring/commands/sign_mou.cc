#include "services/enterprise_mentoring/commands/sign_mou.h"

#include <algorithm>
#include <string>
#include <utility>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/status/status.h"
#include "services/enterprise_mentoring/domain/partner_check.h"
#include "services/enterprise_mentoring/env.h"
#include "services/enterprise_mentoring/matching/take_waiting.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {
namespace {

using region::RegionCode;

absl::Status CheckScope(const std::vector<RegionCode>& areas, const flow::Principal& principal) {
  const RegionCode scope = RegionCode::FromCell(principal.region);
  if (std::all_of(areas.begin(), areas.end(), [&](RegionCode area) { return scope.Contains(area); })) return absl::OkStatus();
  return WithReason(absl::PermissionDeniedError("the MoU reaches beyond the caller's region"), "area_outside_region", "mou.areas");
}

MouRow RowFrom(const v1::Mou& mou, const MouTerms& terms, calendar::Day today) {
  MouRow row;
  row.mou_number = mou.mou_number();
  row.partner_id = mou.partner_id();
  row.signed_on = terms.signed_on;
  row.opens_on = std::max(terms.signed_on, today);
  row.ends_on = terms.ends_on;
  row.capacity = mou.capacity();
  row.document = mou.SerializeAsString();
  return row;
}

void PutAreas(const MouRow& mou, const std::vector<RegionCode>& areas, const flow::View& view, flow::Outcome& out) {
  for (const RegionCode area : areas) {
    const AreaRow* known = view.Find<AreaRow>(area);
    AreaRow row = known != nullptr ? *known : AreaRow{area, {}};
    row.Add(mou.mou_number);
    out.Put(std::move(row));
  }
}

void PublishSigned(const v1::Mou& mou, calendar::Day day, flow::Outcome& out) {
  v1::MouSigned fact;
  *fact.mutable_mou() = mou;
  for (v1::Signatory& person : *fact.mutable_mou()->mutable_signatories()) person.clear_name();
  for (v1::Signatory& person : *fact.mutable_mou()->mutable_witnesses()) person.clear_name();
  calendar::ToProto(day, *fact.mutable_recorded_day());
  out.Publish(mou.partner_id(), fact);
}

}  // namespace

void SignMou::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<MouRow>(m.mou().mou_number());
  keys.Want<PartnerRow>(m.mou().partner_id());
  for (const uint64_t number : m.mou().areas()) {
    if (const auto area = RegionCode::FromNumber(number); area.ok()) keys.ReadAhead<AreaRow>(*area);
  }
}

absl::StatusOr<flow::Outcome> SignMou::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const Env& env = view.env<Env>();
  const absl::StatusOr<MouTerms> terms = CheckMou(m.mou(), env.regions);
  if (!terms.ok()) return InField("mou", terms.status());
  if (absl::Status s = CheckScope(terms->areas, *origin.principal); !s.ok()) return s;
  if (origin.day.empty()) return Refused("no_day", "", "no day has been opened yet; the day scheduler opens the first");

  flow::Outcome out = flow::Outcome::Done();
  Response response;
  *response.mutable_mou() = m.mou();
  if (const MouRow* known = view.Find<MouRow>(m.mou().mou_number())) {
    if (known->document != m.mou().SerializeAsString()) {
      return WithReason(absl::AlreadyExistsError("another MoU has this number; check which of the two is right"),
                        "mou_number_taken", "mou.mou_number");
    }
    out.Answer(std::move(response));
    return out;
  }
  const PartnerRow* partner = view.Find<PartnerRow>(m.mou().partner_id());
  if (partner == nullptr) return Refused("partner_unknown", "mou.partner_id", "no such partner; register it first");

  MouRow row = RowFrom(m.mou(), *terms, origin.day);
  PutAreas(row, terms->areas, view, out);
  PublishSigned(m.mou(), origin.day, out);
  if (row.opens_on > origin.day) {
    row.line_due_on = row.opens_on;
  } else {
    response.set_matched(static_cast<int32_t>(TakeWaiting(view, *partner, terms->areas, env.taken_at_once, row, out)));
  }
  out.Put(std::move(row));
  out.Answer(std::move(response));
  return out;
}

}  // namespace berdaya::mentoring
