// What the instance whose turn it is to relay does to the outbox in the database.
#include <algorithm>
#include <utility>

#include "common/flow/engine.h"
#include "common/flow/test_points.h"
#include "common/store/typed.h"

namespace berdaya::flow {
namespace {

constexpr int64_t kTrimRows = 1000;
constexpr int64_t kTrimPage = 50;

}  // namespace

absl::StatusOr<bool> Engine::Maintain(const Cursors& cursors, absl::Duration keep) {
  absl::MutexLock lock(&mutex_);
  int64_t left = kTrimRows;
  absl::Status status = Tend(cursors, keep, /*release=*/false, left);
  Forget();
  if (!status.ok()) return status;
  return left <= 0;
}

absl::Status Engine::Release(const Cursors& cursors) {
  absl::MutexLock lock(&mutex_);
  int64_t left = 0;
  absl::Status status = Tend(cursors, absl::InfiniteDuration(), /*release=*/true, left);
  Forget();
  return status;
}

absl::Status Engine::Tend(const Cursors& cursors, absl::Duration keep, bool release, int64_t& left) {
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = database_.Begin();
  if (!transaction.ok()) return transaction.status();
  absl::StatusOr<bool> ours = release ? lease_.Release(**transaction) : lease_.Hold(**transaction);
  if (!ours.ok()) return ours.status();
  if (!*ours) return absl::OkStatus();
  view_.Begin(transaction->get(), {});
  const int64_t old_ms = absl::ToUnixMillis(now_() - keep);
  absl::Status status;
  for (const CursorRow& cursor : cursors.rows) {
    if (cursors.term != lease_.staged_term()) break;  // of another turn of ours
    const CursorRow* known = view_.Find<CursorRow>({cursor.topic, cursor.partition});
    if (known == nullptr ? cursor.sequence > 0 : !(*known == cursor)) view_.Put<CursorRow>(CursorRow(cursor));
    if (status.ok() && left > 0) status = Trim(**transaction, cursor, old_ms, left);
  }
  Hit(TestPoint::kBeforeCursor);
  if (status.ok()) status = view_.status();
  if (status.ok()) status = view_.Flush();
  if (status.ok()) status = (*transaction)->Commit();
  if (!status.ok()) return status;
  lease_.Commit();
  Hit(TestPoint::kAfterCursor);
  return absl::OkStatus();
}

// Erases the segments of an output that are in the log and old, the oldest first, at most `left`.
absl::Status Engine::Trim(store::Transaction& transaction, const CursorRow& cursor, int64_t old_ms, int64_t& left) {
  for (bool more = true; more && left > 0;) {
    const store::ScanRange sent{.from = {cursor.topic, int64_t{cursor.partition}},
                                .to = {cursor.topic, int64_t{cursor.partition}, cursor.sequence + 1},
                                .limit = std::min(left, kTrimPage)};
    std::vector<SegmentRow> done;
    std::vector<store::Write> erase;
    absl::Status status =
        transaction.Scan(store::SpecOf<SegmentRow>(), sent, [&](size_t, store::CellSource& cells, int64_t version) {
          if (cells.Int(5) >= old_ms) return;
          done.push_back({cursor.topic, cursor.partition, cells.Int(2)});
          erase.push_back({nullptr, version, true});
        });
    for (size_t i = 0; i < done.size(); ++i) erase[i].row = &done[i];
    if (status.ok() && !erase.empty()) status = transaction.Put(store::SpecOf<SegmentRow>(), erase).status();
    if (!status.ok()) return status;
    left -= static_cast<int64_t>(done.size());
    more = static_cast<int64_t>(done.size()) == sent.limit;
  }
  return absl::OkStatus();
}

}  // namespace berdaya::flow
