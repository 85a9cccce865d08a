// Days on the wire: berdaya.type.v1.Date to Day and back.
#ifndef BERDAYA_COMMON_CALENDAR_DAY_PROTO_H_
#define BERDAYA_COMMON_CALENDAR_DAY_PROTO_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "berdaya/type/v1/date.pb.h"
#include "common/calendar/day.h"

namespace berdaya::calendar {

// True for an absent message, which reads as all zeros.
bool IsMissing(const type::v1::Date& date);

// A required date. InvalidArgument names `field` and says what is wrong, never the value: "birth_date: the date is missing".
absl::StatusOr<Day> FromProto(const type::v1::Date& date, std::string_view field = "date");

// None becomes an all-zero message; leave an optional field unset instead.
type::v1::Date ToProto(Day day);
// The same without a temporary: fills a message that exists, such as one on an arena.
void ToProto(Day day, type::v1::Date& date);

}  // namespace berdaya::calendar

#endif  // BERDAYA_COMMON_CALENDAR_DAY_PROTO_H_
