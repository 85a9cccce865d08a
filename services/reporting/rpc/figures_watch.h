// WatchFigures: streams that send a region's figures at once and again when they have changed.
//
// One thread looks for all of them, a quarter of a second apart and only while somebody watches: it asks whether anything was
// committed, and if so reads each watched region once, whoever watches it. A watcher gets what differs from what it was sent last; one
// that reads slowly gets fewer, later figures, never old ones.
#ifndef BERDAYA_SERVICES_REPORTING_RPC_FIGURES_WATCH_H_
#define BERDAYA_SERVICES_REPORTING_RPC_FIGURES_WATCH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "berdaya/reporting/v1/reporting_service.grpc.pb.h"
#include "common/region/region_table.h"
#include "common/service/rpc.h"
#include "common/store/store.h"

namespace berdaya::reporting {

using WatchReactor = grpc::ServerWriteReactor<v1::WatchFiguresResponse>;

// What the watch asks of the process around it; called on the watch's thread.
struct WatchSignals {
  std::function<int64_t()> commits;  // a number that rises with every commit
  std::function<bool()> stopping;    // the process was asked to stop: all streams end, Unavailable
};

class FiguresWatch {
 public:
  // All arguments outlive it.
  FiguresWatch(const service::RpcGate& gate, store::Database& database, const region::RegionTable& regions, WatchSignals signals);
  // The server that streams belong to has stopped before.
  ~FiguresWatch();

  // The reactor of a new stream, which belongs to gRPC. A caller without a deadline watches for as long as it likes.
  WatchReactor* Open(grpc::CallbackServerContext* context, const v1::WatchFiguresRequest& request);

  static constexpr int kMaxWatchers = 1000;
  static constexpr absl::Duration kPeriod = absl::Milliseconds(250);

 private:
  class Watcher;
  using Figures = std::shared_ptr<const v1::WatchFiguresResponse>;

  absl::StatusOr<region::RegionCode> Admit(grpc::CallbackServerContext& context, const v1::WatchFiguresRequest& request);
  void Remove(const Watcher* watcher);
  void Loop();
  void Serve(const std::vector<std::shared_ptr<Watcher>>& watchers);
  // `reader` is opened where it is not yet.
  absl::StatusOr<Figures> Read(std::unique_ptr<store::Reader>& reader, region::RegionCode region);

  const service::RpcGate& gate_;
  store::Database& database_;
  const region::RegionTable& regions_;
  const WatchSignals signals_;

  // Of the thread.
  int64_t seen_commits_ = -1;
  absl::Time reread_at_ = absl::InfinitePast();
  std::map<region::RegionCode, Figures> latest_;

  absl::Mutex mutex_;
  std::vector<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  bool fresh_ ABSL_GUARDED_BY(mutex_) = false;  // a watcher has come that was sent nothing yet
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace berdaya::reporting

#endif  // BERDAYA_SERVICES_REPORTING_RPC_FIGURES_WATCH_H_
