// Days on the path of an event: opening them, publishing them again, and what a day does to rows that fall due.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "common/bus/topics.h"
#include "common/calendar/day_proto.h"
#include "common/flow/engine.h"
#include "common/flow/test_points.h"
#include "common/status/status.h"

namespace berdaya::flow {
namespace {

constexpr int kMaxDaysAtOnce = 4000;

}  // namespace

bool IsDayType(std::string_view type) {
  static const std::string_view kType = calendar::v1::DayOpened::descriptor()->full_name();
  return type == kType;
}

calendar::Day Engine::DayOf(const Origin& origin) const { return view_.DayOf(spec_.republish_days ? 0 : origin.partition); }

absl::Status Engine::OpenDay(Item& item) {
  const auto& opened = static_cast<const calendar::v1::DayOpened&>(*item.message);
  absl::StatusOr<calendar::Day> day = calendar::FromProto(opened.day(), "day");
  if (!day.ok()) return WithReason(day.status(), "bad_day", "day");
  if (*day > calendar::JakartaDay(absl::FromUnixMillis(item.record->timestamp_ms)) + 1) {
    return Invalid("day_in_future", "day", "a day is opened when it has begun in Asia/Jakarta, not before");
  }
  const bus::TopicPartition& from = *item.record->from;
  const calendar::Day last = inputs_.LastDayOf(from);
  if (*day <= last) return absl::OkStatus();
  if (absl::Status status = CheckHoldsAll(); !status.ok()) return status;
  if (!last.empty() && *day - last > kMaxDaysAtOnce) {
    return Refused("days_missing", "day",
                   absl::StrCat("more than ", kMaxDaysAtOnce, " days after the day before; open the missing ones first"));
  }
  inputs_.SetLastDay(from, *day);
  sweeps_staged_.insert(from.partition);
  if (spec_.republish_days) return absl::OkStatus();  // RepublishDays goes there day by day
  inputs_.SetDay(from, *day);
  view_.SetDay(from.partition, *day);
  return absl::OkStatus();
}

// Goes towards the last day opened: a day is published when the sweep of the one before has nothing left, so that every fact stands
// behind its own day in the log, however many days were opened at once.
absl::Status Engine::RepublishDays() {
  if (!spec_.republish_days) return absl::OkStatus();
  const bus::TopicPartition from{spec_.day_topic, 0};
  const calendar::Day last = inputs_.LastDayOf(from);
  if (view_.DayOf(0) >= last) return absl::OkStatus();
  if (absl::Status status = CheckHoldsAll(); !status.ok()) return status;
  while (view_.DayOf(0) < last && days_left_ > 0) {
    const absl::StatusOr<bool> swept = SweepDay(0);
    if (!swept.ok()) return swept.status();
    if (!*swept) return absl::OkStatus();
    --days_left_;
    const calendar::Day day = view_.DayOf(0).empty() ? last : view_.DayOf(0) + 1;
    calendar::v1::DayOpened again;
    calendar::ToProto(day, *again.mutable_day());
    outbox_.AddToAllFacts(calendar::v1::DayOpened::descriptor()->full_name(), again.SerializeAsString());
    inputs_.SetDay(from, day);
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) view_.SetDay(p, day);
  }
  return absl::OkStatus();
}

absl::Status Engine::RunSweeps() {
  if (absl::Status status = RepublishDays(); !status.ok()) return status;
  const std::set<int32_t> pending = sweeps_staged_;
  for (int32_t partition : pending) {
    const absl::StatusOr<bool> swept = SweepDay(partition);
    if (!swept.ok()) return swept.status();
    if (*swept && view_.DayOf(partition) >= inputs_.LastDayOf({spec_.day_topic, partition})) sweeps_staged_.erase(partition);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Engine::SweepDay(int32_t partition) {
  const calendar::Day day = view_.DayOf(partition);
  if (day.empty()) return true;
  bool done = true;
  for (const Sweep& sweep : spec_.handlers.sweeps()) {
    if (sweep_rows_left_ <= 0) return false;
    absl::StatusOr<std::vector<Outcome>> outcomes = std::vector<Outcome>();
    const Swept swept = sweep.run(view_, partition, day, sweep_rows_left_, outcomes);
    if (!view_.status().ok()) return view_.status();
    absl::Status status = outcomes.status();
    for (size_t i = 0; status.ok() && i < outcomes->size(); ++i) status = Apply((*outcomes)[i]);
    if (!status.ok()) return absl::InternalError(absl::StrCat("a row of ", sweep.table, " cannot be swept: ", status.message()));
    sweep_rows_left_ -= swept.rows;
    staged_stats_.swept += swept.rows;
    if (swept.rows > 0) Hit(TestPoint::kInSweep);
    done = done && !swept.more;
  }
  return done;
}

}  // namespace berdaya::flow
