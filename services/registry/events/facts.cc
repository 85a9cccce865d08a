#include "services/registry/events/facts.h"

#include <string>

#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"

namespace berdaya::registry {

void FillInfo(const FamilyRow& family, calendar::Day day, type::v1::FactInfo& info) {
  info.set_family_id(family.family_id);
  info.set_version(family.version);
  calendar::ToProto(day, *info.mutable_recorded_day());
  info.set_village(static_cast<uint64_t>(family.village.ToCell()));
}

region::RegionCode OfficeOf(uint64_t named, int province) {
  const auto office = region::RegionCode::FromNumber(named);
  if (office.ok() && office->ProvinceCode() == province) return *office;
  return *region::RegionCode::FromNumber(static_cast<uint64_t>(province) * 100'000'000);
}

void PublishRejected(region::RegionCode office, std::string_view code, calendar::Day day, flow::Outcome& out) {
  v1::ReportRejected fact;
  fact.set_office(static_cast<uint64_t>(office.ToCell()));
  fact.set_code(std::string(code));
  calendar::ToProto(day, *fact.mutable_recorded_day());
  out.Publish(std::to_string(office.ToCell()), fact);
}

void FillNotice(const FamilyRow& family, calendar::Day day, province::v1::NoticeInfo& info) {
  info.set_local_family_ref(family.local_family_ref);
  info.set_family_id(family.family_id);
  info.set_office(static_cast<uint64_t>(family.village.At(region::Level::kRegency).ToCell()));
  calendar::ToProto(day, *info.mutable_day());
}

}  // namespace berdaya::registry
