#include "services/registry/events/facts.h"

#include "common/calendar/day_proto.h"

namespace berdaya::registry {

void FillInfo(const FamilyRow& family, calendar::Day day, type::v1::FactInfo& info) {
  info.set_family_id(family.family_id);
  info.set_version(family.version);
  calendar::ToProto(day, *info.mutable_recorded_day());
  info.set_village(static_cast<uint64_t>(family.village.ToCell()));
}

void FillNotice(const FamilyRow& family, calendar::Day day, province::v1::NoticeInfo& info) {
  info.set_local_family_ref(family.local_family_ref);
  info.set_family_id(family.family_id);
  info.set_office(static_cast<uint64_t>(family.village.At(region::Level::kRegency).ToCell()));
  calendar::ToProto(day, *info.mutable_day());
}

}  // namespace berdaya::registry
