// Rules and other data of the platform: files in protobuf's text format, read once at start.
#ifndef BERDAYA_COMMON_TEXTPROTO_TEXTPROTO_H_
#define BERDAYA_COMMON_TEXTPROTO_TEXTPROTO_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace berdaya {

// Fills `message` from a file. NotFound if it cannot be read; InvalidArgument with path, line, column and reason if it is not the text
// of such a message. `places`, where given, then knows the line of every field, for errors about what was read.
absl::Status ReadTextProto(const std::string& path, google::protobuf::Message& message,
                           google::protobuf::TextFormat::ParseInfoTree* places = nullptr);

}  // namespace berdaya

#endif  // BERDAYA_COMMON_TEXTPROTO_TEXTPROTO_H_
