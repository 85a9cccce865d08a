#include "common/flow/testing/tally_process.h"

#include <cstdlib>
#include <iostream>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/store/typed.h"

namespace berdaya::flow::testing {
namespace {

void MustOk(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "tally test: " << status << std::endl;
  std::abort();
}

template <class T>
T Must(absl::StatusOr<T> value) {
  MustOk(value.status());
  return *std::move(value);
}

bus::MemoryOptions WithClock(bus::MemoryOptions options, const int64_t* now_ms) {
  options.now_ms = [now_ms] { return *now_ms; };
  return options;
}

}  // namespace

std::string FamilyReport(const Family& family) {
  province::v1::FamilyReported report;
  report.mutable_info()->set_report_id(family.report_id.empty() ? absl::StrCat(family.ref, "-", family.reported_at_s)
                                                                : family.report_id);
  report.mutable_info()->mutable_reported_at()->set_seconds(family.reported_at_s);
  report.set_local_family_ref(family.ref);
  report.set_kk_number(family.kk);
  for (int i = 0; i < family.members; ++i) report.add_members()->set_name(i == 0 ? family.name : absl::StrCat("MEMBER ", i));
  return report.SerializeAsString();
}

World::World(TallyNames n, bus::MemoryOptions options)
    : names(std::move(n)), bus(bus::NewMemoryBus(WithClock(std::move(options), &now_ms))) {
  MustOk(bus->CreateTopics(TallyTopics(names)));
}

int64_t World::ReportBytes(int province, std::string_view key, std::string_view type, std::string_view value) {
  const std::string topic = bus::ReportsTopic(province);
  bus::OutRecord record{topic, 0, key, value, {}};
  const std::string id = absl::StrCat("report-", bus->Records({topic, 0}).size());
  record.headers.id = id;
  record.headers.source = "province";
  record.headers.type = type;
  return Must(bus->Append(record));
}

int64_t World::Report(int province, const Family& family) {
  return ReportBytes(province, family.ref, province::v1::FamilyReported::descriptor()->full_name(), FamilyReport(family));
}

int64_t World::Ask(int province, const std::string& ref) {
  province::v1::GraduationRequested request;
  request.set_local_family_ref(ref);
  return ReportBytes(province, ref, request.GetDescriptor()->full_name(), request.SerializeAsString());
}

int64_t World::OpenDay(calendar::Day day) {
  calendar::v1::DayOpened opened;
  calendar::ToProto(day, *opened.mutable_day());
  const std::string value = opened.SerializeAsString();
  bus::OutRecord record{names.days, 0, {}, value, {}};
  const std::string id = absl::StrCat("day-", day.Format());
  record.headers.id = id;
  record.headers.source = "berdaya/days";
  record.headers.type = opened.GetDescriptor()->full_name();
  return Must(bus->Append(record));
}

void World::Upstream(int32_t partition, std::string_view key, const google::protobuf::Message& fact) {
  const std::string value = fact.SerializeAsString();
  bus::OutRecord record{names.upstream, partition, key, value, {}};
  record.headers.source = "berdaya/upstream";
  record.headers.type = fact.GetDescriptor()->full_name();
  record.headers.epoch = 0;
  record.headers.sequence = ++upstream_sequence[partition];
  const std::string id = absl::StrCat("upstream-", partition, "-", record.headers.sequence);
  record.headers.id = id;
  MustOk(bus->Append(record).status());
}

void World::Graduate(int province, const std::string& ref, int64_t case_id) {
  graduation::v1::FamilyGraduated fact;
  fact.mutable_info()->set_village(static_cast<uint64_t>(province) * 100'000'000);
  fact.set_case_id(case_id);
  fact.set_rule_version(ref);
  Upstream(bus::PartitionOf(ref, bus::kFactPartitions), ref, fact);
}

void World::AnswerAsks() {
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    const auto facts = bus->Records({names.facts, p});
    for (size_t& i = asks_read[p]; i < facts.size(); ++i) {
      registry::v1::GraduationRequested fact;
      if (facts[i]->headers.type != fact.GetDescriptor()->full_name() || !fact.ParseFromString(facts[i]->value)) continue;
      graduation::v1::ReportOutcome answer;
      *answer.mutable_report() = fact.report();
      answer.set_status(province::v1::REPORT_STATUS_CHANGED);
      Upstream(p, facts[i]->key, answer);
    }
  }
}

std::vector<province::v1::ReportOutcome> World::Replies(int province) const {
  std::vector<province::v1::ReportOutcome> replies;
  for (const auto& record : bus->Records({bus::RepliesTopic(province), 0})) {
    province::v1::OutcomesReported reported;
    if (!reported.ParseFromString(record->value)) std::abort();
    replies.insert(replies.end(), reported.outcomes().begin(), reported.outcomes().end());
  }
  return replies;
}

std::vector<province::v1::ReportStatus> World::StatusesOf(int province, int64_t offset) const {
  std::vector<province::v1::ReportStatus> statuses;
  for (const auto& reply : Replies(province)) {
    if (reply.offset() == offset) statuses.push_back(reply.status());
  }
  return statuses;
}

TallyProcess::TallyProcess(World& w, store::Database& d, const std::string& g, absl::Duration patience, Lease::Clock clock)
    : SteppedService(
          *w.bus, d, TallySpec(w.names), g, [&w] { return absl::FromUnixMillis(w.now_ms); }, patience, std::move(clock)),
      world(w),
      database(d) {}

Command ConfirmCommand(const std::string& request_id, int64_t case_id,
                       std::function<void(absl::StatusOr<std::unique_ptr<google::protobuf::Message>>)> done,
                       const std::string& principal) {
  auto request = std::make_unique<graduation::v1::ConfirmGraduationRequest>();
  request->set_request_id(request_id);
  request->set_case_id(case_id);
  Command command;
  command.request = std::move(request);
  command.principal.name = principal;
  command.request_id = request_id;
  command.done = std::move(done);
  return command;
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> TallyProcess::Confirm(const std::string& request_id, int64_t case_id,
                                                                                 const std::string& principal) {
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> answer = absl::UnknownError("no answer was given");
  std::vector<Command> commands;
  commands.push_back(ConfirmCommand(
      request_id, case_id, [&](auto given) { answer = std::move(given); }, principal));
  Intake nothing;
  if (absl::Status status = engine.Process(nothing, absl::MakeSpan(commands)); !status.ok()) return status;
  return answer;
}

std::unique_ptr<store::Database> TallyDatabase(const std::string& url) {
  std::unique_ptr<store::Database> database = Must(store::Open({.url = url, .cache_mib = 8}));
  MustOk(database->Migrate(TallySchema()));
  return database;
}

std::map<std::string, int64_t> TallyCounts(store::Database& database) {
  std::unique_ptr<store::Reader> reader = Must(database.Snapshot());
  std::map<std::string, int64_t> counts;
  for (const TallyCountRow& row : Must(store::ScanRows<TallyCountRow>(*reader, {.limit = std::numeric_limits<int64_t>::max()}))) {
    counts[row.name] = row.value;
  }
  return counts;
}

}  // namespace berdaya::flow::testing
