// Why something was refused: a status with a stable code and the field it is about.
//
// The code is for programs and never changes its meaning (lower_snake_case, docs/rejections.md); the field is a path in the message
// that was refused, such as members[2].nik; the message is a sentence for people that says what to do. None of the three may
// contain the refused value: it can be personal data. Pure functions, any thread.
#ifndef BERDAYA_COMMON_STATUS_STATUS_H_
#define BERDAYA_COMMON_STATUS_STATUS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace berdaya {

// Gives a status its code and field; what it had before is replaced. OK stays OK.
absl::Status WithReason(absl::Status status, std::string_view code, std::string_view field = {});

// InvalidArgument: the message itself is wrong, whatever else is true.
absl::Status Invalid(std::string_view code, std::string_view field, std::string_view message);

// FailedPrecondition: well formed, but it does not fit what is known.
absl::Status Refused(std::string_view code, std::string_view field, std::string_view message);

// The code, or empty.
std::string ReasonOf(const absl::Status& status);

// The field, or empty.
std::string FieldOf(const absl::Status& status);

// Puts the place in front of the field: InField("members[2]", Invalid(.., "nik", ..)) is about members[2].nik. The code stays. OK
// stays OK.
absl::Status InField(std::string_view place, absl::Status status);

}  // namespace berdaya

#endif  // BERDAYA_COMMON_STATUS_STATUS_H_
