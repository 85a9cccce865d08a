#include "common/flow/replies.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/bus/topics.h"
#include "common/flow/testing/tally_process.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow {
namespace {

TEST(RepliesTest, OneRecordAProvinceSplitWhereItIsLong) {
  Replies replies;
  for (int i = 0; i < 1203; ++i) {
    province::v1::ReportOutcome outcome;
    outcome.set_offset(i);
    replies.Add(i < 1201 ? 33 : 91, outcome);
  }
  Outbox outbox("facts", "letters");
  replies.FlushTo(outbox);
  auto database = testing::NewTallyDatabase();
  auto transaction = database->Begin().value();
  const auto segments = outbox.Write(*transaction, 0, absl::UnixEpoch()).value();
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0]->topic, bus::RepliesTopic(33));
  EXPECT_EQ(segments[0]->count, 3);
  EXPECT_EQ(segments[1]->count, 1);
  SegmentReader reader(segments[0]->payload);
  SegmentRecord record;
  absl::Status status;
  int64_t next = 0;
  while (reader.Next(record, status)) {
    province::v1::OutcomesReported reported;
    ASSERT_TRUE(reported.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())));
    EXPECT_EQ(reported.province(), 33);
    EXPECT_EQ(record.key, "33");
    for (const auto& outcome : reported.outcomes()) EXPECT_EQ(outcome.offset(), next++);
  }
  EXPECT_EQ(next, 1201);
  replies.FlushTo(outbox);
  EXPECT_TRUE(outbox.empty()) << "what was sent is not sent again";
}

TEST(RepliesTest, TheLargestRecordFitsItsTopic) {
  Replies replies;
  for (int i = 0; i < 500; ++i) {
    province::v1::ReportOutcome outcome;
    outcome.set_ce_id(std::string(256, 'x'));
    outcome.set_report_id(std::string(256, 'x'));
    outcome.set_local_family_ref(std::string(256, 'x'));
    outcome.set_message_id(std::string(500, 'x'));
    outcome.set_message_en(std::string(500, 'x'));
    replies.Add(33, outcome);
  }
  Outbox outbox("facts", "letters");
  replies.FlushTo(outbox);
  auto database = testing::NewTallyDatabase();
  auto transaction = database->Begin().value();
  const auto segments = outbox.Write(*transaction, 0, absl::UnixEpoch()).value();
  EXPECT_LT(segments[0]->payload.size(), Outbox::kMaxValueBytes * 2);
}

TEST(Utf8OrEmptyTest, KeepsUtf8AndNothingElse) {
  for (const char* text :
       {"", "abc", "Añb", "\xe2\x82\xac", "\xf0\x9f\x99\x82", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(Utf8OrEmpty(text, 100), text);
  }
  for (const char* text : {"\x80", "\xc3", "a\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf8\x88\x80\x80\x80", "\xff", "\xe2\x82", "\xf0\x9f\x99", "ok\xbf"}) {
    EXPECT_EQ(Utf8OrEmpty(text, 100), "");
  }
  EXPECT_EQ(Utf8OrEmpty(std::string("a\0b", 3), 3), std::string("a\0b", 3));
  EXPECT_EQ(Utf8OrEmpty("abcd", 3), "");
}

}  // namespace
}  // namespace berdaya::flow
