// Rules and other data of the platform: files in protobuf's text format, read once at start.
#ifndef BERDAYA_COMMON_TEXTPROTO_TEXTPROTO_H_
#define BERDAYA_COMMON_TEXTPROTO_TEXTPROTO_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace berdaya {

// Fills `message` from a file. NotFound if it cannot be read; InvalidArgument with path, line, column and reason if it is not the text
// of such a message.
absl::Status ReadTextProto(const std::string& path, google::protobuf::Message& message);

}  // namespace berdaya

#endif  // BERDAYA_COMMON_TEXTPROTO_TEXTPROTO_H_
