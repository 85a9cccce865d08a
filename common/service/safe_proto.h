// Protobuf messages for logs and errors: without personal data.
#ifndef BERDAYA_COMMON_SERVICE_SAFE_PROTO_H_
#define BERDAYA_COMMON_SERVICE_SAFE_PROTO_H_

#include <string>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace berdaya::service {

// Whether a field carries the option berdaya.type.v1.sensitivity (personal or specific data).
bool IsSensitive(const google::protobuf::FieldDescriptor& field);

// The message on one line, as `name: value` with braces, without any field that IsSensitive and without unknown fields; bytes show
// their length only. Long results are cut at about 4 KiB and end in "...".
std::string SafeDebugString(const google::protobuf::Message& message);

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_SAFE_PROTO_H_
