#include "services/registry/events/family_graduated.h"

#include <utility>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "services/registry/events/facts.h"
#include "services/registry/sweeps/review_components.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {

void OnFamilyGraduated::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<FamilyRow>(m.info().family_id());
  keys.Want<EnrolmentRow>({m.info().family_id(), type::v1::PROGRAMME_PKH});
}

absl::StatusOr<flow::Outcome> OnFamilyGraduated::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const FamilyRow* family = view.Find<FamilyRow>(m.info().family_id());
  const EnrolmentRow* pkh = view.Find<EnrolmentRow>({m.info().family_id(), type::v1::PROGRAMME_PKH});
  const absl::StatusOr<calendar::Day> graduated = calendar::FromProto(m.graduated_on(), "graduated_on");
  if (family == nullptr || pkh == nullptr) return absl::DataLossError("a family graduated that the registry does not have in PKH");
  if (!graduated.ok()) return graduated.status();
  flow::Outcome out = flow::Outcome::Done();
  if (pkh->state != v1::ENROLMENT_STATE_ACTIVE) return out;  // ended before
  EnrolmentRow ended = *pkh;
  ended.state = v1::ENROLMENT_STATE_ENDED;
  ended.ended_on = *graduated - 1;
  FamilyRow next = AdvanceTo(origin.RecordedDay(), *family, view, out);
  ++next.version;
  next.review_on = {};
  v1::EnrolmentEnded fact;
  FillInfo(next, origin.RecordedDay(), *fact.mutable_info());
  fact.set_programme(type::v1::PROGRAMME_PKH);
  calendar::ToProto(ended.ended_on, *fact.mutable_ended_on());
  out.Publish(next.family_id, fact);
  out.Put(std::move(ended));
  out.Put(std::move(next));
  return out;
}

}  // namespace berdaya::registry
