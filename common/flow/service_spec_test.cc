#include "common/flow/service_spec.h"

#include <gtest/gtest.h>

#include <map>

namespace berdaya::flow {
namespace {

using absl::StatusCode;

constexpr InputKind kKinds[] = {InputKind::kReport, InputKind::kFact, InputKind::kDay, InputKind::kCommand, InputKind::kSweep};

// Every status, every kind of input, from a decision and from store or bus. The table is written out on purpose.
TEST(FateTest, IsOneTable) {
  constexpr Fate kR = Fate::kReject;
  constexpr Fate kQ = Fate::kQuarantine;
  constexpr Fate kA = Fate::kRetry;
  constexpr Fate kS = Fate::kStop;
  struct Row {
    StatusCode code;
    Fate report, fact, day, command, sweep;  // from a decision
    Fate other;                              // from store or bus
  };
  const Row rows[] = {
      {StatusCode::kCancelled, kS, kS, kS, kS, kS, kS},          {StatusCode::kUnknown, kS, kS, kS, kS, kS, kS},
      {StatusCode::kInvalidArgument, kR, kQ, kQ, kR, kS, kS},    {StatusCode::kDeadlineExceeded, kA, kA, kA, kA, kA, kA},
      {StatusCode::kNotFound, kR, kQ, kQ, kR, kS, kS},           {StatusCode::kAlreadyExists, kR, kQ, kQ, kR, kS, kS},
      {StatusCode::kPermissionDenied, kR, kQ, kQ, kR, kS, kS},   {StatusCode::kResourceExhausted, kA, kA, kA, kA, kA, kA},
      {StatusCode::kFailedPrecondition, kQ, kQ, kQ, kR, kS, kS}, {StatusCode::kAborted, kA, kA, kA, kA, kA, kA},
      {StatusCode::kOutOfRange, kR, kQ, kQ, kR, kS, kS},         {StatusCode::kUnimplemented, kS, kS, kS, kS, kS, kS},
      {StatusCode::kInternal, kS, kS, kS, kS, kS, kS},           {StatusCode::kUnavailable, kA, kA, kA, kA, kA, kA},
      {StatusCode::kDataLoss, kS, kS, kS, kS, kS, kS},           {StatusCode::kUnauthenticated, kS, kS, kS, kS, kS, kS},
  };
  for (const Row& row : rows) {
    const absl::Status status(row.code, "");
    const std::map<InputKind, Fate> expected{{InputKind::kReport, row.report},
                                             {InputKind::kFact, row.fact},
                                             {InputKind::kDay, row.day},
                                             {InputKind::kCommand, row.command},
                                             {InputKind::kSweep, row.sweep}};
    for (InputKind kind : kKinds) {
      EXPECT_EQ(FateOf(status, kind, true), expected.at(kind))
          << absl::StatusCodeToString(row.code) << " kind " << static_cast<int>(kind);
      EXPECT_EQ(FateOf(status, kind, false), row.other) << absl::StatusCodeToString(row.code) << " kind " << static_cast<int>(kind);
    }
  }
  EXPECT_EQ(std::size(rows), 16u) << "all codes but OK";
}

}  // namespace
}  // namespace berdaya::flow
