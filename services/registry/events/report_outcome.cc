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

}  // namespace

void OnReportOutcome::Prefetch(const Message& m, const flow::Origin&, flow::KeySet& keys) {
  keys.Want<AwaitedRow>(m.report().position());
}

absl::StatusOr<flow::Outcome> OnReportOutcome::Decide(const Message& m, const flow::Origin&, const flow::View& view) {
  if (!IsFinal(m.status())) return absl::DataLossError("a fact answers a report with what is no final status");
  const AwaitedRow* awaited = view.Find<AwaitedRow>(m.report().position());
  flow::Outcome out = flow::Outcome::Done();
  if (awaited == nullptr) return out;  // answered before
  province::v1::ReportOutcome reply;
  reply.set_partition(awaited->partition);
  reply.set_offset(awaited->offset);
  reply.set_ce_id(awaited->ce_id);
  reply.set_report_id(awaited->report_id);
  reply.set_local_family_ref(awaited->local_family_ref);
  reply.set_family_id(awaited->family_id);
  reply.set_status(m.status());
  reply.set_code(m.code());
  reply.set_field(m.field());
  out.AnswerReport(awaited->province, std::move(reply));
  if (m.status() == province::v1::REPORT_STATUS_REJECTED) {
    const absl::StatusOr<calendar::Day> day = calendar::FromProto(m.info().recorded_day(), "info.recorded_day");
    if (!day.ok()) return absl::DataLossError("a fact has no day");
    PublishRejected(awaited->office, m.code(), *day, out);
  }
  out.Erase<AwaitedRow>(awaited->position);
  return out;
}

}  // namespace berdaya::registry
