#include "tests/simulation/checks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "berdaya/enterprise_mentoring/v1/facts.pb.h"
#include "berdaya/type/v1/fact.pb.h"
#include "common/bus/topics.h"
#include "common/flow/inputs.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/enterprise_mentoring/matching/choose_mou.h"
#include "services/enterprise_mentoring/tables/tables.h"
#include "services/graduation/domain/transitions.h"
#include "services/graduation/tables/tables.h"
#include "services/registry/tables/tables.h"
#include "tests/simulation/rows.h"

namespace berdaya::simulation {
namespace {

bool IsFinal(province::v1::ReportStatus status) {
  return status == province::v1::REPORT_STATUS_REGISTERED || status == province::v1::REPORT_STATUS_CHANGED ||
         status == province::v1::REPORT_STATUS_UNCHANGED || status == province::v1::REPORT_STATUS_REJECTED;
}

std::unique_ptr<google::protobuf::Message> Decoded(const bus::StoredRecord& record) {
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(record.headers.type));
  if (type == nullptr) return nullptr;
  std::unique_ptr<google::protobuf::Message> m(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  return m->ParseFromString(record.value) ? std::move(m) : nullptr;
}

// The versions of the families or cases that the facts of a topic are about.
class Versions {
 public:
  Versions(Platform& platform, std::string_view topic) : platform_(platform), topic_(topic) {}

  void Take(const bus::StoredRecord& record) {
    const auto m = Decoded(record);
    if (m == nullptr) return platform_.Blame(std::string(topic_), ": undecodable ", std::string(record.headers.type));
    const auto* info = m->GetDescriptor()->FindFieldByName("info");
    if (info == nullptr || info->message_type() != type::v1::FactInfo::descriptor()) return;
    type::v1::FactInfo head;
    head.CopyFrom(m->GetReflection()->GetMessage(*m, info));
    if (head.version() == 0) return;
    const auto* case_id = m->GetDescriptor()->FindFieldByName("case_id");
    const bool by_case = topic_ != bus::kRegistryFacts && case_id != nullptr;
    const int64_t id = by_case ? m->GetReflection()->GetInt64(*m, case_id) : head.family_id();
    int64_t& last = last_[id];
    if (head.version() != last + 1) {
      platform_.Blame(std::string(topic_), ": ", id, " has version ", head.version(), " after ", last);
    }
    last = head.version();
  }

 private:
  Platform& platform_;
  std::string_view topic_;
  std::map<int64_t, int64_t> last_;
};

void CheckPartition(Platform& platform, const bus::TopicPartition& place, Versions& versions) {
  std::map<std::string, std::vector<const bus::StoredRecord*>> of_source;
  const auto records = platform.bus->Records(place);
  for (const auto& record : records) {
    if (record->headers.sequence < 0) continue;  // a stranger's
    auto& known = of_source[std::string(record->headers.source)];
    const auto sequence = static_cast<size_t>(record->headers.sequence);
    if (sequence == known.size() + 1) {
      known.push_back(record.get());
      if (record->headers.source.substr(0, 8) == "berdaya/") versions.Take(*record);
    } else if (sequence == 0 || sequence > known.size()) {
      platform.Blame(place.topic, " ", place.partition, ": sequence ", sequence, " after ", known.size());
    } else if (known[sequence - 1]->value != record->value || known[sequence - 1]->header_text != record->header_text) {
      platform.Blame(place.topic, " ", place.partition, ": sequence ", sequence, " stands for two records");
    }
  }
}

}  // namespace

void CheckEverything(Platform& platform, const Officials& officials, calendar::Day last_day) {
  CheckReplies(platform, officials);
  CheckTopics(platform);
  CheckRegistry(platform);
  CheckGraduation(platform, last_day);
  CheckMentoring(platform, last_day);
  CheckFigures(platform, officials);
}

void CheckReplies(Platform& platform, const Officials& officials) {
  std::map<int, int64_t> open;
  for (const auto& row : RowsOf<flow::ParkedRow>(platform, kRegistry)) ++open[bus::ProvinceOfTopic(row.topic)];
  size_t answered = 0;
  for (const int province : kProvinces) {
    const auto records = platform.bus->Records({bus::ReportsTopic(province), 0});
    int64_t finals = 0;
    for (size_t offset = 0; offset < records.size(); ++offset) {
      const auto found = officials.replies().find({province, static_cast<int64_t>(offset)});
      if (found == officials.replies().end()) {
        platform.Blame("province ", province, ": nobody answers ", offset);
        continue;
      }
      ++answered;
      const auto of_record = std::count_if(found->second.begin(), found->second.end(), IsFinal);
      if (of_record > 1) platform.Blame("province ", province, ": ", of_record, " final answers to ", offset);
      finals += of_record > 0;
      const bool rejected = found->second.back() == province::v1::REPORT_STATUS_REJECTED;
      if (!rejected && officials.must_be_rejected().contains({province, static_cast<int64_t>(offset)})) {
        platform.Blame("province ", province, ": ", offset, " was taken, and must be rejected");
      }
    }
    if (finals + open[province] != static_cast<int64_t>(records.size())) {
      platform.Blame("province ", province, ": ", records.size(), " records, ", finals, " answers, ", open[province],
                     " quarantined");
    }
  }
  if (answered != officials.replies().size()) platform.Blame("a record was answered that nobody published");
}

void CheckTopics(Platform& platform) {
  for (const bus::TopicSpec& topic : bus::AllTopics({kProvinces.begin(), kProvinces.end()})) {
    Versions versions(platform, topic.name);
    for (int32_t p = 0; p < topic.partitions; ++p) CheckPartition(platform, {topic.name, p}, versions);
  }
}

void CheckRegistry(Platform& platform) {
  std::map<int64_t, registry::FamilyRow> families;
  std::set<std::pair<int, std::string>> refs;
  for (const auto& row : RowsOf<registry::FamilyRow>(platform, kRegistry)) {
    if (row.village.ProvinceCode() != row.province) platform.Blame("family ", row.family_id, " lives outside its province");
    if (!refs.insert({row.province, row.local_family_ref}).second) platform.Blame("two families are ", row.local_family_ref);
    families[row.family_id] = row;
  }
  for (const auto& row : RowsOf<registry::RefRow>(platform, kRegistry)) {
    const auto family = families.find(row.family_id);
    const bool holds = family != families.end() && family->second.local_family_ref == row.local_family_ref;
    if (!holds) platform.Blame("the reference ", row.local_family_ref, " leads nowhere");
  }
  for (const auto& row : RowsOf<registry::KkRow>(platform, kRegistry)) {
    if (families[row.family_id].kk != row.kk) platform.Blame("a KK number is held for a family that does not have it");
  }
  std::map<int64_t, registry::PersonRow> people;
  for (const auto& row : RowsOf<registry::PersonRow>(platform, kRegistry)) people[row.person_id] = row;
  for (const auto& row : RowsOf<registry::NikRow>(platform, kRegistry)) {
    const registry::PersonRow& person = people[row.person_id];
    if (person.nik != row.nik || person.family_id != row.family_id) platform.Blame("a NIK is held for somebody else");
  }
  for (const auto& [id, family] : families) {
    for (const int64_t person : registry::UnpackIds(id, family.member_ids)) {
      if (people[person].family_id != id) platform.Blame("a member of family ", id, " belongs to another one");
    }
  }
  if (!RowsOf<registry::AwaitedRow>(platform, kRegistry).empty()) platform.Blame("a report waits for an answer still");
}

void CheckGraduation(Platform& platform, calendar::Day last_day) {
  std::set<int64_t> in_pkh;
  for (const auto& row : RowsOf<registry::EnrolmentRow>(platform, kRegistry)) {
    if (row.programme == type::v1::PROGRAMME_PKH && row.state == registry::v1::ENROLMENT_STATE_ACTIVE) in_pkh.insert(row.family_id);
  }
  std::set<std::pair<int64_t, std::string>> recommended;
  for (const auto& row : RowsOf<graduation::RecommendationRow>(platform, kGraduation))
    recommended.insert({row.case_id, row.recommended_by});
  std::map<std::pair<int64_t, int64_t>, std::string> rules;  // by case and version of the proposal
  for (const auto& row : RowsOf<graduation::ProposalRow>(platform, kGraduation))
    rules[{row.case_id, row.version}] = row.rule_version;
  std::map<int64_t, graduation::DecisionRow> confirmed;
  for (const auto& row : RowsOf<graduation::DecisionRow>(platform, kGraduation)) {
    if (row.verdict != type::v1::GRADUATION_VERDICT_CONFIRM) continue;
    if (!confirmed.insert({row.case_id, row}).second) platform.Blame("case ", row.case_id, " was confirmed twice");
  }
  for (const auto& row : RowsOf<graduation::CaseRow>(platform, kGraduation)) {
    if (graduation::IsOpen(row.state) != (in_pkh.erase(row.family_id) > 0)) {
      platform.Blame("registry and graduation differ on whether family ", row.family_id, " is in PKH");
    }
    if (row.state == graduation::v1::CASE_STATE_FOLLOWED && row.ends_on < last_day) {
      platform.Blame("family ", row.family_id, " is past its years, and nobody is asked about it");
    }
    if (row.state != graduation::v1::CASE_STATE_GRADUATED) continue;
    const auto decision = confirmed.find(row.case_id);
    const bool traced = decision != confirmed.end() && !row.rule_version.empty() && !row.decided_by.empty() &&
                        decision->second.decided_by == row.decided_by && !row.letter_number.empty() &&
                        rules[{row.case_id, decision->second.proposal_version}] == row.rule_version;
    if (!traced) platform.Blame("case ", row.case_id, " graduated without decision, rule and person");
    if (recommended.contains({row.case_id, row.decided_by}))
      platform.Blame("case ", row.case_id, " was confirmed by who recommended it");
  }
  for (const int64_t family : in_pkh) platform.Blame("family ", family, " is in PKH, and graduation does not follow it");
}

void CheckMentoring(Platform& platform, calendar::Day last_day) {
  std::map<int64_t, graduation::CaseRow> graduations;
  for (const auto& row : RowsOf<graduation::CaseRow>(platform, kGraduation)) {
    if (row.state == graduation::v1::CASE_STATE_GRADUATED) graduations[row.case_id] = row;
  }
  std::map<std::string, mentoring::MouRow> mous;
  std::map<std::string, std::vector<region::RegionCode>> areas;
  for (const auto& row : RowsOf<mentoring::MouRow>(platform, kMentoring)) {
    mous[row.mou_number] = row;
    mentoring::v1::Mou document;
    if (!document.ParseFromString(row.document)) platform.Blame("an MoU is damaged");
    for (const uint64_t area : document.areas()) areas[row.mou_number].push_back(*region::RegionCode::FromNumber(area));
  }
  const auto covers = [&](const std::string& number, region::RegionCode village) {
    return std::any_of(areas[number].begin(), areas[number].end(), [&](region::RegionCode area) { return area.Contains(village); });
  };
  std::map<int64_t, region::RegionCode> matched_in;  // by case: where the family lived when a partner took it
  for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
    for (const auto& record : platform.bus->Records({std::string(bus::kMentoringFacts), p})) {
      mentoring::v1::CaseMatched m;
      if (record->headers.type != m.GetDescriptor()->full_name() || !m.ParseFromString(record->value)) continue;
      matched_in[m.case_id()] = *region::RegionCode::FromNumber(m.info().village());
    }
  }
  std::map<std::string, int64_t> taken;
  std::set<int64_t> mentored;
  for (const auto& row : RowsOf<mentoring::CaseRow>(platform, kMentoring)) {
    mentored.insert(row.graduation_case_id);
    const auto graduation = graduations.find(row.graduation_case_id);
    if (graduation == graduations.end() || graduation->second.family_id != row.family_id) {
      platform.Blame("the mentoring case of family ", row.family_id, " traces to no graduation");
    }
    if (row.partner_id.empty()) {
      for (const auto& [number, mou] : mous) {
        if (mou.opens_on <= last_day && covers(number, row.village) && mentoring::HasPlaceFor(row, mou)) {
          platform.Blame("family ", row.family_id, " waits, and ", number, " has a place for it");
        }
      }
      continue;
    }
    const mentoring::MouRow& mou = mous[row.mou_number];
    ++taken[row.mou_number];
    const bool valid = mou.partner_id == row.partner_id && row.matched_on >= mou.signed_on && row.matched_on <= mou.ends_on;
    if (!valid) platform.Blame("family ", row.family_id, " was taken under no valid MoU");
    if (!covers(row.mou_number, matched_in[row.case_id])) platform.Blame("family ", row.family_id, " was taken from elsewhere");
  }
  for (const auto& [number, mou] : mous) {
    if (taken[number] != mou.taken || mou.taken > mou.capacity) {
      platform.Blame(number, " has taken ", taken[number], ", says ", mou.taken, ", and has ", mou.capacity, " places");
    }
  }
  // A family has one mentoring case, however often it graduates.
  std::set<int64_t> families;
  for (const auto& [id, row] : graduations) families.insert(row.family_id);
  if (families.size() != mentored.size()) platform.Blame(families.size(), " families graduated, ", mentored.size(), " have a case");
}

}  // namespace berdaya::simulation
