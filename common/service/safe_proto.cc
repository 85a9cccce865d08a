#include "common/service/safe_proto.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "berdaya/type/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace berdaya::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kLimit = 4096;

std::string EnumText(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  return value != nullptr ? std::string(value->name()) : absl::StrCat(number);
}

std::string StringText(const FieldDescriptor& field, const std::string& text) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) return absl::StrCat("<", text.size(), " bytes>");
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
}

void Append(const Message& message, std::string& out);

// The value of a single field, or of one element of a repeated one (index 0 or more).
void AppendValue(const Message& m, const FieldDescriptor& f, int index, std::string& out) {
  const Reflection& r = *m.GetReflection();
  const bool one = index < 0;
  std::string scratch;
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrAppend(&out, one ? r.GetInt32(m, &f) : r.GetRepeatedInt32(m, &f, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrAppend(&out, one ? r.GetInt64(m, &f) : r.GetRepeatedInt64(m, &f, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrAppend(&out, one ? r.GetUInt32(m, &f) : r.GetRepeatedUInt32(m, &f, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrAppend(&out, one ? r.GetUInt64(m, &f) : r.GetRepeatedUInt64(m, &f, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrAppend(&out, one ? r.GetDouble(m, &f) : r.GetRepeatedDouble(m, &f, index));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrAppend(&out, one ? r.GetFloat(m, &f) : r.GetRepeatedFloat(m, &f, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return absl::StrAppend(&out, (one ? r.GetBool(m, &f) : r.GetRepeatedBool(m, &f, index)) ? "true" : "false");
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrAppend(&out, EnumText(f.enum_type(), one ? r.GetEnumValue(m, &f) : r.GetRepeatedEnumValue(m, &f, index)));
    case FieldDescriptor::CPPTYPE_STRING:
      return absl::StrAppend(
          &out, StringText(f, one ? r.GetStringReference(m, &f, &scratch) : r.GetRepeatedStringReference(m, &f, index, &scratch)));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      out += "{";
      Append(one ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, index), out);
      out += "}";
  }
}

void Append(const Message& message, std::string& out) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  bool first = true;
  for (const FieldDescriptor* field : fields) {
    if (IsSensitive(*field)) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count && out.size() < kLimit; ++i) {
      absl::StrAppend(&out, first ? "" : " ", std::string(field->name()), ": ");
      AppendValue(message, *field, field->is_repeated() ? i : -1, out);
      first = false;
    }
  }
}

}  // namespace

bool IsSensitive(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(berdaya::type::v1::sensitivity) != berdaya::type::v1::SENSITIVITY_UNSPECIFIED;
}

std::string SafeDebugString(const google::protobuf::Message& message) {
  std::string out;
  Append(message, out);
  if (out.size() > kLimit) {
    out.resize(kLimit);
    out += "...";
  }
  return out;
}

}  // namespace berdaya::service
