#include "services/registry/events/report_outcome.h"

#include <utility>

#include "common/calendar/day_proto.h"
#include "services/registry/events/facts.h"
#include "services/registry/tables/tables.h"

namespace berdaya::registry {
namespace {

// What another service may say of a report that it was handed; families are registered here only.
bool IsFinal(province::v1::ReportStatus status) {
  return status == province::v1::REPORT_STATUS_CHANGED || status == province::v1::REPORT_STATUS_UNCHANGED ||
         status == province::v1::REPORT_STATUS_REJECTED;
}

// Keeps the answer for repeats to come, and of a decision that was refused not the reason.
void Keep(const graduation::v1::ReportOutcome& m, const AwaitedRow& awaited, const flow::View& view, flow::Outcome& out) {
  HandedRow handed{awaited.office, awaited.local_family_ref, awaited.report_id, awaited.position};
  if (const HandedRow* known = view.Find<HandedRow>(store::KeyOfRow(handed))) handed = *known;
  handed.status = m.status();
  handed.code = m.code();
  handed.field = m.field();
  if (m.status() == province::v1::REPORT_STATUS_REJECTED) handed.reason.clear();
  out.Put(std::move(handed));
}

// Gives one waiting record its final reply.
void Answer(const graduation::v1::ReportOutcome& m, province::v1::ReportStatus status, const AwaitedRow& awaited, calendar::Day day,
            flow::Outcome& out) {
  province::v1::ReportOutcome reply;
  reply.set_partition(awaited.partition);
  reply.set_offset(awaited.offset);
  reply.set_ce_id(awaited.ce_id);
  reply.set_report_id(awaited.report_id);
  reply.set_local_family_ref(awaited.local_family_ref);
  reply.set_family_id(awaited.family_id);
  reply.set_status(status);
  reply.set_code(m.code());
  reply.set_field(m.field());
  out.AnswerReport(awaited.province, std::move(reply));
  if (status == province::v1::REPORT_STATUS_REJECTED) PublishRejected(awaited.office, m.code(), day, out);
  out.Erase<AwaitedRow>(awaited.position);
}

}  // namespace

void OnReportOutcome::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<AwaitedRow>(m.report().position());
}

absl::StatusOr<flow::Outcome> OnReportOutcome::Decide(const Message& m, const flow::Origin&, const flow::View& view) {
  if (!IsFinal(m.status())) return absl::DataLossError("a fact answers a report with what is no final status");
  const absl::StatusOr<calendar::Day> day = calendar::FromProto(m.info().recorded_day(), "info.recorded_day");
  if (!day.ok()) return absl::DataLossError("a fact has no day");
  flow::Outcome out = flow::Outcome::Done();
  const AwaitedRow* awaited = view.Find<AwaitedRow>(m.report().position());
  if (awaited == nullptr) return out;  // answered before
  Keep(m, *awaited, view, out);
  province::v1::ReportStatus status = m.status();
  while (awaited != nullptr) {
    Answer(m, status, *awaited, *day, out);
    if (status != province::v1::REPORT_STATUS_REJECTED) status = province::v1::REPORT_STATUS_UNCHANGED;  // of the repeats
    awaited = awaited->repeat != 0 ? view.Find<AwaitedRow>(awaited->repeat) : nullptr;
  }
  return out;
}

}  // namespace berdaya::registry
