#include "services/registry/events/family_reported.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/stable_hash.h"
#include "common/status/status.h"
#include "services/registry/domain/report_check.h"
#include "services/registry/env.h"
#include "services/registry/events/facts.h"
#include "services/registry/sweeps/review_components.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {
namespace {

using province::v1::FamilyReported;
using province::v1::Member;

// Of everything the report says about the family; not of who reported it and when.
int64_t ContentHash(const FamilyReported& m) {
  flow::StableHash hash;
  hash.Int(m.kk_number()).Int(m.village());
  for (const Member& member : m.members()) {
    const auto& birth = member.birth_date();
    hash.Int(member.nik()).Text(member.name());
    hash.Int(birth.year() * 10'000 + birth.month() * 100 + birth.day());
    hash.Int(member.sex() | member.relation() << 2 | member.schooling() << 6 | member.pregnant() << 10 |
             member.severe_disability() << 11 | member.recipient() << 12);
  }
  return static_cast<int64_t>(hash.Value());
}

// NIK and KK number must be free, or held by this family already. A person whose NIK belongs to no family now may be taken in.
absl::Status CheckClaims(const FamilyReported& m, int64_t family_id, const flow::View& view) {
  if (m.kk_number() != 0) {
    const KkRow* kk = view.Find<KkRow>(static_cast<int64_t>(m.kk_number()));
    if (kk != nullptr && kk->family_id != family_id) {
      return Invalid("kk_of_another_family", "kk_number", "the KK number is held by another family");
    }
  }
  for (int i = 0; i < m.members_size(); ++i) {
    if (m.members(i).nik() == 0) continue;
    const NikRow* nik = view.Find<NikRow>(static_cast<int64_t>(m.members(i).nik()));
    if (nik != nullptr && nik->family_id != 0 && nik->family_id != family_id) {
      return Invalid("nik_of_another_family", absl::StrCat("members[", i, "].nik"), "the NIK is recorded in another family");
    }
  }
  return absl::OkStatus();
}

PersonRow PersonFrom(const Member& member, int64_t person_id, int64_t family_id) {
  PersonRow row;
  row.person_id = person_id;
  row.family_id = family_id;
  row.nik = static_cast<int64_t>(member.nik());
  row.name = member.name();
  row.birth_date = *calendar::FromProto(member.birth_date());  // checked before
  row.traits = {member.sex(),      member.relation(),          member.schooling(),
                member.pregnant(), member.severe_disability(), member.recipient()};
  return row;
}

bool Has(const std::vector<int64_t>& ids, int64_t id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

// The persons that the members of the report are, 0 for somebody new: by NIK anywhere, and of those left by name and birth date
// within the family. Nobody is taken for two members.
std::vector<int64_t> PersonsOf(const FamilyReported& m, const std::vector<const PersonRow*>& known, const flow::View& view) {
  std::vector<int64_t> ids(m.members_size());
  for (int i = 0; i < m.members_size(); ++i) {
    if (m.members(i).nik() == 0) continue;
    if (const NikRow* nik = view.Find<NikRow>(static_cast<int64_t>(m.members(i).nik()))) ids[i] = nik->person_id;
  }
  for (int i = 0; i < m.members_size(); ++i) {
    const Member& member = m.members(i);
    const calendar::Day birth = *calendar::FromProto(member.birth_date());
    for (size_t k = 0; k < known.size() && ids[i] == 0; ++k) {
      const PersonRow& person = *known[k];
      const bool nik_fits = member.nik() == 0 || person.nik == 0;
      if (nik_fits && person.name == member.name() && person.birth_date == birth && !Has(ids, person.person_id))
        ids[i] = person.person_id;
    }
  }
  return ids;
}

// Puts the reported members, lets go of those no longer named, and fills the family's member_ids.
std::vector<MemberStanding> PutMembers(const FamilyReported& m, const flow::Origin& origin, const flow::View& view,
                                       FamilyRow& family, flow::Outcome& out) {
  std::vector<const PersonRow*> known;
  for (int64_t id : UnpackIds(family.family_id, family.member_ids)) {
    if (const PersonRow* person = view.Find<PersonRow>(id)) known.push_back(person);
  }
  std::vector<int64_t> ids = PersonsOf(m, known, view);
  std::vector<MemberStanding> standings;
  for (int i = 0; i < m.members_size(); ++i) {
    const bool is_new = ids[i] == 0;
    if (is_new) ids[i] = origin.NewId(i + 1);
    PersonRow person = PersonFrom(m.members(i), ids[i], family.family_id);
    standings.push_back({person.birth_date, person.traits.schooling, person.traits.pregnant, person.traits.severe_disability});
    const PersonRow* before = is_new ? nullptr : view.Find<PersonRow>(ids[i]);
    if (before != nullptr && before->nik != 0 && before->nik != person.nik) out.Erase<NikRow>(before->nik);
    if (person.nik != 0) out.Put(NikRow{person.nik, ids[i], family.family_id});
    if (is_new) {
      out.Insert(std::move(person));
    } else {
      out.Put(std::move(person));
    }
  }
  for (const PersonRow* person : known) {
    if (Has(ids, person->person_id)) continue;
    PersonRow left = *person;
    left.family_id = 0;
    if (left.nik != 0) out.Put(NikRow{left.nik, left.person_id, 0});
    out.Put(std::move(left));
  }
  family.member_ids = PackIds(family.family_id, ids);
  return standings;
}

void PutKk(const FamilyRow* old, const FamilyRow& family, flow::Outcome& out) {
  if (old != nullptr && old->kk == family.kk) return;
  if (old != nullptr && old->kk != 0) out.Erase<KkRow>(old->kk);
  if (family.kk != 0) out.Put(KkRow{family.kk, family.family_id});
}

template <class Fact>
void PublishState(const FamilyRow& family, int members, calendar::Day day, flow::Outcome& out) {
  Fact fact;
  FillInfo(family, day, *fact.mutable_info());
  fact.set_members(members);
  family.components.ToProto(*fact.mutable_components());
  out.Publish(family.family_id, fact);
}

}  // namespace

void OnFamilyReported::Prefetch(const Message& m, const flow::Origin& origin, flow::KeySet& keys) {
  keys.Want<RefRow>({origin.province, m.local_family_ref()});
  if (m.kk_number() != 0) keys.Want<KkRow>(static_cast<int64_t>(m.kk_number()));
  for (const Member& member : m.members()) {
    if (member.nik() != 0) keys.Want<NikRow>(static_cast<int64_t>(member.nik()));
  }
}

absl::StatusOr<flow::Outcome> OnFamilyReported::Decide(const Message& m, const flow::Origin& origin, const flow::View& view) {
  const Env& env = view.env<Env>();
  const absl::StatusOr<CheckedInfo> info = CheckInfo(m.info(), {origin.province, origin.timestamp_ms}, env.regions);
  if (!info.ok()) return info.status();
  if (absl::Status s = CheckFamily(m, *info, env.regions); !s.ok()) return s;

  const RefRow* ref = view.Find<RefRow>({origin.province, m.local_family_ref()});
  const FamilyRow* old = ref == nullptr ? nullptr : view.Find<FamilyRow>(ref->family_id);
  const int64_t reported_at = info->reported_at_us;
  const int64_t content = ContentHash(m);
  if (old != nullptr) {
    if (std::pair(reported_at, content) <= std::pair(old->reported_at_us, old->content_hash)) {
      return flow::Outcome::Unchanged(old->family_id);
    }
    if (content == old->content_hash) {
      // Nothing new, but a report between the two must from now on count as older.
      flow::Outcome out = flow::Outcome::Unchanged(old->family_id);
      FamilyRow same = *old;
      same.reported_at_us = reported_at;
      out.Put(std::move(same));
      return out;
    }
  }
  // A family that moves between two offices is reported by one whose region has both places.
  if (old != nullptr && !info->office.Contains(old->village)) {
    return Invalid("family_of_another_office", "local_family_ref", "the family lives outside the region of the reporting office");
  }
  const calendar::Day day = origin.RecordedDay();
  const int64_t family_id = old != nullptr ? old->family_id : origin.NewId(0);
  if (absl::Status s = CheckClaims(m, family_id, view); !s.ok()) return s;

  flow::Outcome out = old != nullptr ? flow::Outcome::Changed(family_id) : flow::Outcome::Registered(family_id);
  FamilyRow next = old != nullptr ? AdvanceTo(day, *old, view, out) : FamilyRow{family_id};
  next.version += 1;
  next.province = origin.province;
  next.local_family_ref = m.local_family_ref();
  next.kk = static_cast<int64_t>(m.kk_number());
  next.village = *region::RegionCode::FromNumber(m.village());
  next.reported_at_us = reported_at;
  next.content_hash = content;
  const std::vector<MemberStanding> standings = PutMembers(m, origin, view, next, out);
  PutKk(old, next, out);
  next.components = CountComponents(standings, day, env.component_rules);
  const EnrolmentRow* pkh = old == nullptr ? nullptr : view.Find<EnrolmentRow>({next.family_id, type::v1::PROGRAMME_PKH});
  const bool in_pkh = pkh != nullptr && pkh->state == v1::ENROLMENT_STATE_ACTIVE;
  next.review_on = in_pkh ? NextChange(standings, day, env.component_rules) : calendar::Day();

  if (old == nullptr) {
    out.Put(RefRow{origin.province, m.local_family_ref(), family_id});
    PublishState<v1::FamilyRegistered>(next, m.members_size(), day, out);
    out.Insert(std::move(next));
  } else {
    PublishState<v1::FamilyChanged>(next, m.members_size(), day, out);
    out.Put(std::move(next));
  }
  return out;
}

}  // namespace berdaya::registry
