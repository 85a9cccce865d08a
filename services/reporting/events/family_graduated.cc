#include "services/reporting/events/family_graduated.h"

#include "services/reporting/events/count.h"

namespace berdaya::reporting {
namespace {

v1::Indicator IndicatorOf(type::v1::GraduationKind kind) {
  switch (kind) {
    case type::v1::GRADUATION_KIND_NATURAL:
      return v1::INDICATOR_GRADUATED_NATURAL;
    case type::v1::GRADUATION_KIND_SELF_RELIANT:
      return v1::INDICATOR_GRADUATED_SELF_RELIANT;
    case type::v1::GRADUATION_KIND_TIME_LIMIT:
      return v1::INDICATOR_GRADUATED_TIME_LIMIT;
    default:
      return v1::INDICATOR_UNSPECIFIED;
  }
}

}  // namespace

void OnFamilyGraduated::Count(const Message& m, const FactHead& head, flow::Outcome& out) {
  const v1::Indicator indicator = IndicatorOf(m.kind());
  if (indicator != v1::INDICATOR_UNSPECIFIED) reporting::Count(head.village, head.day, indicator, 1, out);
}

}  // namespace berdaya::reporting
