#include "tests/simulation/officials.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/enterprise_mentoring/v1/enterprise_mentoring_service.pb.h"
#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/graduation/v1/graduation_service.pb.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/registry_service.pb.h"
#include "common/bus/topics.h"
#include "common/calendar/day_proto.h"
#include "common/flow/stable_hash.h"

namespace berdaya::simulation {
namespace {

namespace mv = enterprise_mentoring::v1;
namespace pv = province::v1;
using Kind = Intent::Kind;

template <class M>
bool Is(const bus::StoredRecord& record, M& m) {
  return record.headers.type == M::descriptor()->full_name() && m.ParseFromString(record.value);
}

// Chance that depends on nothing but what it is about.
int Throw(const Intent& intent, const std::string& about, int sides) {
  return static_cast<int>(flow::StableHash().Int(intent.random).Text(about).Value() >> 33) % sides;
}

}  // namespace

bool Officials::Do(const Intent& intent) {
  switch (intent.kind) {
    case Kind::kReport:
      Publish(intent);
      return true;
    case Kind::kDay:
      OpenDay(intent.day);
      return true;
    case Kind::kEnrol:
      return Enrol(intent);
    case Kind::kDecide:
      Decide(intent);
      return true;
    case Kind::kConfirm:
      Confirm(intent);
      return true;
    case Kind::kPartner:
    case Kind::kMou:
      Register(intent);
      return true;
    case Kind::kMentor:
      Mentor(intent);
      return true;
    default:
      return Intrude(intent);
  }
}

// --- Reading ---

template <class F>
void Officials::ReadTopic(const bus::TopicPartition& from, F take) {
  ReadSoFar& so_far = read_[from];
  const auto records = platform_.bus->Records(from);
  for (; so_far.records < records.size(); ++so_far.records) {
    const bus::StoredRecord& record = *records[so_far.records];
    int64_t& sequence = so_far.sequence[std::string(record.headers.source)];
    if (record.headers.sequence <= sequence) continue;
    sequence = record.headers.sequence;
    take(record);
  }
}

void Officials::Read() {
  for (const int province : kProvinces) {
    ReadTopic({bus::RepliesTopic(province), 0}, [&](const bus::StoredRecord& record) {
      pv::OutcomesReported m;
      if (!Is(record, m)) return platform_.Blame("something else than replies was replied to ", province);
      for (const pv::ReportOutcome& reply : m.outcomes()) {
        replies_[{province, reply.offset()}].push_back(reply.status());
        const FamilyName name{province, reply.local_family_ref()};
        if (reply.family_id() != 0) family_ids_[name] = reply.family_id();
        if (reply.status() == pv::REPORT_STATUS_CHANGED) nominated_.insert(name);
      }
    });
    ReadTopic({bus::NoticesTopic(province), 0}, [&](const bus::StoredRecord& record) { ReadNotice(province, record); });
  }
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    ReadTopic({std::string(bus::kMentoringFacts), p}, [&](const bus::StoredRecord& record) {
      mv::CaseMatched m;
      if (Is(record, m)) matched_[m.info().family_id()] = m.case_id();
    });
  }
}

void Officials::ReadNotice(int province, const bus::StoredRecord& record) {
  pv::GraduationProposed proposed;
  pv::ProposalWithdrawn withdrawn;
  pv::GraduationConfirmed confirmed;
  if (Is(record, proposed)) {
    proposals_[{province, proposed.info().local_family_ref()}] = {proposed.case_id(), proposed.info().office()};
  } else if (Is(record, withdrawn)) {
    proposals_.erase({province, withdrawn.info().local_family_ref()});
  } else if (Is(record, confirmed)) {
    proposals_.erase({province, confirmed.info().local_family_ref()});
  }
}

// --- Doing ---

void Officials::Publish(const Intent& intent) {
  const std::string topic = bus::ReportsTopic(intent.province);
  bus::OutRecord record{topic, 0, intent.ref, intent.value, {}};
  record.headers.id = intent.id;
  record.headers.source = "dinas";
  record.headers.type = intent.type;
  const absl::StatusOr<int64_t> offset = platform_.bus->Append(record);
  if (!offset.ok()) return platform_.Blame("publishing: ", offset.status().ToString());
  platform_.Tell("province ", intent.province, " publishes ", intent.type, " of ", intent.ref, " at ", *offset);
  if (intent.must_be_rejected) must_be_rejected_.insert({intent.province, *offset});
}

void Officials::OpenDay(calendar::Day day) {
  platform_.now_ms = std::max(platform_.now_ms, MorningOf(day) * 1000);
  calendar::v1::DayOpened m;
  calendar::ToProto(day, *m.mutable_day());
  const std::string value = m.SerializeAsString();
  bus::OutRecord record{bus::kCalendarDays, 0, {}, value, {}};
  record.headers.id = "day";
  record.headers.source = "berdaya/days";
  record.headers.type = m.GetDescriptor()->full_name();
  platform_.Tell("day ", day.Format(), " opens");
  (void)platform_.bus->Append(record);
}

template <class M>
void Officials::Ask(Service service, const std::string& id, M message, bool insists) {
  const auto same = [&](const Request& r) { return r.service == service && r.id == id; };
  if (std::any_of(platform_.requests.begin(), platform_.requests.end(), same)) return;
  platform_.Tell("the ministry asks ", kServiceNames[service], " for ", id);
  message.set_request_id(id);
  platform_.requests.push_back({service, id, std::make_unique<M>(std::move(message)), insists, std::nullopt});
}

bool Officials::Enrol(const Intent& intent) {
  const FamilyName name{intent.province, intent.ref};
  if (!family_ids_.contains(name) || !nominated_.contains(name)) return false;
  registry::v1::RecordEnrolmentDecisionsRequest m;
  auto& row = *m.add_decisions();
  row.set_decision_id(intent.id);
  row.set_family_id(family_ids_[name]);
  row.set_programme(type::v1::PROGRAMME_PKH);
  row.set_enrolled(intent.enrolled);
  if (intent.enrolled) calendar::ToProto(intent.day, *row.mutable_starts_on());
  Ask(kRegistry, intent.id, std::move(m));
  return true;
}

void Officials::Decide(const Intent& intent) {
  for (const auto& [name, proposal] : std::map<FamilyName, Proposal>(proposals_)) {
    const int chance = Throw(intent, name.second, 10);
    if (chance == 0) continue;
    pv::GraduationDecided m;
    m.mutable_info()->set_report_id(absl::StrCat(intent.id, "-", name.second));
    m.mutable_info()->set_office(proposal.regency);
    m.mutable_info()->set_officer_ref("kepala-1");
    calendar::ToProto(intent.day, *m.mutable_info()->mutable_occurred_on());
    m.mutable_info()->mutable_reported_at()->set_seconds(MorningOf(intent.day));
    m.set_local_family_ref(name.second);
    m.set_case_id(proposal.case_id);
    m.set_verdict(chance == 1   ? type::v1::GRADUATION_VERDICT_HOLD
                  : chance == 2 ? type::v1::GRADUATION_VERDICT_RETURN
                                : type::v1::GRADUATION_VERDICT_CONFIRM);
    if (chance <= 2) m.set_reason("perlu diperiksa");
    m.set_letter_number(absl::StrCat("SK/", intent.id));
    Intent report;
    report.province = name.first;
    report.ref = name.second;
    report.type = m.GetDescriptor()->full_name();
    report.value = m.SerializeAsString();
    report.id = m.info().report_id();
    Publish(report);
    if (chance == 3) Publish(report);
  }
}

void Officials::Confirm(const Intent& intent) {
  for (const auto& [name, proposal] : proposals_) {
    if (Throw(intent, name.second, 3) != 0) continue;
    graduation::v1::ConfirmGraduationRequest m;
    m.set_case_id(proposal.case_id);
    m.set_letter_number(absl::StrCat("SK/", intent.id));
    Ask(kGraduation, absl::StrCat(intent.id, "-", name.second), std::move(m), /*insists=*/false);
  }
}

void Officials::Register(const Intent& intent) {
  if (intent.kind == Kind::kMou) {
    mv::SignMouRequest m;
    *m.mutable_mou() = intent.mou;
    return Ask(kMentoring, intent.id, std::move(m));
  }
  mv::RegisterPartnerRequest m;
  m.mutable_partner()->set_partner_id(intent.ref);
  m.mutable_partner()->set_name("Politeknik Contoh");
  m.mutable_partner()->set_kind(mv::PARTNER_KIND_POLYTECHNIC);
  Ask(kMentoring, intent.id, std::move(m));
}

void Officials::Mentor(const Intent& intent) {
  for (const auto& [family_id, case_id] : matched_) {
    const std::string about = absl::StrCat(family_id);
    mv::RecordSessionRequest session;
    session.set_case_id(case_id);
    calendar::ToProto(intent.day, *session.mutable_held_on());
    session.set_mentor_ref("mentor-1");
    // A mentor whose MoU is not signed by then is refused.
    Ask(kMentoring, absl::StrCat(intent.id, "-", about), std::move(session), /*insists=*/false);
    if (Throw(intent, about, 2) == 0) continue;
    mv::RecordMilestoneRequest milestone;
    milestone.set_case_id(case_id);
    milestone.set_milestone(static_cast<mv::Milestone>(1 + Throw(intent, about, mv::Milestone_MAX)));
    calendar::ToProto(intent.day, *milestone.mutable_reached_on());
    Ask(kMentoring, absl::StrCat(intent.id, "-milestone-", about), std::move(milestone), /*insists=*/false);
  }
}

bool Officials::Intrude(const Intent& intent) {
  const auto found = family_ids_.find({intent.province, intent.ref});
  if (found == family_ids_.end()) return false;
  const std::string key = absl::StrCat(found->second);
  const int32_t partition = bus::PartitionOf(key, bus::kFactPartitions);
  bus::OutRecord record{bus::kGraduationFacts, partition, key, {}, {}};
  std::string value;
  record.headers.id = intent.id;
  if (intent.kind == Kind::kStranger) {
    graduation::v1::FamilyGraduated m;
    m.mutable_info()->set_family_id(found->second);
    m.mutable_info()->set_version(1);
    m.set_case_id(1);
    m.set_kind(type::v1::GRADUATION_KIND_NATURAL);
    value = m.SerializeAsString();
    record.headers.source = "stranger";
    record.headers.type = m.GetDescriptor()->full_name();
  } else {
    graduation::v1::ReportOutcome m;
    calendar::ToProto(intent.day, *m.mutable_info()->mutable_recorded_day());
    m.set_status(pv::REPORT_STATUS_CHANGED);  // of a report that nobody waits for
    value = absl::StrCat("\xff", intent.id);
    platform_.repairs[value] = m.SerializeAsString();
    record.headers.source = "archive";
    record.headers.type = m.GetDescriptor()->full_name();
    record.headers.epoch = 0;
    record.headers.sequence = ++archived_[partition];
  }
  record.value = value;
  platform_.Tell("a ", std::string(NameOf(intent.kind)), " fact of ", intent.ref, " in partition ", partition);
  (void)platform_.bus->Append(record);
  return true;
}

}  // namespace berdaya::simulation
