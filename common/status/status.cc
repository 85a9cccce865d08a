#include "common/status/status.h"

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace berdaya {
namespace {

constexpr std::string_view kCodeUrl = "berdaya/code";
constexpr std::string_view kFieldUrl = "berdaya/field";

absl::string_view View(std::string_view s) { return {s.data(), s.size()}; }

std::string PayloadOf(const absl::Status& status, std::string_view url) {
  auto payload = status.GetPayload(View(url));
  return payload ? std::string(*payload) : std::string();
}

void SetPayload(absl::Status& status, std::string_view url, std::string_view text) {
  if (text.empty()) {
    status.ErasePayload(View(url));
  } else {
    status.SetPayload(View(url), absl::Cord(View(text)));
  }
}

}  // namespace

absl::Status WithReason(absl::Status status, std::string_view code, std::string_view field) {
  if (status.ok()) return status;
  SetPayload(status, kCodeUrl, code);
  SetPayload(status, kFieldUrl, field);
  return status;
}

absl::Status Invalid(std::string_view code, std::string_view field, std::string_view message) {
  return WithReason(absl::InvalidArgumentError(View(message)), code, field);
}

absl::Status Refused(std::string_view code, std::string_view field, std::string_view message) {
  return WithReason(absl::FailedPreconditionError(View(message)), code, field);
}

std::string ReasonOf(const absl::Status& status) { return PayloadOf(status, kCodeUrl); }

std::string FieldOf(const absl::Status& status) { return PayloadOf(status, kFieldUrl); }

absl::Status InField(std::string_view place, absl::Status status) {
  if (status.ok()) return status;
  const std::string inner = FieldOf(status);
  // "members[2]" + "nik" takes a dot, "members" + "[2].nik" does not.
  const bool dot = !inner.empty() && inner.front() != '[';
  SetPayload(status, kFieldUrl, absl::StrCat(View(place), dot ? "." : "", inner));
  return status;
}

}  // namespace berdaya
