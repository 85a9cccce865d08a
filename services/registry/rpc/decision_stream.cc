#include "services/registry/rpc/decision_stream.h"

#include <deque>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/host/command_rpc.h"

namespace berdaya::registry {
namespace {

using Request = v1::RecordEnrolmentDecisionsRequest;
using Response = v1::RecordEnrolmentDecisionsResponse;

constexpr int kMaxUnderWay = 16;
constexpr const char* kMethod = "RecordEnrolmentDecisions";

class DecisionStream final : public DecisionReactor {
 public:
  DecisionStream(grpc::CallbackServerContext* context, const service::RpcGate& gate, flow::Runner& runner)
      : gate_(gate), runner_(runner), began_(absl::Now()) {
    absl::StatusOr<service::Call> call = gate.Admit(*context);
    absl::MutexLock lock(&mutex_);
    if (!call.ok()) {
      End(call.status());
      return;
    }
    caller_ = std::move(call->caller);
    if (call->asked_deadline) deadline_ = call->deadline;
    reading_ = true;
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      if (!ok) {
        input_over_ = true;
        return Advance();
      }
      ++under_way_;
    }
    host::Submit<Response>(runner_, caller_, deadline_, request_,
                           [this](absl::StatusOr<Response> response) { Answered(std::move(response)); });
    absl::MutexLock lock(&mutex_);
    Advance();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) failed_ = absl::CancelledError("the caller no longer reads");
    if (!answers_.empty()) answers_.pop_front();
    Advance();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    failed_ = absl::CancelledError("the caller ended the call");
    Advance();
  }

  void OnDone() override {
    bool last = false;
    {
      absl::MutexLock lock(&mutex_);
      done_ = true;
      last = under_way_ == 0;
    }
    if (last) delete this;
  }

 private:
  void Answered(absl::StatusOr<Response> response) {
    bool last = false;
    {
      absl::MutexLock lock(&mutex_);
      --under_way_;
      if (response.ok()) {
        answers_.push_back(*std::move(response));
      } else if (failed_.ok()) {
        failed_ = response.status();
      }
      if (!done_) Advance();
      last = done_ && under_way_ == 0;
    }
    if (last) delete this;
  }

  // Starts whatever can go on. The lock is held.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (ended_) return;
    if (!failed_.ok()) {
      if (!writing_) End(failed_);
      return;
    }
    if (!writing_ && !answers_.empty()) {
      writing_ = true;
      StartWrite(&answers_.front());
    }
    if (!reading_ && !input_over_ && under_way_ + static_cast<int>(answers_.size()) < kMaxUnderWay) {
      reading_ = true;
      StartRead(&request_);
    }
    if (input_over_ && under_way_ == 0 && answers_.empty() && !writing_) End(absl::OkStatus());
  }

  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ended_ = true;
    Finish(gate_.Close(kMethod, began_, status));
  }

  const service::RpcGate& gate_;
  flow::Runner& runner_;
  const absl::Time began_;
  service::Caller caller_;
  absl::Time deadline_ = absl::InfiniteFuture();  // a stream without one may go on for hours
  Request request_;                               // belongs to gRPC while reading_

  absl::Mutex mutex_;
  std::deque<Response> answers_ ABSL_GUARDED_BY(mutex_);  // the front belongs to gRPC while writing_
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool input_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

DecisionReactor* NewDecisionStream(grpc::CallbackServerContext* context, const service::RpcGate& gate, flow::Runner& runner) {
  return new DecisionStream(context, gate, runner);
}

}  // namespace berdaya::registry
