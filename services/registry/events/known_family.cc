#include "services/registry/events/known_family.h"

#include <utility>

#include "common/flow/replies.h"
#include "common/status/status.h"
#include "services/registry/env.h"
#include "services/registry/events/facts.h"

namespace berdaya::registry {
namespace {

AwaitedRow Awaiting(const flow::Origin& origin, const province::v1::ReportInfo& info, const FamilyRow& family) {
  AwaitedRow row;
  row.position = origin.position.packed();
  row.province = origin.province;
  row.partition = origin.partition;
  row.offset = origin.offset;
  row.ce_id = flow::Utf8OrEmpty(origin.ce_id, 256);
  row.report_id = info.report_id();
  row.local_family_ref = family.local_family_ref;
  row.family_id = family.family_id;
  row.office = OfficeOf(info.office(), origin.province);
  return row;
}

}  // namespace

void WantFamily(const std::string& local_family_ref, const flow::Origin& origin, flow::KeySet& keys) {
  keys.Want<RefRow>({origin.province, local_family_ref});
}

absl::StatusOr<KnownFamily> FindFamily(const province::v1::ReportInfo& info, const std::string& local_family_ref,
                                       const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<CheckedInfo> checked = CheckInfo(info, {origin.province, origin.timestamp_ms}, view.env<Env>().regions);
  if (!checked.ok()) return checked.status();
  if (absl::Status s = CheckRef(local_family_ref); !s.ok()) return s;
  const RefRow* ref = view.Find<RefRow>({origin.province, local_family_ref});
  const FamilyRow* family = ref == nullptr ? nullptr : view.Find<FamilyRow>(ref->family_id);
  if (family == nullptr || !checked->office.Contains(family->village)) {
    return Invalid("family_unknown", "local_family_ref", "no family of this office has this reference");
  }
  return KnownFamily{family, *checked};
}

absl::StatusOr<KnownFamily> FindFamilyInPkh(const province::v1::ReportInfo& info, const std::string& local_family_ref,
                                            const flow::Origin& origin, const flow::View& view) {
  absl::StatusOr<KnownFamily> known = FindFamily(info, local_family_ref, origin, view);
  if (!known.ok()) return known;
  const EnrolmentRow* pkh = view.Find<EnrolmentRow>({known->family->family_id, type::v1::PROGRAMME_PKH});
  if (pkh == nullptr || (pkh->state != v1::ENROLMENT_STATE_ACTIVE && pkh->state != v1::ENROLMENT_STATE_ENDED)) {
    return Invalid("not_in_pkh", "local_family_ref", "the family does not take part in PKH");
  }
  return known;
}

absl::StatusOr<const FamilyRow*> FamilyOf(const type::v1::FactInfo& info, const flow::View& view) {
  const FamilyRow* family = view.Find<FamilyRow>(info.family_id());
  if (family == nullptr) return absl::DataLossError("a fact names a family that the registry does not have");
  return family;
}

void WantHanded(const province::v1::ReportInfo& info, const std::string& local_family_ref, const flow::Origin& origin,
                flow::KeySet& keys) {
  WantFamily(local_family_ref, origin, keys);
  keys.Want<HandedRow>({OfficeOf(info.office(), origin.province), local_family_ref, info.report_id()});
}

std::optional<absl::StatusOr<flow::Outcome>> AnswerRepeat(const flow::Origin& origin, const province::v1::ReportInfo& info,
                                                          const FamilyRow& family, const flow::View& view) {
  const HandedRow* handed =
      view.Find<HandedRow>({OfficeOf(info.office(), origin.province), family.local_family_ref, info.report_id()});
  if (handed == nullptr) return std::nullopt;
  if (handed->status == province::v1::REPORT_STATUS_REJECTED) {
    return Invalid(handed->code, handed->field, "this report was refused before; correct it and send it under a new report_id");
  }
  if (handed->status != province::v1::REPORT_STATUS_UNSPECIFIED) return flow::Outcome::Unchanged(family.family_id);
  const AwaitedRow* first = view.Find<AwaitedRow>(handed->position);
  if (first == nullptr) return absl::DataLossError("a report waits for its answer, and the registry lost what it has to name");
  AwaitedRow head = *first;
  AwaitedRow row = Awaiting(origin, info, family);
  row.repeat = std::exchange(head.repeat, row.position);
  flow::Outcome out = flow::Outcome::Deferred(family.family_id);
  out.Put(std::move(head));
  out.Insert(std::move(row));
  return out;
}

void Await(const flow::Origin& origin, const province::v1::ReportInfo& info, const FamilyRow& family, v1::ReportRef& ref,
           flow::Outcome& out, const std::string& reason) {
  AwaitedRow row = Awaiting(origin, info, family);
  ref.set_position(row.position);
  ref.set_province(row.province);
  HandedRow handed{row.office, row.local_family_ref, row.report_id, row.position};
  handed.reason = reason;
  out.Put(std::move(handed));
  out.Insert(std::move(row));
}

}  // namespace berdaya::registry
