#include "services/registry/rpc/reads.h"

#include <optional>
#include <utility>

#include "common/calendar/day_proto.h"
#include "common/store/typed.h"

namespace berdaya::registry {
namespace {

void FillPerson(const PersonRow& row, v1::Person& person) {
  person.set_person_id(row.person_id);
  province::v1::Member& member = *person.mutable_member();
  member.set_nik(static_cast<uint64_t>(row.nik));
  member.set_name(row.name);
  calendar::ToProto(row.birth_date, *member.mutable_birth_date());
  member.set_sex(row.traits.sex);
  member.set_relation(row.traits.relation);
  member.set_schooling(row.traits.schooling);
  member.set_pregnant(row.traits.pregnant);
  member.set_severe_disability(row.traits.severe_disability);
  member.set_recipient(row.traits.recipient);
}

void FillEnrolment(const EnrolmentRow& row, v1::Enrolment& enrolment) {
  enrolment.set_programme(static_cast<type::v1::Programme>(row.programme));
  enrolment.set_state(row.state);
  if (!row.starts_on.empty()) calendar::ToProto(row.starts_on, *enrolment.mutable_starts_on());
  if (!row.ended_on.empty()) calendar::ToProto(row.ended_on, *enrolment.mutable_ended_on());
}

}  // namespace

absl::StatusOr<std::vector<v1::Family>> WithMembers(store::Reader& reader, const std::vector<FamilyRow>& rows) {
  std::vector<int64_t> person_ids;
  std::vector<store::KeyOf<EnrolmentRow>> enrolment_keys;
  for (const FamilyRow& row : rows) {
    for (int64_t id : UnpackIds(row.family_id, row.member_ids)) person_ids.push_back(id);
    enrolment_keys.emplace_back(row.family_id, type::v1::PROGRAMME_PKH);
    enrolment_keys.emplace_back(row.family_id, type::v1::PROGRAMME_SEMBAKO);
  }
  absl::StatusOr<std::vector<std::optional<PersonRow>>> persons = store::GetMany<PersonRow>(reader, person_ids);
  if (!persons.ok()) return persons.status();
  absl::StatusOr<std::vector<std::optional<EnrolmentRow>>> enrolments = store::GetMany<EnrolmentRow>(reader, enrolment_keys);
  if (!enrolments.ok()) return enrolments.status();

  std::vector<v1::Family> families(rows.size());
  size_t next_person = 0;
  size_t next_enrolment = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const FamilyRow& row = rows[i];
    v1::Family& family = families[i];
    family.set_family_id(row.family_id);
    family.set_version(row.version);
    family.set_local_family_ref(row.local_family_ref);
    family.set_kk_number(static_cast<uint64_t>(row.kk));
    family.set_village(static_cast<uint64_t>(row.village.ToCell()));
    row.components.ToProto(*family.mutable_components());
    for (size_t n = UnpackIds(row.family_id, row.member_ids).size(); n > 0; --n, ++next_person) {
      if ((*persons)[next_person].has_value()) FillPerson(*(*persons)[next_person], *family.add_members());
    }
    for (int n = 0; n < 2; ++n, ++next_enrolment) {
      if ((*enrolments)[next_enrolment].has_value()) FillEnrolment(*(*enrolments)[next_enrolment], *family.add_enrolments());
    }
  }
  return families;
}

absl::StatusOr<FoundFamilies> ReadFamilies(store::Reader& reader, const std::vector<int64_t>& family_ids,
                                           region::RegionCode scope) {
  absl::StatusOr<std::vector<std::optional<FamilyRow>>> rows = store::GetMany<FamilyRow>(reader, family_ids);
  if (!rows.ok()) return rows.status();
  FoundFamilies found;
  std::vector<FamilyRow> in_scope;
  for (size_t i = 0; i < rows->size(); ++i) {
    if ((*rows)[i].has_value() && scope.Contains((*rows)[i]->village)) {
      in_scope.push_back(*std::move((*rows)[i]));
    } else {
      found.not_found.push_back(family_ids[i]);
    }
  }
  absl::StatusOr<std::vector<v1::Family>> families = WithMembers(reader, in_scope);
  if (!families.ok()) return families.status();
  found.families = *std::move(families);
  return found;
}

}  // namespace berdaya::registry
