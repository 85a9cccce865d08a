// The case that a command names, for the commands that need one.
#ifndef BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_KNOWN_CASE_H_
#define BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_KNOWN_CASE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "berdaya/type/v1/date.pb.h"
#include "common/calendar/day.h"
#include "common/flow/origin.h"
#include "common/flow/view.h"
#include "services/enterprise_mentoring/tables/tables.h"

namespace berdaya::mentoring {

void WantCase(int64_t case_id, flow::KeySet& keys);

// NotFound for a case that does not exist and, in the same words, for one outside the caller's region. Never null in a result.
absl::StatusOr<const CaseRow*> FindCase(int64_t case_id, const flow::Origin& origin, const flow::View& view);

// What mentors report happens between a family and a partner: FailedPrecondition while the family waits for one.
absl::Status CheckHasPartner(const CaseRow& row);

// What happens with a partner's help happens under its MoU: FailedPrecondition for a day before that was signed.
absl::Status CheckUnderMou(const CaseRow& row, calendar::Day day, std::string_view field, const flow::View& view);

// A day that has come. InvalidArgument where it is no date, FailedPrecondition where it lies ahead or no day has been opened yet.
absl::StatusOr<calendar::Day> PastDay(const type::v1::Date& date, std::string_view field, const flow::Origin& origin);

}  // namespace berdaya::mentoring

#endif  // BERDAYA_SERVICES_ENTERPRISE_MENTORING_COMMANDS_KNOWN_CASE_H_
