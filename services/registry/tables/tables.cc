#include "services/registry/tables/tables.h"

namespace berdaya::registry {

void FamilyRow::LeadsTo(const FamilyRow& row, flow::KeySet& keys) {
  keys.Want<EnrolmentRow>({row.family_id, type::v1::PROGRAMME_PKH});
  keys.Want<EnrolmentRow>({row.family_id, type::v1::PROGRAMME_SEMBAKO});
  for (int64_t person_id : UnpackIds(row.family_id, row.member_ids)) keys.Want<PersonRow>(person_id);
}

void HandedRow::LeadsTo(const HandedRow& row, flow::KeySet& keys) {
  if (row.status == province::v1::REPORT_STATUS_UNSPECIFIED) keys.Want<AwaitedRow>(row.position);
}

void AwaitedRow::LeadsTo(const AwaitedRow& row, flow::KeySet& keys) {
  keys.Want<HandedRow>({row.office, row.local_family_ref, row.report_id});
  if (row.repeat != 0) keys.Want<AwaitedRow>(row.repeat);
}

std::string PackIds(int64_t family_id, const std::vector<int64_t>& person_ids) {
  std::string packed;
  for (int64_t id : person_ids) {
    const int64_t distance = id - family_id;
    uint64_t zigzag = static_cast<uint64_t>(distance) << 1 ^ static_cast<uint64_t>(distance >> 63);
    for (; zigzag >= 0x80; zigzag >>= 7) packed.push_back(static_cast<char>(zigzag | 0x80));
    packed.push_back(static_cast<char>(zigzag));
  }
  return packed;
}

std::vector<int64_t> UnpackIds(int64_t family_id, const std::string& packed) {
  std::vector<int64_t> ids;
  uint64_t zigzag = 0;
  int shift = 0;
  for (const char c : packed) {
    zigzag |= static_cast<uint64_t>(c & 0x7f) << shift;
    shift += 7;
    if ((c & 0x80) != 0) continue;
    ids.push_back(family_id + (static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1)));
    zigzag = 0;
    shift = 0;
  }
  return ids;
}

std::vector<const store::TableSpec*> Tables() {
  return {
      &store::SpecOf<FamilyRow>(),   &store::SpecOf<PersonRow>(), &store::SpecOf<RefRow>(),
      &store::SpecOf<KkRow>(),       &store::SpecOf<NikRow>(),    &store::SpecOf<EnrolmentRow>(),
      &store::SpecOf<DecisionRow>(), &store::SpecOf<HandedRow>(), &store::SpecOf<AwaitedRow>(),
  };
}

}  // namespace berdaya::registry
