#include "services/graduation/domain/case_message.h"

#include "common/calendar/day_proto.h"

namespace berdaya::graduation {

void FillCase(const Case& c, v1::Case& out) {
  out.set_case_id(c.case_id);
  out.set_family_id(c.family_id);
  out.set_version(c.version);
  out.set_state(c.state);
  out.set_village(static_cast<uint64_t>(c.village.ToCell()));
  calendar::ToProto(c.enrolled_on, *out.mutable_enrolled_on());
  calendar::ToProto(c.ends_on, *out.mutable_ends_on());
  out.set_kind(c.kind);
  out.set_warned_months(c.warned_months);
  out.set_recommended_by(c.recommended_by);
  out.set_decided_by(c.decided_by);
  if (!c.graduated_on.empty()) calendar::ToProto(c.graduated_on, *out.mutable_graduated_on());
  out.set_rule_version(c.rule_version);
  out.set_letter_number(c.letter_number);
  if (!c.decided_on.empty()) calendar::ToProto(c.decided_on, *out.mutable_decided_on());
  if (!c.requested_on.empty()) calendar::ToProto(c.requested_on, *out.mutable_requested_on());
}

}  // namespace berdaya::graduation
