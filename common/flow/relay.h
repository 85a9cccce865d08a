// Brings committed segments into the log, in order, each record once.
//
// Segments come from the engine's memory as they are committed, and from the outbox table when the relay is behind. At start and
// after a fatal producer error the log's own tail says where to go on: the record after the last one of our source. Acknowledged
// offsets must rise by one, and a tail must be as far from the last known one in offsets as in sequences; if not, the broker lost
// records, and the relay goes back to the first of them. The cursors keep what is known over the end of the process.
//
// One of a service's instances relays at a time, the one whose turn it is (lease.h), and what the others commit it finds in the
// outbox. Offer and Cursors may be called from any thread, everything else from one.
#ifndef BERDAYA_COMMON_FLOW_RELAY_H_
#define BERDAYA_COMMON_FLOW_RELAY_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/flow/outbox.h"
#include "common/store/store.h"

namespace berdaya::flow {

struct Cursors {
  int64_t term = 0;
  std::vector<CursorRow> rows;
};

class Relay {
 public:
  // `outputs`: every partition this service may write, so that a log that an empty database knows nothing of is noticed.
  Relay(bus::Bus& bus, store::Database& database, std::string source, int64_t epoch,
        const std::vector<bus::TopicPartition>& outputs);

  // Compares what the database has assigned with what the log holds. FailedPrecondition: the log holds more than the database ever
  // assigned, so the database is older than the log; an operator restores a newer one. Unavailable: try again.
  absl::Status Compare();

  // The turn `term` begins: compares, and goes on after the log's tail. On an error call it again.
  absl::Status Lead(int64_t term);
  // The turn is over, or may be: nothing is sent any more.
  void Rest();

  // Takes newly committed segments; cheap, never waits. Where it is not our turn they are only in the outbox.
  void Offer(std::vector<std::shared_ptr<const Segment>> segments);

  // Waits up to `wait` for segments to be offered; true if there are some.
  bool AwaitOffers(absl::Duration wait);

  // Looks for what other instances have committed.
  absl::Status LookForOthers();

  // Sends what there is to send and takes acknowledgements, waiting up to `wait` for the first. An Unavailable or ResourceExhausted
  // is to be tried again after a pause; what the broker will never take (InvalidArgument, PermissionDenied), DataLoss and
  // FailedPrecondition are final.
  absl::Status Step(absl::Duration wait);

  // Committed and not yet acknowledged, as far as known; records. 0 where it is not our turn.
  int64_t backlog() const { return backlog_.load(); }
  // What is known to be in the log, of each output partition, and in which turn. None where it is not ours.
  Cursors KnownCursors() const;

 private:
  struct Output {
    bus::TopicPartition to;
    int64_t head = 0;           // last sequence committed, as far as known
    int64_t next = 1;           // next sequence to send
    int64_t acked = 0;          // last sequence acknowledged, without a gap
    int64_t tail_offset = -1;   // of our last record that is known to be in the log; -1: not known
    int64_t tail_sequence = 0;  // of that record; above acked while lost records are sent again, below behind a zombie's repeats
    std::deque<std::shared_ptr<const Segment>> ready;  // contiguous from memory; may lie ahead of next
  };

  void TakeOffers();
  absl::Status Send();
  absl::Status SendOutput(size_t index, bool& full);
  absl::StatusOr<std::shared_ptr<const Segment>> SegmentAt(Output& output);
  absl::Status SendSegment(size_t index, const Segment& segment, bool& full);
  absl::Status TakeAcks(absl::Duration wait);
  absl::Status TakeAck(const bus::Ack& ack);
  absl::Status Rewind();
  absl::Status LoadCursors();
  absl::Status LoadHeads();
  absl::Status ReadTails();
  absl::Status GoOnAfter(Output& output, const bus::PartitionEnd& end) const;
  // The first sequence that the outbox table holds.
  absl::StatusOr<int64_t> FirstKept(const Output& output) const;
  size_t OutputOf(const std::string& topic, int32_t partition);
  void Publish();

  bus::Bus& bus_;
  store::Database& database_;
  const std::string source_;
  const int64_t epoch_;
  std::unique_ptr<bus::Producer> producer_;
  std::deque<Output> outputs_;
  std::map<bus::TopicPartition, size_t> index_;
  int64_t ready_bytes_ = 0;
  std::atomic<int64_t> backlog_{0};

  mutable absl::Mutex mutex_;
  std::vector<std::shared_ptr<const Segment>> offered_ ABSL_GUARDED_BY(mutex_);
  Cursors cursors_ ABSL_GUARDED_BY(mutex_);
  int64_t term_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_RELAY_H_
