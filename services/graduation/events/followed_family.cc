#include "services/graduation/events/followed_family.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/calendar/day_proto.h"
#include "services/graduation/events/facts.h"

namespace berdaya::graduation {

void WantFamily(const type::v1::FactInfo& info, flow::KeySet& keys) { keys.Want<FamilyRow>(info.family_id()); }

absl::StatusOr<std::optional<FollowedFamily>> FollowedFamily::At(const type::v1::FactInfo& info, const flow::Origin& origin,
                                                                 const flow::View& view) {
  FollowedFamily followed(view.env<Env>().rules);
  if (const FamilyRow* known = view.Find<FamilyRow>(info.family_id())) followed.family_ = *known;
  FamilyRow& family = followed.family_;
  family.family_id = info.family_id();
  if (info.version() != 0) {
    if (info.version() <= family.registry_version) return std::nullopt;
    if (info.version() > family.registry_version + 1) {
      return absl::DataLossError(absl::StrCat("family ", family.family_id, ": the registry's fact of version ", info.version(),
                                              " comes after version ", family.registry_version));
    }
    family.registry_version = info.version();
  }
  const absl::StatusOr<region::RegionCode> village = region::RegionCode::FromNumber(info.village());
  if (!village.ok()) return village.status();
  followed.village_ = *village;
  followed.day_ = origin.RecordedDay();
  if (family.case_id != 0) {
    const CaseRow* row = view.Find<CaseRow>(family.case_id);
    if (row == nullptr) return absl::DataLossError(absl::StrCat("family ", family.family_id, ": its case is missing"));
    followed.before_ = *row;
    followed.case_ = *row;
    Advance(followed.case_, origin.day, followed.rules_, followed.moves_);
    followed.case_.village = *village;
  }
  return followed;
}

void FollowedFamily::BeginCase(CaseRow fresh) {
  fresh.family_id = family_.family_id;
  fresh.village = village_;
  fresh.previous_case_id = family_.case_id;
  family_.case_id = fresh.case_id;
  before_ = {};
  case_ = std::move(fresh);
}

flow::Outcome FollowedFamily::Finish() && {
  flow::Outcome out = flow::Outcome::Done();
  PublishMoves(case_, moves_, out);
  if (case_.case_id != before_.case_id) {
    out.Insert(std::move(case_));
  } else if (!(case_ == before_)) {
    out.Put(std::move(case_));
  }
  out.Put(std::move(family_));
  return out;
}

flow::Outcome FollowedFamily::Answer(const registry::v1::ReportRef& report, const Reply& reply) && {
  v1::ReportOutcome answer;
  answer.mutable_info()->set_family_id(family_.family_id);
  calendar::ToProto(day_, *answer.mutable_info()->mutable_recorded_day());
  answer.mutable_info()->set_village(static_cast<uint64_t>(village_.ToCell()));
  *answer.mutable_report() = report;
  answer.set_status(reply.status);
  answer.set_code(std::string(reply.code));
  answer.set_field(std::string(reply.field));
  const int64_t family_id = family_.family_id;
  flow::Outcome out = std::move(*this).Finish();
  out.Publish(family_id, answer);
  return out;
}

}  // namespace berdaya::graduation
