#include "common/status/status.h"

#include "gtest/gtest.h"

namespace berdaya {
namespace {

TEST(Status, CarriesCodeFieldAndMessage) {
  const absl::Status status = Invalid("nik_serial", "nik", "serial 0000 is never issued");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "serial 0000 is never issued");
  EXPECT_EQ(ReasonOf(status), "nik_serial");
  EXPECT_EQ(FieldOf(status), "nik");
  EXPECT_EQ(Refused("quota_used", "", "the quota is used up").code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Status, SurvivesACopy) {
  absl::Status copy;
  {
    const absl::Status status = Invalid("a", "b", "c");
    copy = status;
  }
  EXPECT_EQ(ReasonOf(copy), "a");
  EXPECT_EQ(FieldOf(copy), "b");
}

TEST(Status, OkHasNoReason) {
  const absl::Status status = WithReason(absl::OkStatus(), "code", "field");
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_TRUE(InField("members[0]", absl::OkStatus()).ok());
}

TEST(Status, WithReasonReplacesWhatWasThere) {
  const absl::Status status = WithReason(Invalid("old", "old_field", "m"), "new");
  EXPECT_EQ(ReasonOf(status), "new");
  EXPECT_EQ(FieldOf(status), "");
}

TEST(Status, InFieldBuildsAPath) {
  EXPECT_EQ(FieldOf(InField("members[2]", Invalid("c", "nik", "m"))), "members[2].nik");
  EXPECT_EQ(FieldOf(InField("members", Invalid("c", "[2].nik", "m"))), "members[2].nik");
  EXPECT_EQ(FieldOf(InField("family", InField("members[2]", Invalid("c", "nik", "m")))), "family.members[2].nik");
  EXPECT_EQ(FieldOf(InField("village", absl::NotFoundError("m"))), "village");
  EXPECT_EQ(ReasonOf(InField("members[2]", Invalid("c", "nik", "m"))), "c");
}

}  // namespace
}  // namespace berdaya
