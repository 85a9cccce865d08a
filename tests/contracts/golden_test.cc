// The bytes of every event as they have always been, and no personal data where none belongs. README.md says how to add an event.
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "berdaya/type/v1/dead_letter.pb.h"
#include "berdaya/type/v1/options.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace berdaya {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;

constexpr char kGolden[] = "tests/contracts/golden";

const std::vector<const FileDescriptor*>& FactsAndNotices() {
  static const auto* const kFiles = new std::vector<const FileDescriptor*>{
      registry::v1::FamilyRegistered::descriptor()->file(),       graduation::v1::CaseOpened::descriptor()->file(),
      enterprise_mentoring::v1::CaseOpened::descriptor()->file(), province::v1::EnrolmentDecided::descriptor()->file(),
      province::v1::OutcomesReported::descriptor()->file(),       type::v1::DeadLetter::descriptor()->file()};
  return *kFiles;
}

// The messages of a file that go into records: those that no other message of the file is made of.
std::vector<const Descriptor*> EventsOf(const FileDescriptor& file) {
  std::set<const Descriptor*> parts;
  for (int i = 0; i < file.message_type_count(); ++i) {
    for (int f = 0; f < file.message_type(i)->field_count(); ++f) parts.insert(file.message_type(i)->field(f)->message_type());
  }
  std::vector<const Descriptor*> events;
  for (int i = 0; i < file.message_type_count(); ++i) {
    if (!parts.contains(file.message_type(i))) events.push_back(file.message_type(i));
  }
  return events;
}

std::vector<const Descriptor*> AllEvents() {
  std::vector<const FileDescriptor*> files = FactsAndNotices();
  files.push_back(calendar::v1::DayOpened::descriptor()->file());
  files.push_back(province::v1::FamilyReported::descriptor()->file());
  std::vector<const Descriptor*> events;
  for (const FileDescriptor* file : files) {
    const std::vector<const Descriptor*> more = EventsOf(*file);
    events.insert(events.end(), more.begin(), more.end());
  }
  return events;
}

struct Example {
  std::string text;
  std::string wire_hex;
};

// The example of an event; empty if there is none.
Example ReadExample(const std::string& event) {
  std::ostringstream all;
  all << std::ifstream(std::string(kGolden) + "/" + event + ".txtpb").rdbuf();
  Example example{all.str(), ""};
  static const std::regex kHex("#   ([0-9a-f]+)");
  for (std::sregex_iterator it(example.text.begin(), example.text.end(), kHex), end; it != end; ++it) example.wire_hex += (*it)[1];
  return example;
}

std::string Hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) hex += {kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]};
  return hex;
}

std::string Bytes(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::unique_ptr<Message> NewOf(const Descriptor& event) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&event)->New());
}

// The fields that an example leaves unset, in it or in the parts it is made of; of a list its first element counts.
void CollectUnset(const Message& message, const std::string& path, std::vector<std::string>& unset) {
  const Descriptor& type = *message.GetDescriptor();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const std::string name = path + field->name();
    const bool is_set = field->is_repeated() ? reflection.FieldSize(message, field) > 0 : reflection.HasField(message, field);
    if (!is_set) {
      unset.push_back(name);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CollectUnset(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, 0) : reflection.GetMessage(message, field),
                   name + ".", unset);
    }
  }
}

TEST(Golden, EveryEventKeepsItsBytes) {
  ASSERT_GE(AllEvents().size(), 39u);
  for (const Descriptor* event : AllEvents()) {
    SCOPED_TRACE(event->full_name());
    const Example example = ReadExample(event->full_name());
    ASSERT_NE(example.wire_hex, "") << "no example; see tests/contracts/README.md";
    const std::unique_ptr<Message> from_text = NewOf(*event);
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(example.text, from_text.get()));
    EXPECT_EQ(Hex(from_text->SerializeAsString()), example.wire_hex) << "other bytes than readers know";
    const std::unique_ptr<Message> from_wire = NewOf(*event);
    ASSERT_TRUE(from_wire->ParseFromString(Bytes(example.wire_hex)));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*from_wire, *from_text)) << from_wire->DebugString();
  }
}

TEST(Golden, EveryFieldHasAValueInItsExample) {
  for (const Descriptor* event : AllEvents()) {
    const std::unique_ptr<Message> message = NewOf(*event);
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(ReadExample(event->full_name()).text, message.get()));
    std::vector<std::string> unset;
    CollectUnset(*message, "", unset);
    EXPECT_EQ(unset, std::vector<std::string>()) << event->full_name();
  }
}

TEST(Documentation, NamesEveryEvent) {
  std::ifstream file("docs/events.md");
  std::stringstream page;
  page << file.rdbuf();
  for (const Descriptor* event : AllEvents()) {
    EXPECT_NE(page.str().find("| " + event->name() + " |"), std::string::npos) << event->full_name();
  }
}

TEST(Golden, EveryExampleIsOfAnEvent) {
  std::set<std::string> events;
  for (const Descriptor* event : AllEvents()) events.insert(event->full_name());
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(events.contains(name)) << name;
    EXPECT_EQ(ReadExample(name).text.rfind("# proto-message: " + name + "\n", 0), 0u);
  }
}

// The paths of marked fields below a message.
void CollectPersonal(const Descriptor& type, const std::string& path, std::set<const Descriptor*> inside,
                     std::set<std::string>& found) {
  if (!inside.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const std::string name = path + "." + field->name();
    if (field->options().GetExtension(type::v1::sensitivity) == type::v1::SENSITIVITY_PERSONAL) found.insert(name);
    if (field->message_type() != nullptr) CollectPersonal(*field->message_type(), name, inside, found);
  }
}

TEST(PersonalData, NoFactAndNoNoticeHasAFieldForIt) {
  std::set<std::string> found;
  for (const FileDescriptor* file : FactsAndNotices()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      CollectPersonal(*file->message_type(i), file->message_type(i)->full_name(), {}, found);
    }
  }
  const std::set<std::string> public_acts = {"berdaya.enterprise_mentoring.v1.MouSigned.mou.signatories.name",
                                             "berdaya.enterprise_mentoring.v1.MouSigned.mou.witnesses.name"};
  EXPECT_EQ(found, public_acts);
}

// That the search above finds what there is to find.
TEST(PersonalData, ReportsHaveItAndSayWhere) {
  std::set<std::string> found;
  CollectPersonal(*province::v1::FamilyReported::descriptor(), "FamilyReported", {}, found);
  EXPECT_EQ(found, (std::set<std::string>{"FamilyReported.kk_number", "FamilyReported.members.nik", "FamilyReported.members.name",
                                          "FamilyReported.members.birth_date", "FamilyReported.members.sex",
                                          "FamilyReported.members.relation", "FamilyReported.members.recipient"}));
  found.clear();
  CollectPersonal(*province::v1::GraduationDecided::descriptor(), "GraduationDecided", {}, found);
  EXPECT_EQ(found, (std::set<std::string>{"GraduationDecided.reason"})) << "free text";
}

}  // namespace
}  // namespace berdaya
