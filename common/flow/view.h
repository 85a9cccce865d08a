// What a handler sees: one overlay of the rows read and the changes of the batch's earlier messages.
//
// A batch goes: every handler names its keys (KeySet), the view reads them with one query a table, handlers decide in log order,
// each accepted outcome is applied here, and Flush writes what changed, rows sorted by key, each conditional on the version read.
// Handlers get a const View and can only look. A key that was not named is read through, which works and is counted.
#ifndef BERDAYA_COMMON_FLOW_VIEW_H_
#define BERDAYA_COMMON_FLOW_VIEW_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/calendar/day.h"
#include "common/flow/stable_hash.h"
#include "common/store/store.h"
#include "common/store/typed.h"

namespace berdaya::flow {

class KeySet;

// The stable hash of a key of a table: names what a parked record waits for.
template <class Row>
uint64_t HashOfKey(const store::KeyOf<Row>& key) {
  struct Sink final : store::CellSink {
    StableHash hash;
    void Int(int64_t value) override { hash.Int(static_cast<uint64_t>(value)); }
    void Text(std::string_view value) override { hash.Text(value); }
  } sink;
  const store::TableSpec& spec = store::SpecOf<Row>();
  sink.hash.Text(spec.name);
  spec.key_cells(&key, sink);
  return sink.hash.Value();
}

namespace internal {

class TableViewBase {
 public:
  virtual ~TableViewBase() = default;
  virtual const std::string& name() const = 0;
  virtual bool HasWanted() const = 0;
  virtual absl::Status Load(store::Reader& reader, KeySet& leads) = 0;
  // Returns the number of rows whose version was no longer the one read.
  virtual absl::StatusOr<int64_t> Flush(store::Transaction& transaction) = 0;
  virtual void Clear() = 0;
};

int NextTableId();

template <class Row>
int TableId() {
  static const int kId = NextTableId();
  return kId;
}

// A row type may say what it leads to: static void LeadsTo(const Row&, KeySet&).
template <class Row>
concept HasLeads = requires(const Row& row, KeySet& keys) {
  Row::LeadsTo(row, keys);
};

template <class Row>
class TableView final : public TableViewBase {
 public:
  using Key = store::KeyOf<Row>;

  void Want(const Key& key) {
    if (auto [it, fresh] = index_.try_emplace(key, nullptr); fresh) {
      it->second = &slots_.emplace_back();
      it->second->row = store::RowWithKey<Row>(key);
      wanted_.push_back(it->second);
    }
  }

  const std::string& name() const override { return store::SpecOf<Row>().name; }
  bool HasWanted() const override { return !wanted_.empty(); }

  absl::Status Load(store::Reader& reader, KeySet& leads) override {
    std::vector<Slot*> loading = std::exchange(wanted_, {});
    std::vector<Key> keys;
    keys.reserve(loading.size());
    for (const Slot* slot : loading) keys.push_back(store::KeyOfRow(slot->row));
    std::vector<const void*> pointers;
    pointers.reserve(keys.size());
    for (const Key& key : keys) pointers.push_back(&key);
    absl::Status status = reader.Read(store::SpecOf<Row>(), pointers, [&](size_t i, store::CellSource& cells, int64_t version) {
      store::ReadRow(cells, loading[i]->row);
      loading[i]->version = version;
      loading[i]->present = true;
    });
    if (!status.ok()) return status;
    if constexpr (HasLeads<Row>) {
      for (const Slot* slot : loading) {
        if (slot->present) Row::LeadsTo(slot->row, leads);
      }
    }
    return absl::OkStatus();
  }

  // The slot of a key, read through if it was not named.
  struct Slot {
    Row row;
    int64_t version = 0;
    bool present = false;
    bool dirty = false;
  };
  absl::StatusOr<Slot*> Find(const Key& key, store::Reader& reader, KeySet& leads, int64_t& read_through) {
    auto it = index_.find(key);
    if (it == index_.end()) {
      ++read_through;
      Want(key);
      it = index_.find(key);
    }
    Slot* const slot = it->second;  // what a loaded row leads to may move the index
    if (!wanted_.empty()) {
      if (absl::Status status = Load(reader, leads); !status.ok()) return status;
    }
    return slot;
  }

  // A row that cannot exist yet: written without having been read. If it does exist, the write is a conflict.
  void Insert(Row&& row) {
    auto [it, fresh] = index_.try_emplace(store::KeyOfRow(row), nullptr);
    if (fresh) it->second = &slots_.emplace_back();
    it->second->row = std::move(row);
    it->second->present = true;
    MarkDirty(*it->second);
  }

  void MarkDirty(Slot& slot) {
    if (!slot.dirty) dirty_.push_back(&slot);
    slot.dirty = true;
  }

  absl::StatusOr<int64_t> Flush(store::Transaction& transaction) override {
    if (dirty_.empty()) return 0;
    std::sort(dirty_.begin(), dirty_.end(),
              [](const Slot* a, const Slot* b) { return store::KeyOfRow(a->row) < store::KeyOfRow(b->row); });
    std::vector<store::Write> writes;
    writes.reserve(dirty_.size());
    for (Slot* slot : dirty_) {
      slot->dirty = false;
      if (slot->version == 0 && !slot->present) continue;  // created and erased within the batch
      writes.push_back({&slot->row, slot->version, !slot->present});
      slot->version = slot->present ? slot->version + 1 : 0;
    }
    dirty_.clear();
    return transaction.Put(store::SpecOf<Row>(), writes);
  }

  void Clear() override {
    index_.clear();
    slots_.clear();
    wanted_.clear();
    dirty_.clear();
  }

 private:
  absl::flat_hash_map<Key, Slot*> index_;
  std::deque<Slot> slots_;  // stable addresses: handlers hold pointers to rows
  std::vector<Slot*> wanted_;
  std::vector<Slot*> dirty_;
};

// Counters are only added to; what a batch adds to one row becomes one write.
template <class Row>
class CounterView final : public TableViewBase {
 public:
  void Add(const Row& delta) {
    auto [it, fresh] = sums_.try_emplace(store::KeyOfRow(delta), delta);
    if (fresh) return;
    std::apply([&](auto... f) { ((it->second.*(f.member) += delta.*(f.member)), ...); }, Row::Describe().values);
  }
  const std::string& name() const override { return store::SpecOf<Row>().name; }
  bool HasWanted() const override { return false; }
  absl::Status Load(store::Reader&, KeySet&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> Flush(store::Transaction& transaction) override {
    if (sums_.empty()) return 0;
    std::vector<const Row*> rows;
    rows.reserve(sums_.size());
    for (const auto& [key, row] : sums_) rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [](const Row* a, const Row* b) { return store::KeyOfRow(*a) < store::KeyOfRow(*b); });
    std::vector<store::Write> writes;
    writes.reserve(rows.size());
    for (const Row* row : rows) writes.push_back({row, 0, false});
    absl::StatusOr<int64_t> result = transaction.Put(store::SpecOf<Row>(), writes);
    sums_.clear();
    return result;
  }
  void Clear() override { sums_.clear(); }

 private:
  absl::flat_hash_map<store::KeyOf<Row>, Row> sums_;
};

}  // namespace internal

class View {
 public:
  // `env` is what the service gives its handlers (region table, rules); it outlives the view.
  explicit View(const void* env) : env_(env) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  // The row of a key as it is after the batch's earlier messages; nullptr if there is none. Valid until the decide function
  // returns.
  template <class Row>
  const Row* Find(const store::KeyOf<Row>& key) const {
    auto* slot = FindSlot<Row>(key);
    return slot != nullptr && slot->present ? &slot->row : nullptr;
  }

  // A range of rows as it is after the batch's earlier messages. For sweeps and matching; a page of at most range.limit rows.
  template <class Row>
  std::vector<Row> Scan(const store::ScanRange& range) const {
    auto& table = Table<Row>();
    if (absl::StatusOr<int64_t> conflicts = table.Flush(*transaction_); !conflicts.ok()) {
      Fail(conflicts.status());
    } else if (*conflicts > 0) {
      Fail(absl::AbortedError("a row changed under the scan"));
    }
    absl::StatusOr<std::vector<Row>> rows = store::ScanRows<Row>(*transaction_, range);
    if (rows.ok()) return *std::move(rows);
    Fail(rows.status());
    return {};
  }

  template <class Env>
  const Env& env() const {
    return *static_cast<const Env*>(env_);
  }

  // The day of the partition that a key of the service's facts belongs to; empty before its first DayOpened.
  calendar::Day DayOf(int32_t partition) const {
    return partition >= 0 && partition < static_cast<int32_t>(days_.size()) ? days_[partition] : calendar::Day{};
  }

  // --- For the loop, not for handlers. ---

  void Begin(store::Transaction* transaction, std::vector<calendar::Day> days) {
    transaction_ = transaction;
    days_ = std::move(days);
    status_ = absl::OkStatus();
  }
  void SetDay(int32_t partition, calendar::Day day) {
    if (partition >= static_cast<int32_t>(days_.size())) days_.resize(partition + 1);
    days_[partition] = day;
  }

  template <class Row>
  void Want(const store::KeyOf<Row>& key) {
    Table<Row>().Want(key);
  }
  template <class Row>
  void Put(Row&& row) {
    auto* slot = FindSlot<Row>(store::KeyOfRow(row));
    if (slot == nullptr) return;
    slot->row = std::move(row);
    slot->present = true;
    Table<Row>().MarkDirty(*slot);
  }
  template <class Row>
  void Insert(Row&& row) {
    Table<Row>().Insert(std::move(row));
  }
  template <class Row>
  void Erase(const store::KeyOf<Row>& key) {
    auto* slot = FindSlot<Row>(key);
    if (slot == nullptr || !slot->present) return;
    slot->present = false;
    Table<Row>().MarkDirty(*slot);
  }
  template <class Row>
  void Add(const Row& delta) {
    Counter<Row>().Add(delta);
  }

  // Reads every key wanted and what those rows lead to, until nothing is left to read.
  absl::Status Load();
  // Writes what changed. Aborted if a row's version was no longer the one read.
  absl::Status Flush();
  void Clear();

  // The first failure of a read; a decision made after it does not count.
  const absl::Status& status() const { return status_; }
  int64_t read_through() const { return read_through_; }

 private:
  template <class Row>
  typename internal::TableView<Row>::Slot* FindSlot(const store::KeyOf<Row>& key) const;
  template <class Row>
  internal::TableView<Row>& Table() const {
    static_assert(Row::Describe().kind == store::TableKind::kState, "a counter is added to, never read by a decision");
    return static_cast<internal::TableView<Row>&>(
        Slot(internal::TableId<Row>(), [] { return std::unique_ptr<internal::TableViewBase>(new internal::TableView<Row>); }));
  }
  template <class Row>
  internal::CounterView<Row>& Counter() const {
    static_assert(Row::Describe().kind == store::TableKind::kCounter, "only counters are added to");
    return static_cast<internal::CounterView<Row>&>(
        Slot(internal::TableId<Row>(), [] { return std::unique_ptr<internal::TableViewBase>(new internal::CounterView<Row>); }));
  }
  internal::TableViewBase& Slot(int id, absl::FunctionRef<std::unique_ptr<internal::TableViewBase>()> make) const;
  void Fail(absl::Status status) const {
    if (status_.ok()) status_ = std::move(status);
  }

  const void* env_;
  store::Transaction* transaction_ = nullptr;
  std::vector<calendar::Day> days_;
  mutable std::vector<std::unique_ptr<internal::TableViewBase>> tables_;  // by TableId
  mutable std::vector<internal::TableViewBase*> by_name_;                 // the order in which all instances lock
  mutable absl::Status status_;
  mutable int64_t read_through_ = 0;
};

// Takes the keys that a message names.
class KeySet {
 public:
  explicit KeySet(View& view) : view_(view) {}

  template <class Row>
  void Want(const store::KeyOf<Row>& key) {
    view_.Want<Row>(key);
    if (named_ != nullptr) named_->push_back(HashOfKey<Row>(key));
  }

  // Reads a key ahead without naming it: for rows that many families share, where nobody has to wait because one message is parked.
  template <class Row>
  void ReadAhead(const store::KeyOf<Row>& key) {
    view_.Want<Row>(key);
  }

  // From now on the hashes of the named keys are kept in `named` as well; nullptr stops it.
  void Track(std::vector<uint64_t>* named) { named_ = named; }

 private:
  View& view_;
  std::vector<uint64_t>* named_ = nullptr;
};

template <class Row>
typename internal::TableView<Row>::Slot* View::FindSlot(const store::KeyOf<Row>& key) const {
  KeySet leads(const_cast<View&>(*this));
  auto slot = Table<Row>().Find(key, *transaction_, leads, read_through_);
  if (slot.ok()) return *slot;
  Fail(slot.status());
  return nullptr;
}

}  // namespace berdaya::flow

#endif  // BERDAYA_COMMON_FLOW_VIEW_H_
