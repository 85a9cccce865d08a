#include "common/bus/kafka_client.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/bus/cloud_events.h"
#include "common/bus/text.h"

namespace berdaya::bus {
namespace {

absl::StatusCode CodeOf(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return absl::StatusCode::kOk;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return absl::StatusCode::kInvalidArgument;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__STATE:
      return absl::StatusCode::kAborted;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return absl::StatusCode::kDataLoss;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return absl::StatusCode::kPermissionDenied;
    default:  // an unknown topic too: brokers learn of a new one one by one
      return absl::StatusCode::kUnavailable;
  }
}

LogLevel LevelOf(int syslog_level) {
  if (syslog_level <= 3) return LogLevel::kError;
  if (syslog_level == 4) return LogLevel::kWarning;
  return syslog_level <= 6 ? LogLevel::kInfo : LogLevel::kDebug;
}

void KeepForEver(std::shared_ptr<Hooks> hooks) {
  static std::mutex mutex;
  static auto& kept = *new std::vector<std::shared_ptr<Hooks>>();
  std::lock_guard lock(mutex);
  kept.push_back(std::move(hooks));
}

Hooks& HooksOf(void* opaque) { return *static_cast<Hooks*>(opaque); }

void OnLog(const rd_kafka_t* rk, int level, const char* facility, const char* text) {
  void* opaque = rd_kafka_opaque(rk);
  if (opaque != nullptr) HooksOf(opaque).Log(LevelOf(level), absl::StrCat("kafka ", facility, ": ", text));
}

void OnError(rd_kafka_t* rk, int error, const char* reason, void* opaque) {
  Hooks& hooks = HooksOf(opaque);
  const auto code = static_cast<rd_kafka_resp_err_t>(error);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char text[512];
    const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(rk, text, sizeof(text));
    hooks.fatal = absl::AbortedError(absl::StrCat("kafka: fatal ", rd_kafka_err2name(cause), ": ", text));
    hooks.Log(LogLevel::kError, std::string(hooks.fatal.message()));
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    hooks.unreachable = true;
    rd_kafka_yield(rk);  // the poll returns before it takes what came later
  }
  hooks.Log(LogLevel::kWarning, absl::StrCat("kafka: ", rd_kafka_err2name(code), ": ", reason));
}

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

absl::Status Apply(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char text[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof(text)) == RD_KAFKA_CONF_OK) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("kafka property ", name, ": ", text));
}

absl::Status ApplyAll(rd_kafka_conf_t* conf, const KafkaOptions& options, const Settings& settings) {
  Settings all = {
      {"bootstrap.servers", options.brokers},
      {"client.id", options.client_id},
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      {"allow.auto.create.topics", "false"},
      {"reconnect.backoff.max.ms", "2000"},
      {"message.max.bytes", absl::StrCat(options.max_record_bytes)},
  };
  all.insert(all.end(), settings.begin(), settings.end());
  all.insert(all.end(), options.properties.begin(), options.properties.end());
  for (const auto& [name, value] : all) {
    if (absl::Status status = Apply(conf, name, value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status StatusOf(rd_kafka_resp_err_t error, std::string_view what) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  return absl::Status(CodeOf(error), absl::StrCat(Text(what), ": ", rd_kafka_err2str(error), " (", rd_kafka_err2name(error), ")"));
}

bool NoAnswer(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__RESOLVE ||
         error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

absl::Status SilentBroker(const KafkaOptions& options) {
  return absl::UnavailableError(
      absl::StrCat("no answer from Kafka at ", options.brokers, " within ", options.request_timeout_ms, " ms"));
}

bool RunBounded(int bound_ms, std::function<void()> work) {
  struct Done {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  auto state = std::make_shared<Done>();
  std::thread thread([state, work = std::move(work)]() mutable {
    work();
    work = nullptr;  // what it holds goes before we say that it is done
    std::lock_guard lock(state->mutex);
    state->done = true;
    state->changed.notify_one();
  });
  std::unique_lock lock(state->mutex);
  const bool done = state->changed.wait_for(lock, std::chrono::milliseconds(bound_ms), [&] { return state->done; });
  lock.unlock();
  if (done) {
    thread.join();
  } else {
    thread.detach();
  }
  return done;
}

absl::StatusOr<std::shared_ptr<Client>> Client::New(rd_kafka_type_t type, const KafkaOptions& options, const Settings& settings,
                                                    std::unique_ptr<Hooks> hooks) {
  std::unique_ptr<rd_kafka_conf_t, ConfDeleter> conf(rd_kafka_conf_new());
  rd_kafka_conf_set_opaque(conf.get(), hooks.get());
  rd_kafka_conf_set_log_cb(conf.get(), &OnLog);
  rd_kafka_conf_set_error_cb(conf.get(), &OnError);
  hooks->Register(conf.get());
  if (absl::Status status = ApplyAll(conf.get(), options, settings); !status.ok()) return status;
  char text[512];
  rd_kafka_t* rk = rd_kafka_new(type, conf.get(), text, sizeof(text));
  if (rk == nullptr) return absl::InvalidArgumentError(absl::StrCat("kafka: ", text));
  conf.release();  // now the instance's
  return std::shared_ptr<Client>(new Client(rk, std::move(hooks), options.close_timeout_ms));
}

Client::~Client() {
  if (!stuck_) {
    // The hooks travel with the work: if it hangs, callbacks still find them.
    stuck_ = !RunBounded(close_timeout_ms_,
                         [rk = rk_, hooks = hooks_] { rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); });
  }
  if (stuck_) {
    hooks_->Log(LogLevel::kError, "kafka: an instance did not end within its bound and is leaked");
    hooks_->Quiet();
    // The instance's threads go on and may call back at any time, to the end of the process.
    KeepForEver(std::move(hooks_));
  }
}

void Client::CloseConsumer() {
  stuck_ = !RunBounded(close_timeout_ms_, [rk = rk_, hooks = hooks_] { rd_kafka_consumer_close(rk); });
}

PartitionList NewList(size_t size) { return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(size))); }

int64_t ParseHeaders(const rd_kafka_message_t* message, EventHeaders& headers) {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  int64_t bytes = 0;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    const std::string_view name_view(name);
    const std::string_view value_view(static_cast<const char*>(value), value == nullptr ? 0 : size);
    SetHeader(name_view, value_view, headers);
    bytes += static_cast<int64_t>(name_view.size() + value_view.size());
  }
  return bytes;
}

}  // namespace berdaya::bus
