#include "common/flow/service_spec.h"

#include "common/flow/tables.h"

namespace berdaya::flow {

Fate FateOf(const absl::Status& status, InputKind kind, bool from_decision) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kOutOfRange:
      if (!from_decision || kind == InputKind::kSweep) return Fate::kStop;
      if (kind == InputKind::kCommand) return Fate::kReject;
      if (kind == InputKind::kReport && status.code() != absl::StatusCode::kFailedPrecondition) return Fate::kReject;
      return Fate::kQuarantine;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return Fate::kRetry;
    default:
      return Fate::kStop;
  }
}

std::vector<const store::TableSpec*> FlowTables() {
  return {&store::SpecOf<InputRow>(),     &store::SpecOf<MarkRow>(),   &store::SpecOf<HeadRow>(),
          &store::SpecOf<SegmentRow>(),   &store::SpecOf<CursorRow>(), &store::SpecOf<NumberRow>(),
          &store::SpecOf<CommandRow>(),   &store::SpecOf<ParkedRow>(), &store::SpecOf<ParkedKeyRow>(),
          &store::SpecOf<OperationRow>(), &store::SpecOf<LeaseRow>()};
}

}  // namespace berdaya::flow
