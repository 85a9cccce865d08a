// Reporting follows every family's versions without a hole, so it has to read every fact that carries one.
#include "services/reporting/wiring.h"

#include <set>
#include <string>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "berdaya/type/v1/fact.pb.h"
#include "gtest/gtest.h"

namespace berdaya::reporting {
namespace {

TEST(WiringTest, EveryFactWithAVersionIsRead) {
  // An answer to a report; its version is 0, it changes nothing.
  const std::set<std::string> without_version = {graduation::v1::ReportOutcome::descriptor()->full_name()};
  const flow::ServiceSpec spec = Wire();
  const google::protobuf::FileDescriptor* const files[] = {registry::v1::FamilyRegistered::descriptor()->file(),
                                                           graduation::v1::CaseOpened::descriptor()->file(),
                                                           enterprise_mentoring::v1::CaseOpened::descriptor()->file()};
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const google::protobuf::Descriptor* message = file->message_type(i);
      const google::protobuf::FieldDescriptor* info = message->FindFieldByName("info");
      if (info == nullptr || info->message_type() != type::v1::FactInfo::descriptor()) continue;
      const bool read = spec.handlers.Find(std::string(message->full_name())) != nullptr;
      EXPECT_EQ(read, !without_version.contains(std::string(message->full_name())))
          << message->full_name() << " carries a version: register it in wiring.cc, OnOther...Fact where no figure counts it";
    }
  }
}

}  // namespace
}  // namespace berdaya::reporting
