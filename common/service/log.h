// Logs: one JSON object a line on stderr, with ts (UTC, RFC 3339, milliseconds), level, service, msg and the values given.
//
//   LogInfo("batch committed", {{"records", count}, {"took", elapsed}});
//
// Personal data cannot get in by accident: messages and keys are literals, checked by the compiler, and a value is a number, a
// bool, a duration, a status, a protobuf message (without its marked fields) or a text that somebody has declared Safe. A status
// follows the rule of common/status: it names the field, never the value. Any thread.
#ifndef BERDAYA_COMMON_SERVICE_LOG_H_
#define BERDAYA_COMMON_SERVICE_LOG_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace google::protobuf {
class Message;
}

namespace berdaya::service {

// kAlarm is for what a person must look at now; it cannot be switched off.
enum class LogLevel { kDebug, kInfo, kWarning, kError, kAlarm };

// A text in the source code.
class Literal {
 public:
  consteval Literal(const char* text) : text_(text) {}  // NOLINT: meant to convert
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// The key of a value: [a-z0-9_], none of those that every line has.
class LogKey {
 public:
  consteval LogKey(const char* text) : text_(text) {  // NOLINT: meant to convert
    bool good = !text_.empty() && text_ != "ts" && text_ != "level" && text_ != "service" && text_ != "msg";
    for (const char c : text_) good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    if (!good) throw "a key of [a-z0-9_] that no line has already";  // ends the compilation
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// A text that holds no personal data: names of topics, tables, services, addresses, ids of our own. Whoever writes Safe vouches for
// it.
struct Safe {
  explicit Safe(std::string_view t) : text(t) {}
  std::string_view text;
};

// A value, kept as JSON.
class LogValue {
 public:
  template <std::integral T>
  requires(!std::same_as<T, bool>) LogValue(T number) : json_(std::to_string(number)) {}  // NOLINT: meant to convert
  LogValue(std::same_as<bool> auto b) : json_(b ? "true" : "false") {}                    // NOLINT: a pointer is no bool
  LogValue(double number);                                                                // NOLINT
  LogValue(absl::Duration duration);                                                      // NOLINT: seconds, as a number
  LogValue(const absl::Status& status);                                                   // NOLINT: code, reason, field and message
  LogValue(Safe text);                                                                    // NOLINT
  LogValue(const google::protobuf::Message& message);                                     // NOLINT: as SafeDebugString
  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

struct LogField {
  LogKey key;
  LogValue value;
};

using LogFields = std::initializer_list<LogField>;

void Log(LogLevel level, Literal message, LogFields fields = {});
inline void LogDebug(Literal message, LogFields fields = {}) { Log(LogLevel::kDebug, message, fields); }
inline void LogInfo(Literal message, LogFields fields = {}) { Log(LogLevel::kInfo, message, fields); }
inline void LogWarning(Literal message, LogFields fields = {}) { Log(LogLevel::kWarning, message, fields); }
inline void LogError(Literal message, LogFields fields = {}) { Log(LogLevel::kError, message, fields); }
inline void LogAlarm(Literal message, LogFields fields = {}) { Log(LogLevel::kAlarm, message, fields); }

// Lets one line through each period, for what can happen a million times: static LogLimit limit(absl::Seconds(10)).
class LogLimit {
 public:
  explicit LogLimit(absl::Duration period) : period_(period) {}
  // Whether a line may be written at `now`; then *suppressed is how many were not since the last one.
  bool Allow(absl::Time now, int64_t* suppressed);

 private:
  const absl::Duration period_;
  std::mutex mutex_;
  absl::Time next_ = absl::InfinitePast();
  int64_t suppressed_ = 0;
};

// Like Log, within the limit; a line after some that were left out says so: "suppressed": n.
void Log(LogLimit& limit, LogLevel level, Literal message, LogFields fields = {});

// Names the service on every line and sets the least level. Before it, lines have the service "-" and the level is info.
void SetUpLog(std::string_view service, LogLevel least);

// "debug", "info", "warning", "error"; else kInfo.
LogLevel LogLevelOf(std::string_view name);

// Sends lines (without newline) to `take` instead of stderr; an empty function goes back to stderr. For tests.
void RedirectLog(std::function<void(std::string_view line)> take);

// Writes what is buffered.
void FlushLog();

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_LOG_H_
