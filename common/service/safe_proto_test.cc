// Reads every .proto file of the tree, so a message added tomorrow is covered as well. Runs in the root of the tree.
#include "common/service/safe_proto.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/type/v1/options.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace berdaya::service {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kMaxDepth = 6;

// What Fill puts into fields; the secret ones only below a marked field.
constexpr const char* kPublicText = "plain";
constexpr const char* kSecretText = "Siti Rahayu";
constexpr int kPublicNumber = 1;
constexpr int kSecretNumber = 32240101;

void FillField(Message& m, const FieldDescriptor& f, bool secret, int depth);

// Sets every field; below a marked field everything is secret. Counts marked fields.
int Fill(Message& message, bool secret, int depth) {
  int marked = 0;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    // Read from the option itself, not through the function under test.
    const bool mark = field.options().GetExtension(berdaya::type::v1::sensitivity) != 0;
    marked += mark;
    FillField(message, field, secret || mark, depth);
  }
  return marked;
}

void FillField(Message& m, const FieldDescriptor& f, bool secret, int depth) {
  const Reflection& r = *m.GetReflection();
  const bool many = f.is_repeated();
  const int number = secret ? kSecretNumber : kPublicNumber;
  const std::string text = secret ? kSecretText : kPublicText;
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return many ? r.AddInt32(&m, &f, number) : r.SetInt32(&m, &f, number);
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? r.AddInt64(&m, &f, number) : r.SetInt64(&m, &f, number);
    case FieldDescriptor::CPPTYPE_UINT32:
      return many ? r.AddUInt32(&m, &f, number) : r.SetUInt32(&m, &f, number);
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? r.AddUInt64(&m, &f, number) : r.SetUInt64(&m, &f, number);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return many ? r.AddDouble(&m, &f, number) : r.SetDouble(&m, &f, number);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return many ? r.AddFloat(&m, &f, number) : r.SetFloat(&m, &f, number);
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? r.AddBool(&m, &f, true) : r.SetBool(&m, &f, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      return many ? r.AddEnumValue(&m, &f, number) : r.SetEnumValue(&m, &f, number);
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? r.AddString(&m, &f, text) : r.SetString(&m, &f, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth < kMaxDepth) Fill(many ? *r.AddMessage(&m, &f) : *r.MutableMessage(&m, &f), secret, depth + 1);
  }
}

// The same message with every marked field cleared, by a way of its own.
void ClearMarked(Message& message) {
  const Reflection& r = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->options().GetExtension(berdaya::type::v1::sensitivity) != 0) {
      r.ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int k = 0; k < r.FieldSize(message, field); ++k) ClearMarked(*r.MutableRepeatedMessage(&message, field, k));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && r.HasField(message, field)) {
      ClearMarked(*r.MutableMessage(&message, field));
    }
  }
}

void CheckMessage(const Descriptor& type, int& marked) {
  SCOPED_TRACE(type.full_name());
  std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  marked += Fill(*message, false, 0);
  const std::string text = SafeDebugString(*message);
  EXPECT_THAT(text, Not(HasSubstr(kSecretText)));
  EXPECT_THAT(text, Not(HasSubstr(absl::StrCat(kSecretNumber))));
  ClearMarked(*message);
  EXPECT_EQ(text, SafeDebugString(*message));
  for (int i = 0; i < type.nested_type_count(); ++i) CheckMessage(*type.nested_type(i), marked);
}

TEST(SafeDebugString, NeverPrintsAMarkedFieldOfAnyMessageInTheTree) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  int files = 0;
  int marked = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("protos/berdaya")) {
    if (entry.path().extension() != ".proto") continue;
    const auto* file = pool->FindFileByName(std::filesystem::relative(entry.path(), "protos").string());
    ASSERT_NE(file, nullptr) << entry.path() << " is not linked into this test";
    ++files;
    for (int i = 0; i < file->message_type_count(); ++i) CheckMessage(*file->message_type(i), marked);
  }
  EXPECT_GE(files, 16);
  EXPECT_GE(marked, 20);
}

TEST(SafeDebugString, ShowsWhatIsNotMarked) {
  province::v1::FamilyReported report;
  report.mutable_info()->set_report_id("r-1");
  report.mutable_info()->mutable_occurred_on()->set_year(2020);
  report.set_kk_number(3324010101010001);
  const std::string text = SafeDebugString(report);
  EXPECT_THAT(text, HasSubstr("info: {report_id: \"r-1\" occurred_on: {year: 2020}}"));
  EXPECT_THAT(text, Not(HasSubstr("3324010101010001")));
  EXPECT_TRUE(IsSensitive(*report.GetDescriptor()->FindFieldByName("kk_number")));
  EXPECT_FALSE(IsSensitive(*report.GetDescriptor()->FindFieldByName("info")));
}

TEST(SafeDebugString, DropsUnknownFieldsAndEscapesText) {
  province::v1::ReportInfo info;
  info.set_report_id("a\n\"b\"");
  info.GetReflection()->MutableUnknownFields(&info)->AddLengthDelimited(1000, "secret");
  EXPECT_EQ(SafeDebugString(info), "report_id: \"a\\n\\\"b\\\"\"");
}

TEST(SafeDebugString, IsCut) {
  province::v1::ReportInfo info;
  info.set_report_id(std::string(100000, 'x'));
  const std::string text = SafeDebugString(info);
  EXPECT_LT(text.size(), 4200u);
  EXPECT_THAT(text, testing::EndsWith("..."));
}

}  // namespace
}  // namespace berdaya::service
