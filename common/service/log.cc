#include "common/service/log.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/service/json_text.h"
#include "common/service/safe_proto.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/base_sink.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace berdaya::service {
namespace {

absl::string_view View(std::string_view s) { return {s.data(), s.size()}; }

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kAlarm:
      return spdlog::level::critical;
  }
  return spdlog::level::critical;
}

const char* NameOf(LogLevel level) {
  constexpr const char* kNames[] = {"debug", "info", "warning", "error", "alarm"};
  return kNames[static_cast<int>(level)];
}

// Hands lines to a function (spdlog's own sink of this kind is newer than what Debian 12 has).
class FunctionSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    take_(std::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

 private:
  const std::function<void(std::string_view)> take_;
};

std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("berdaya", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);  // Write has filtered already
  logger->flush_on(spdlog::level::trace);
  return logger;
}

// What the process logs with. Never destroyed: threads may log until the very end.
struct State {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::string service = "\"-\"";
  std::atomic<LogLevel> least{LogLevel::kInfo};
};

State& TheState() {
  static State* const state = new State;
  return *state;
}

void Write(LogLevel level, Literal message, LogFields fields, int64_t suppressed) {
  State& state = TheState();
  if (level < state.least.load(std::memory_order_relaxed)) return;
  std::string line = absl::StrCat("{\"ts\":\"", absl::FormatTime("%E4Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()),
                                  "\",\"level\":\"", NameOf(level), "\",\"service\":");
  std::unique_lock lock(state.mutex);
  line += state.service;
  const std::shared_ptr<spdlog::logger> logger = state.logger;
  lock.unlock();
  absl::StrAppend(&line, ",\"msg\":", JsonQuote(message.text()));
  for (const LogField& field : fields) absl::StrAppend(&line, ",\"", View(field.key.text()), "\":", field.value.json());
  if (suppressed > 0) absl::StrAppend(&line, ",\"suppressed\":", suppressed);
  line += '}';
  logger->log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

LogValue::LogValue(double number) : json_(std::isfinite(number) ? absl::StrCat(number) : "null") {}
LogValue::LogValue(absl::Duration duration) : LogValue(absl::ToDoubleSeconds(duration)) {}
LogValue::LogValue(const absl::Status& status) : json_(JsonOf(status)) {}
LogValue::LogValue(Safe text) : json_(JsonQuote(text.text)) {}
LogValue::LogValue(const google::protobuf::Message& message) : json_(JsonQuote(SafeDebugString(message))) {}

void Log(LogLevel level, Literal message, LogFields fields) { Write(level, message, fields, 0); }

bool LogLimit::Allow(absl::Time now, int64_t* suppressed) {
  std::lock_guard lock(mutex_);
  if (now < next_) {
    ++suppressed_;
    return false;
  }
  next_ = now + period_;
  *suppressed = std::exchange(suppressed_, 0);
  return true;
}

void Log(LogLimit& limit, LogLevel level, Literal message, LogFields fields) {
  int64_t suppressed = 0;
  if (limit.Allow(absl::Now(), &suppressed)) Write(level, message, fields, suppressed);
}

void SetUpLog(std::string_view service, LogLevel least) {
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  state.service = JsonQuote(service);
  state.least = std::min(least, LogLevel::kAlarm);
}

LogLevel LogLevelOf(std::string_view name) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (name == NameOf(level)) return level;
  }
  return LogLevel::kInfo;
}

void RedirectLog(std::function<void(std::string_view line)> take) {
  spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (take) sink = std::make_shared<FunctionSink>(std::move(take));
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  state.logger = MakeLogger(std::move(sink));
}

void FlushLog() {
  State& state = TheState();
  std::lock_guard lock(state.mutex);
  state.logger->flush();
}

}  // namespace berdaya::service
