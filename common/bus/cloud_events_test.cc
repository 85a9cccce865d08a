#include "common/bus/cloud_events.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace berdaya::bus {
namespace {

TEST(CloudEvents, WhatIsWrittenIsRead) {
  EventHeaders out;
  out.id = "id-1";
  out.source = "registry";
  out.type = "berdaya.registry.v1.FamilyRegistered";
  out.subject = "family/1";
  out.time = "2020-01-01T00:00:00Z";
  out.content_type = "application/protobuf";
  out.traceparent = "00-1-2-01";
  out.spec_version = "1.0";
  out.epoch = 0;
  out.sequence = 9223372036854775807;
  std::map<std::string, std::string> wire;
  ForEachHeader(out, [&](std::string_view name, std::string_view value) { wire[std::string(name)] = std::string(value); });
  EXPECT_EQ(wire.size(), 10u);
  EXPECT_EQ(wire["ce_specversion"], "1.0");
  EXPECT_EQ(wire["content-type"], "application/protobuf");
  EventHeaders in;
  for (const auto& [name, value] : wire) SetHeader(name, value, in);
  EXPECT_EQ(in.id, out.id);
  EXPECT_EQ(in.source, out.source);
  EXPECT_EQ(in.type, out.type);
  EXPECT_EQ(in.subject, out.subject);
  EXPECT_EQ(in.time, out.time);
  EXPECT_EQ(in.content_type, out.content_type);
  EXPECT_EQ(in.traceparent, out.traceparent);
  EXPECT_EQ(in.spec_version, out.spec_version);
  EXPECT_EQ(in.epoch, 0);
  EXPECT_EQ(in.sequence, out.sequence);
}

TEST(CloudEvents, WhatIsAbsentIsNotWritten) {
  int count = 0;
  ForEachHeader(EventHeaders(), [&](std::string_view, std::string_view) { ++count; });
  EXPECT_EQ(count, 0);
  EXPECT_EQ(HeaderBytes(EventHeaders()), 0);
}

TEST(CloudEvents, NamesAreCaseSensitiveAndOthersArePassedOver) {
  EventHeaders in;
  for (std::string_view name : {"CE_ID", "Ce_id", "ce-id", "id", "", "Content-Type", "ce_sourcE", "ce_idx"})
    SetHeader(name, "x", in);
  EXPECT_TRUE(in.id.empty() && in.source.empty() && in.content_type.empty());
}

TEST(CloudEvents, ANumberThatIsNoneIsAbsent) {
  for (std::string_view value : {"", " 1", "1 ", "x", "-1", "1.0", "9223372036854775808", "0x10"}) {
    EventHeaders in;
    SetHeader("ce_sequence", value, in);
    SetHeader("ce_epoch", value, in);
    EXPECT_EQ(in.sequence, -1) << value;
    EXPECT_EQ(in.epoch, -1) << value;
  }
}

}  // namespace
}  // namespace berdaya::bus
