#include "services/reporting/rpc/figures_watch.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/status/status.h"
#include "services/reporting/queries/figures.h"

namespace berdaya::reporting {
namespace {

using region::RegionCode;

constexpr const char* kMethod = "WatchFigures";
// What is committed outside the path of events (an operator's replay) is not counted as a commit.
constexpr absl::Duration kRereadAfter = absl::Seconds(5);

}  // namespace

// One stream. gRPC's threads and the watch's thread call it.
class FiguresWatch::Watcher final : public WatchReactor {
 public:
  Watcher(FiguresWatch& watch, absl::StatusOr<RegionCode> region) : watch_(watch), region_(region.ok() ? *region : RegionCode()) {
    if (!region.ok()) End(region.status());
  }

  RegionCode region() const { return region_; }

  // Sends the figures if they are others than the last, the last has gone out, and its quarter of a second is over.
  void Offer(const Figures& figures, absl::Time now) {
    absl::MutexLock lock(&mutex_);
    if (ending_ || writing_ || figures == sent_ || now < next_) return;
    std::string bytes = figures->SerializeAsString();
    if (sent_ != nullptr && bytes == sent_bytes_) return;
    sent_ = figures;
    sent_bytes_ = std::move(bytes);
    next_ = now + kPeriod;
    writing_ = true;
    StartWrite(sent_.get());
  }

  void End(const absl::Status& why) {
    absl::MutexLock lock(&mutex_);
    if (ending_) return;
    ending_ = true;
    why_ = why;
    if (!writing_) FinishNow();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ending_) return FinishNow();
    if (ok) return;
    ending_ = true;
    why_ = absl::CancelledError("the caller no longer reads");
    FinishNow();
  }

  void OnCancel() override { End(absl::CancelledError("the caller ended the call")); }

  void OnDone() override { watch_.Remove(this); }  // may delete this

 private:
  void FinishNow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { Finish(watch_.gate_.Close(kMethod, began_, why_)); }

  FiguresWatch& watch_;
  const RegionCode region_;
  const absl::Time began_ = absl::Now();

  absl::Mutex mutex_;
  Figures sent_ ABSL_GUARDED_BY(mutex_);  // gRPC reads it while writing_
  std::string sent_bytes_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status why_ ABSL_GUARDED_BY(mutex_);
};

FiguresWatch::FiguresWatch(const service::RpcGate& gate, store::Database& database, const region::RegionTable& regions,
                           WatchSignals signals)
    : gate_(gate), database_(database), regions_(regions), signals_(std::move(signals)), thread_([this] { Loop(); }) {}

FiguresWatch::~FiguresWatch() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

absl::StatusOr<RegionCode> FiguresWatch::Admit(grpc::CallbackServerContext& context, const v1::WatchFiguresRequest& request) {
  const absl::StatusOr<service::Call> call = gate_.Admit(context);
  if (!call.ok()) return call.status();
  const absl::StatusOr<RegionCode> region = RegionCode::FromNumber(request.region());
  if (!region.ok()) return Invalid("region_invalid", "region", "a region is a Kemendagri code of ten digits; 0 is the nation");
  // The scope is checked here, once for the stream; the thread's reads are shared by callers of different scopes.
  if (absl::Status status = CheckScope(regions_, RegionCode::FromCell(call->caller.region), *region); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (watchers_.size() >= kMaxWatchers) return absl::ResourceExhaustedError("too many callers watch; ask with GetFigures now and then");
  return region;
}

WatchReactor* FiguresWatch::Open(grpc::CallbackServerContext* context, const v1::WatchFiguresRequest& request) {
  auto watcher = std::make_shared<Watcher>(*this, Admit(*context, request));
  absl::MutexLock lock(&mutex_);
  watchers_.push_back(watcher);
  fresh_ = true;
  return watcher.get();
}

void FiguresWatch::Remove(const Watcher* watcher) {
  std::shared_ptr<Watcher> last;  // goes away after the lock
  absl::MutexLock lock(&mutex_);
  const auto found = std::find_if(watchers_.begin(), watchers_.end(), [&](const auto& w) { return w.get() == watcher; });
  if (found == watchers_.end()) return;
  last = std::move(*found);
  watchers_.erase(found);
}

void FiguresWatch::Loop() {
  const auto called = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return fresh_ || stop_; };
  while (true) {
    std::vector<std::shared_ptr<Watcher>> watchers;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&called), watchers_.empty() ? absl::InfiniteDuration() : kPeriod);
      if (stop_) return;
      fresh_ = false;
      watchers = watchers_;
    }
    if (signals_.stopping()) {
      for (const auto& watcher : watchers) watcher->End(absl::UnavailableError("the service is stopping; watch again later"));
    } else if (!watchers.empty()) {
      Serve(watchers);
    }
  }
}

void FiguresWatch::Serve(const std::vector<std::shared_ptr<Watcher>>& watchers) {
  const absl::Time now = absl::Now();
  const int64_t commits = signals_.commits();  // before the snapshot: a commit in between is seen twice rather than never
  if (commits != seen_commits_ || now >= reread_at_) {
    latest_.clear();
    seen_commits_ = commits;
    reread_at_ = now + kRereadAfter;
  }
  std::unique_ptr<store::Reader> reader;
  for (const auto& watcher : watchers) {
    Figures& figures = latest_[watcher->region()];
    if (figures == nullptr) {
      absl::StatusOr<Figures> read = Read(reader, watcher->region());
      if (!read.ok()) {
        watcher->End(read.status());
        continue;
      }
      figures = *std::move(read);
    }
    watcher->Offer(figures, now);
  }
}

absl::StatusOr<FiguresWatch::Figures> FiguresWatch::Read(std::unique_ptr<store::Reader>& reader, RegionCode region) {
  if (reader == nullptr) {
    absl::StatusOr<std::unique_ptr<store::Reader>> snapshot = database_.Snapshot();
    if (!snapshot.ok()) return snapshot.status();
    reader = *std::move(snapshot);
  }
  absl::StatusOr<v1::RegionFigures> figures = FigureReads(*reader, regions_, region).OfRegion(region, 0);
  if (!figures.ok()) return figures.status();
  auto response = std::make_shared<v1::WatchFiguresResponse>();
  *response->mutable_figures() = *std::move(figures);
  return Figures(std::move(response));
}

}  // namespace berdaya::reporting
