// A database with faults on order, in front of a real one.
//
// Every call of Begin, Snapshot, Read, Scan, Put, AddAndGet and Commit counts. A call that fails does nothing to the database
// below. May be used from many threads.
#ifndef BERDAYA_COMMON_FLOW_TESTING_FAULT_DATABASE_H_
#define BERDAYA_COMMON_FLOW_TESTING_FAULT_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/store/store.h"

namespace berdaya::flow::testing {

class FaultDatabase final : public store::Database {
 public:
  // `inner` outlives it.
  explicit FaultDatabase(store::Database& inner) : inner_(inner) {}

  // The n-th call from now (1: the next) and the `times` - 1 after it fail.
  void FailAt(int64_t nth, absl::Status status, int64_t times = 1);
  // Every call fails until Heal.
  void FailAll(absl::Status status);
  void Heal();
  // Calls since the start, to choose n by.
  int64_t calls() const;
  // True while a failure that FailAt ordered has not happened.
  bool pending() const;

  // The next Put on this table finds that another writer was faster: it returns a conflict, and `writer` changes the database below
  // before the next transaction begins.
  void Interleave(std::string table, std::function<void(store::Database&)> writer);

  absl::Status Migrate(const store::Schema& schema) override { return inner_.Migrate(schema); }
  absl::StatusOr<std::unique_ptr<store::Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<store::Reader>> Snapshot() override;
  absl::Status Maintain() override { return inner_.Maintain(); }
  absl::Status Checkpoint() override { return inner_.Checkpoint(); }

  // For the transactions it gives out.
  absl::Status Next();
  bool Conflicts(const std::string& table);

 private:
  store::Database& inner_;
  mutable absl::Mutex mutex_;
  int64_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t fail_from_ ABSL_GUARDED_BY(mutex_) = -1;
  int64_t fail_until_ ABSL_GUARDED_BY(mutex_) = -1;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::string conflict_table_ ABSL_GUARDED_BY(mutex_);
  std::function<void(store::Database&)> waiting_writer_ ABSL_GUARDED_BY(mutex_);
  std::function<void(store::Database&)> due_writer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_FAULT_DATABASE_H_
