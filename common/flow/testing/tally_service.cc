#include "common/flow/testing/tally_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"
#include "common/flow/replies.h"
#include "common/flow/tables.h"
#include "common/status/status.h"

namespace berdaya::flow::testing {
namespace {

constexpr uint64_t kVillagesAProvince = 100'000'000;

struct Env {
  bool days_by_partition = false;
};

int32_t DayPartitionOf(int64_t family_id, const Env& env) {
  return env.days_by_partition ? bus::PartitionOf(std::to_string(family_id), bus::kFactPartitions) : 0;
}

void FillInfo(const TallyRow& row, calendar::Day day, type::v1::FactInfo& info) {
  info.set_family_id(row.family_id);
  info.set_version(row.version);
  info.set_village(row.province * kVillagesAProvince);
  calendar::ToProto(day, *info.mutable_recorded_day());
}

// What time has done to a family up to `day`; the sweep and every event do the same.
void Advance(TallyRow& row, calendar::Day day, Outcome& out) {
  while (!row.due_on.empty() && !day.empty() && row.due_on <= day) {
    ++row.version;
    ++row.periods;
    registry::v1::ComponentsChanged fact;
    FillInfo(row, row.due_on, *fact.mutable_info());
    fact.mutable_components()->set_elderly(static_cast<int32_t>(row.periods));
    out.Publish(row.family_id, fact);
    row.due_on = row.due_on + kTallyPeriodDays;
  }
}

template <class Fact>
void Record(const TallyRow& row, calendar::Day day, Outcome& out) {
  Fact fact;
  FillInfo(row, day, *fact.mutable_info());
  fact.set_members(static_cast<int32_t>(row.members));
  out.Publish(row.family_id, fact);
}

absl::Status FaultAskedFor(const std::string& name) {
  if (name == "REJECT") return Invalid("refused", "members[0].name", "the report asks to be refused");
  if (name == "QUARANTINE") return Refused("held", "members[0].name", "the report asks to be held");
  if (name == "STOP") return absl::InternalError("the report asks for a defect");
  return absl::OkStatus();
}

struct OnFamilyReported {
  using Message = province::v1::FamilyReported;

  static void Prefetch(const Message& m, const Origin& origin, KeySet& keys) {
    keys.Want<TallyRefRow>({origin.province, m.local_family_ref()});
    if (m.kk_number() != 0) keys.Want<TallyKkRow>({origin.province, static_cast<int64_t>(m.kk_number())});
  }

  static absl::StatusOr<Outcome> Decide(const Message& m, const Origin& origin, const View& view) {
    if (m.members().empty()) return Invalid("no_members", "members", "a family has members");
    if (absl::Status fault = FaultAskedFor(m.members(0).name()); !fault.ok()) return fault;
    if (m.members(0).name() == "SILENT") return Outcome::Done();
    const TallyRefRow* ref = view.Find<TallyRefRow>({origin.province, m.local_family_ref()});
    const TallyRow* old = ref == nullptr ? nullptr : view.Find<TallyRow>(ref->family_id);
    const int64_t id = old == nullptr ? origin.NewId(0) : old->family_id;
    const auto kk = static_cast<int64_t>(m.kk_number());
    const TallyKkRow* claim = kk == 0 ? nullptr : view.Find<TallyKkRow>({origin.province, kk});
    if (claim != nullptr && claim->family_id != id) return Invalid("kk_taken", "kk_number", "another family has this number");
    const int64_t at_s = m.info().reported_at().seconds();
    if (old != nullptr && std::pair(at_s, m.info().report_id()) <= std::pair(old->reported_at_s, old->report_id)) {
      return Outcome::Unchanged(id);
    }
    Outcome out = old == nullptr ? Outcome::Registered(id) : Outcome::Changed(id);
    if (kk != 0 && claim == nullptr) out.Put(TallyKkRow{origin.province, kk, id});
    TallyRow next = old == nullptr ? New(m, origin, id, view) : *old;
    Advance(next, view.DayOf(next.partition), out);
    ++next.version;
    next.members = m.members_size();
    next.reported_at_s = at_s;
    next.report_id = m.info().report_id();
    const calendar::Day day = origin.RecordedDay();
    old == nullptr ? Record<registry::v1::FamilyRegistered>(next, day, out) : Record<registry::v1::FamilyChanged>(next, day, out);
    if (m.members(0).name() == "HUGE") PublishTooMuch(id, out);
    out.Add(TallyCountRow{"reports", 1});
    out.Add(TallyCountRow{"members", next.members});
    if (old == nullptr) {
      out.Insert(TallyRefRow{origin.province, m.local_family_ref(), id});
      out.Insert(std::move(next));
    } else {
      out.Put(std::move(next));
    }
    return out;
  }

 private:
  static TallyRow New(const Message& m, const Origin& origin, int64_t id, const View& view) {
    TallyRow row{.family_id = id, .province = origin.province, .ref = m.local_family_ref()};
    row.partition = DayPartitionOf(id, view.env<Env>());
    row.due_on = origin.RecordedDay() + kTallyPeriodDays;
    return row;
  }
  static void PublishTooMuch(int64_t id, Outcome& out) {
    registry::v1::GraduationRecommended fact;
    fact.set_recommended_by(std::string(2 << 20, 'x'));
    out.Publish(id, fact);
  }
};

// Answered by the upstream service's ReportOutcome.
struct OnGraduationRequested {
  using Message = province::v1::GraduationRequested;

  static void Prefetch(const Message& m, const Origin& origin, KeySet& keys) {
    keys.Want<TallyRefRow>({origin.province, m.local_family_ref()});
  }

  static absl::StatusOr<Outcome> Decide(const Message& m, const Origin& origin, const View& view) {
    const TallyRefRow* ref = view.Find<TallyRefRow>({origin.province, m.local_family_ref()});
    if (ref == nullptr) return Invalid("family_unknown", "local_family_ref", "report the family first");
    Outcome out = Outcome::Deferred(ref->family_id);
    TallyAskRow ask{origin.position.packed(), origin.province, origin.partition, origin.offset, std::string(origin.ce_id)};
    registry::v1::GraduationRequested fact;
    fact.mutable_info()->set_family_id(ref->family_id);
    fact.mutable_report()->set_position(ask.position);
    fact.mutable_report()->set_province(origin.province);
    out.Publish(ref->family_id, fact);
    out.Insert(std::move(ask));
    return out;
  }
};

struct OnReportOutcome {
  using Message = graduation::v1::ReportOutcome;

  static void Prefetch(const Message& m, const Origin&, KeySet& keys) { keys.Want<TallyAskRow>(m.report().position()); }

  static absl::StatusOr<Outcome> Decide(const Message& m, const Origin&, const View& view) {
    const TallyAskRow* ask = view.Find<TallyAskRow>(m.report().position());
    if (ask == nullptr) return Refused("answer_unasked", "report.position", "no request waits for this answer");
    Outcome out = Outcome::Done();
    province::v1::ReportOutcome answer;
    answer.set_partition(ask->partition);
    answer.set_offset(ask->offset);
    answer.set_ce_id(Utf8OrEmpty(ask->ce_id, 256));
    answer.set_status(m.status());
    answer.set_code(m.code());
    out.AnswerReport(ask->province, std::move(answer));
    out.Erase<TallyAskRow>(ask->position);
    return out;
  }
};

// Names the family by the reference that its rule_version carries, so that reports and facts meet in one key. A negative case_id is
// held.
struct OnFamilyGraduated {
  using Message = graduation::v1::FamilyGraduated;

  static int ProvinceOf(const Message& m) { return static_cast<int>(m.info().village() / kVillagesAProvince); }

  static void Prefetch(const Message& m, const Origin&, KeySet& keys) { keys.Want<TallyRefRow>({ProvinceOf(m), m.rule_version()}); }

  static absl::StatusOr<Outcome> Decide(const Message& m, const Origin&, const View&) {
    if (m.case_id() < 0) return Refused("held", "case_id", "the fact asks to be held");
    Outcome out = Outcome::Done();
    province::v1::GraduationConfirmed notice;
    notice.mutable_info()->set_local_family_ref(m.rule_version());
    notice.set_case_id(m.case_id());
    out.Notify(ProvinceOf(m), m.rule_version(), notice);
    out.Add(TallyCountRow{"graduated", 1});
    return out;
  }
};

// A case below 0 is refused, kDefectCase meets a defect.
struct ConfirmGraduation {
  using Message = graduation::v1::ConfirmGraduationRequest;
  using Response = graduation::v1::ConfirmGraduationResponse;

  static void Prefetch(const Message&, const Origin&, KeySet&) {}

  static absl::StatusOr<Outcome> Decide(const Message& m, const Origin& origin, const View& view) {
    if (m.case_id() < 0) return Invalid("case_negative", "case_id", "a case has a positive number");
    if (m.case_id() == kDefectCase) return absl::DataLossError("the case asks for a defect");
    Outcome out = Outcome::Done();
    Response response;
    response.mutable_case_()->set_case_id(m.case_id());
    response.mutable_case_()->set_family_id(origin.NewId(0));
    registry::v1::EnrolmentDecided fact;
    fact.mutable_info()->set_family_id(origin.NewId(0));
    fact.set_decision_id(absl::StrCat(origin.principal->name, "/", std::string(origin.request_id)));
    calendar::ToProto(view.DayOf(DayPartitionOf(origin.NewId(0), view.env<Env>())), *fact.mutable_info()->mutable_recorded_day());
    out.Publish(origin.NewId(0), fact);
    out.Add(TallyCountRow{"confirmed", 1});
    out.Answer(std::move(response));
    return out;
  }
};

struct EndPeriods {
  using Row = TallyRow;

  static store::ScanRange Due(int32_t partition, calendar::Day day, int64_t limit) {
    return {.index = TallyRow::kByDue,
            .from = {int64_t{partition}, calendar::Day::First().ToCell()},
            .to = {int64_t{partition}, (day + 1).ToCell()},
            .limit = limit};
  }

  static absl::StatusOr<Outcome> Decide(const TallyRow& row, const Origin& origin, const View&) {
    Outcome out = Outcome::Done();
    TallyRow next = row;
    Advance(next, origin.day, out);
    out.Put(std::move(next));
    return out;
  }
};

void PublishRejection(const Origin& origin, const ReportNames&, std::string_view code, Outcome& out) {
  registry::v1::ReportRejected fact;
  fact.set_office(origin.province * kVillagesAProvince);
  fact.set_code(std::string(code));
  calendar::ToProto(origin.RecordedDay(), *fact.mutable_recorded_day());
  out.Publish(static_cast<int64_t>(fact.office()), fact);
}

}  // namespace

store::Schema TallySchema() {
  store::Schema schema{.tables = FlowTables()};
  for (const store::TableSpec* table : {&store::SpecOf<TallyRow>(), &store::SpecOf<TallyRefRow>(), &store::SpecOf<TallyKkRow>(),
                                        &store::SpecOf<TallyAskRow>(), &store::SpecOf<TallyCountRow>()}) {
    schema.tables.push_back(table);
  }
  return schema;
}

std::vector<bus::TopicSpec> TallyTopics(const TallyNames& names) {
  std::vector<bus::TopicSpec> topics;
  for (int province : names.provinces) {
    topics.push_back({bus::ReportsTopic(province), 1});
    topics.push_back({bus::RepliesTopic(province), 1, -1, 8 << 20});
    topics.push_back({bus::NoticesTopic(province), 1});
  }
  topics.push_back({names.facts, bus::kFactPartitions});
  topics.push_back({names.upstream, bus::kFactPartitions});
  topics.push_back({names.dead_letters, 1});
  if (names.days != names.upstream) topics.push_back({names.days, 1});
  return topics;
}

ServiceSpec TallySpec(const TallyNames& names) {
  static constexpr Env kOneDay{false};
  static constexpr Env kDaysByPartition{true};
  ServiceSpec spec;
  spec.name = "tally";
  spec.facts_topic = names.facts;
  spec.dead_letters_topic = names.dead_letters;
  spec.day_topic = names.republish_days ? names.days : names.upstream;
  spec.republish_days = names.republish_days;
  spec.inputs = {names.upstream};
  if (names.republish_days) spec.inputs.push_back(names.days);
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) spec.outputs.push_back({names.facts, p});
  spec.outputs.push_back({names.dead_letters, 0});
  for (int province : names.provinces) {
    spec.inputs.push_back(bus::ReportsTopic(province));
    spec.outputs.push_back({bus::RepliesTopic(province), 0});
    spec.outputs.push_back({bus::NoticesTopic(province), 0});
  }
  spec.topics = TallyTopics(names);
  spec.schema = TallySchema();
  spec.handlers.On<OnFamilyReported>();
  spec.handlers.On<OnGraduationRequested>();
  spec.handlers.On<OnReportOutcome>();
  spec.handlers.On<OnFamilyGraduated>();
  spec.handlers.OnCommand<ConfirmGraduation>();
  spec.handlers.OnDay<EndPeriods>();
  spec.env = names.republish_days ? &kOneDay : &kDaysByPartition;
  spec.on_rejected = PublishRejection;
  spec.sentence_of = [](std::string_view) { return Sentence{"Perbaiki laporan ini.", "Mend this report."}; };
  return spec;
}

}  // namespace berdaya::flow::testing
