#include "common/flow/testing/fault_database.h"

#include <limits>
#include <utility>

namespace berdaya::flow::testing {
namespace {

class FaultReader final : public store::Reader {
 public:
  FaultReader(FaultDatabase& faults, std::unique_ptr<store::Reader> inner) : faults_(faults), inner_(std::move(inner)) {}

  absl::Status Read(const store::TableSpec& table, absl::Span<const void* const> keys, const store::RowReceiver& receive) override {
    absl::Status fault = faults_.Next();
    return fault.ok() ? inner_->Read(table, keys, receive) : fault;
  }
  absl::Status Scan(const store::TableSpec& table, const store::ScanRange& range, const store::RowReceiver& receive) override {
    absl::Status fault = faults_.Next();
    return fault.ok() ? inner_->Scan(table, range, receive) : fault;
  }

 private:
  FaultDatabase& faults_;
  std::unique_ptr<store::Reader> inner_;
};

// On purpose it forgets that a call has failed: who goes on after an error has to be found out here, not saved by the engine below.
class FaultTransaction final : public store::Transaction {
 public:
  FaultTransaction(FaultDatabase& faults, std::unique_ptr<store::Transaction> inner) : faults_(faults), inner_(std::move(inner)) {}

  absl::Status Read(const store::TableSpec& table, absl::Span<const void* const> keys, const store::RowReceiver& receive) override {
    absl::Status fault = faults_.Next();
    return fault.ok() ? inner_->Read(table, keys, receive) : fault;
  }
  absl::Status Scan(const store::TableSpec& table, const store::ScanRange& range, const store::RowReceiver& receive) override {
    absl::Status fault = faults_.Next();
    return fault.ok() ? inner_->Scan(table, range, receive) : fault;
  }
  absl::StatusOr<int64_t> Put(const store::TableSpec& table, absl::Span<const store::Write> writes) override {
    absl::Status fault = faults_.Next();
    if (!fault.ok()) return fault;
    if (faults_.Conflicts(table.name)) return 1;
    return inner_->Put(table, writes);
  }
  absl::Status AddAndGet(const store::TableSpec& table, absl::Span<const store::Write> writes,
                         const store::RowReceiver& receive) override {
    absl::Status fault = faults_.Next();
    return fault.ok() ? inner_->AddAndGet(table, writes, receive) : fault;
  }
  absl::Status Commit() override {
    absl::Status fault = faults_.Next();
    return fault.ok() ? inner_->Commit() : fault;
  }

 private:
  FaultDatabase& faults_;
  std::unique_ptr<store::Transaction> inner_;
};

}  // namespace

void FaultDatabase::FailAt(int64_t nth, absl::Status status, int64_t times) {
  absl::MutexLock lock(&mutex_);
  fail_from_ = calls_ + nth;
  fail_until_ = fail_from_ + times;
  failure_ = std::move(status);
}

void FaultDatabase::FailAll(absl::Status status) { FailAt(1, std::move(status), std::numeric_limits<int64_t>::max() / 2); }

void FaultDatabase::Heal() {
  absl::MutexLock lock(&mutex_);
  fail_from_ = fail_until_ = -1;
}

int64_t FaultDatabase::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

bool FaultDatabase::pending() const {
  absl::MutexLock lock(&mutex_);
  return calls_ < fail_from_;
}

void FaultDatabase::Interleave(std::string table, std::function<void(store::Database&)> writer) {
  absl::MutexLock lock(&mutex_);
  conflict_table_ = std::move(table);
  waiting_writer_ = std::move(writer);
}

absl::Status FaultDatabase::Next() {
  absl::MutexLock lock(&mutex_);
  ++calls_;
  return calls_ >= fail_from_ && calls_ < fail_until_ ? failure_ : absl::OkStatus();
}

bool FaultDatabase::Conflicts(const std::string& table) {
  absl::MutexLock lock(&mutex_);
  if (!waiting_writer_ || table != conflict_table_) return false;
  due_writer_ = std::exchange(waiting_writer_, nullptr);
  return true;
}

absl::StatusOr<std::unique_ptr<store::Transaction>> FaultDatabase::Begin() {
  if (absl::Status fault = Next(); !fault.ok()) return fault;
  std::function<void(store::Database&)> writer;
  {
    absl::MutexLock lock(&mutex_);
    writer = std::exchange(due_writer_, nullptr);
  }
  if (writer) writer(inner_);
  absl::StatusOr<std::unique_ptr<store::Transaction>> inner = inner_.Begin();
  if (!inner.ok()) return inner.status();
  return std::make_unique<FaultTransaction>(*this, *std::move(inner));
}

absl::StatusOr<std::unique_ptr<store::Reader>> FaultDatabase::Snapshot() {
  if (absl::Status fault = Next(); !fault.ok()) return fault;
  absl::StatusOr<std::unique_ptr<store::Reader>> inner = inner_.Snapshot();
  if (!inner.ok()) return inner.status();
  return std::make_unique<FaultReader>(*this, *std::move(inner));
}

}  // namespace berdaya::flow::testing
