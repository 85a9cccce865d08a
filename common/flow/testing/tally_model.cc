#include "common/flow/testing/tally_model.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/calendar/day_proto.h"

namespace berdaya::flow::testing {
namespace {

namespace pv1 = province::v1;

constexpr size_t kMostProblems = 20;

bool IsFinal(pv1::ReportStatus status) { return status >= pv1::REPORT_STATUS_REGISTERED && status <= pv1::REPORT_STATUS_REJECTED; }

template <class M>
bool Is(const SeenRecord& record) {
  return record.type == M::descriptor()->full_name();
}

template <class M>
M Parsed(const SeenRecord& record) {
  M message;
  message.ParseFromString(record.value);
  return message;
}

calendar::Day DayOf(const type::v1::Date& date) { return calendar::FromProto(date).value_or(calendar::Day()); }

// What a report must come to.
struct Expected {
  pv1::ReportStatus status = pv1::REPORT_STATUS_UNSPECIFIED;
  std::string code;
  bool asked = false;  // upstream answers
};

// One province, in log order.
class ProvinceModel {
 public:
  Expected Handle(const SeenRecord& record, const std::optional<std::string>* repair) {
    if (repair != nullptr && !repair->has_value()) return {pv1::REPORT_STATUS_REJECTED, "discarded"};
    const std::string& value = repair == nullptr ? record.value : **repair;
    pv1::FamilyReported family;
    pv1::GraduationRequested request;
    const bool is_family = Is<pv1::FamilyReported>(record) && family.ParseFromString(value);
    const bool is_request = Is<pv1::GraduationRequested>(record) && request.ParseFromString(value);
    std::vector<std::string> keys;
    if (!record.key.empty()) keys.push_back("key " + record.key);
    if (is_family) keys.push_back("ref " + family.local_family_ref());
    if (is_request) keys.push_back("ref " + request.local_family_ref());
    if (is_family && family.kk_number() != 0) keys.push_back(absl::StrCat("kk ", family.kk_number()));
    Expected expected;
    if (std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return parked_.contains(key); })) {
      expected = {pv1::REPORT_STATUS_WAITING, "waiting"};
    } else if (is_family) {
      expected = HandleFamily(family);
    } else if (is_request) {
      expected = families_.contains(request.local_family_ref()) ? Expected{.asked = true} : Rejected("family_unknown");
    } else {
      expected = Rejected(Is<pv1::FamilyReported>(record) || Is<pv1::GraduationRequested>(record) ? "undecodable" : "unknown_type");
    }
    if (expected.status >= pv1::REPORT_STATUS_QUARANTINED) parked_.insert(keys.begin(), keys.end());
    return expected;
  }

  // The members of every fact that reports lead to, by family.
  std::map<std::string, std::vector<int>> facts;
  int64_t reports = 0;
  int64_t members = 0;

 private:
  struct Family {
    std::pair<int64_t, std::string> latest;
  };

  static Expected Rejected(std::string code) { return {pv1::REPORT_STATUS_REJECTED, std::move(code)}; }

  Expected HandleFamily(const pv1::FamilyReported& m) {
    if (m.members_size() == 0) return Rejected("no_members");
    const std::string& name = m.members(0).name();
    if (name == "REJECT") return Rejected("refused");
    if (name == "QUARANTINE" || name == "HUGE") return {pv1::REPORT_STATUS_QUARANTINED, name == "HUGE" ? "undecided" : "held"};
    const std::string& ref = m.local_family_ref();
    if (m.kk_number() != 0 && owners_.contains(m.kk_number()) && owners_[m.kk_number()] != ref) return Rejected("kk_taken");
    const auto version = std::pair(static_cast<int64_t>(m.info().reported_at().seconds()), m.info().report_id());
    auto known = families_.find(ref);
    if (known != families_.end() && version <= known->second.latest) return {pv1::REPORT_STATUS_UNCHANGED, ""};
    const bool fresh = known == families_.end();
    families_[ref].latest = version;
    if (m.kk_number() != 0) owners_[m.kk_number()] = ref;
    facts[ref].push_back(m.members_size());
    ++reports;
    members += m.members_size();
    return {fresh ? pv1::REPORT_STATUS_REGISTERED : pv1::REPORT_STATUS_CHANGED, ""};
  }

  std::map<std::string, Family> families_;
  std::map<uint64_t, std::string> owners_;
  std::set<std::string> parked_;
};

class Checker {
 public:
  Checker(const Seen& seen, const TallyNames& names, const TallyChecks& checks) : seen_(seen), names_(names), checks_(checks) {}

  TallyFindings Run() {
    ReadUpstream();
    for (int province : names_.provinces) CheckProvince(province);
    CheckFacts();
    CheckNotices();
    CheckDays();
    Once(names_.dead_letters, 0);
    if (checks_.settled) CheckCounts();
    return std::move(found_);
  }

 private:
  template <class... T>
  void Problem(const T&... text) {
    if (found_.problems.size() < kMostProblems) found_.problems.push_back(absl::StrCat(text...));
  }

  const std::vector<SeenRecord>& Of(const std::string& topic, int32_t partition) {
    static const std::vector<SeenRecord> kNone;
    auto it = seen_.find({topic, partition});
    return it == seen_.end() ? kNone : it->second;
  }

  // The records of an output as consumers take them: sequences without a gap, repeats dropped.
  std::vector<SeenRecord> Once(const std::string& topic, int32_t partition) {
    std::vector<SeenRecord> once;
    std::vector<SeenRecord> records = Of(topic, partition);
    if (checks_.any_order) {
      std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    }
    for (const SeenRecord& record : records) {
      const std::string place = absl::StrCat(topic, "/", partition, " offset ", record.offset);
      if (record.source != "berdaya/tally") Problem(place, ": written by ", record.source);
      const auto last = static_cast<int64_t>(once.size());
      if (record.sequence <= last) {
        ++found_.repeats;
        const bool same = record.sequence >= 1 && once[record.sequence - 1].value == record.value;
        if (!checks_.repeats_allowed || !same)
          Problem(place, ": sequence ", record.sequence, " again after ", last, same ? "" : ", changed");
        continue;
      }
      if (record.sequence != last + 1) Problem(place, ": sequence ", record.sequence, " after ", last);
      once.push_back(record);
    }
    return once;
  }

  void ReadUpstream() {
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
      std::map<std::string, int64_t> marks;
      for (const SeenRecord& record : Of(names_.upstream, p)) {
        if (record.sequence != marks[record.source] + 1) continue;  // a repeat, or it comes again behind a hole
        marks[record.source] = record.sequence;
        if (Is<graduation::v1::ReportOutcome>(record)) {
          const auto outcome = Parsed<graduation::v1::ReportOutcome>(record);
          const int64_t offset = outcome.report().position() >> 8 & ((int64_t{1} << 40) - 1);
          answers_[{outcome.report().province(), offset}] = outcome;
        } else if (Is<graduation::v1::FamilyGraduated>(record)) {
          const auto fact = Parsed<graduation::v1::FamilyGraduated>(record);
          fact.case_id() < 0 ? ++held_ : graduated_[fact.case_id()] = 0;
        }
      }
    }
  }

  void CheckProvince(int province) {
    ProvinceModel& model = models_[province];
    std::map<int64_t, Expected> expected;
    for (const SeenRecord& record : Of(bus::ReportsTopic(province), 0)) {
      auto repair = checks_.repairs.find({province, record.offset});
      Expected e = model.Handle(record, repair == checks_.repairs.end() ? nullptr : &repair->second);
      if (e.asked) {
        ++asks_;
        if (auto answer = answers_.find({province, record.offset}); answer != answers_.end()) {
          e = {answer->second.status(), answer->second.code(), true};
        }
      }
      if (e.status == pv1::REPORT_STATUS_REJECTED && !e.asked) ++rejections_;
      expected[record.offset] = e;
    }
    found_.published += static_cast<int64_t>(expected.size());
    CheckReplies(province, expected);
  }

  void CheckReplies(int province, const std::map<int64_t, Expected>& expected) {
    std::map<int64_t, std::vector<pv1::ReportOutcome>> replies;
    for (const SeenRecord& record : Once(bus::RepliesTopic(province), 0)) {
      const auto reported = Parsed<pv1::OutcomesReported>(record);
      if (reported.province() != province) Problem("province ", province, " gets the replies of ", reported.province());
      for (const pv1::ReportOutcome& outcome : reported.outcomes()) replies[outcome.offset()].push_back(outcome);
    }
    for (const auto& [offset, outcomes] : replies) {
      if (!expected.contains(offset))
        Problem("province ", province, ": a reply to offset ", offset, ", where nothing was published");
    }
    for (const auto& [offset, e] : expected)
      CheckReply(absl::StrCat("province ", province, " offset ", offset), province, e, replies[offset]);
  }

  void CheckReply(const std::string& place, int province, const Expected& e, const std::vector<pv1::ReportOutcome>& replies) {
    int finals = 0;
    for (const pv1::ReportOutcome& reply : replies) {
      if (finals > 0) Problem(place, ": a reply after the final one: ", pv1::ReportStatus_Name(reply.status()));
      finals += IsFinal(reply.status()) ? 1 : 0;
      if (reply.status() == pv1::REPORT_STATUS_REGISTERED) refs_[reply.family_id()] = {province, reply.local_family_ref()};
    }
    const pv1::ReportStatus last = replies.empty() ? pv1::REPORT_STATUS_UNSPECIFIED : replies.back().status();
    found_.final += finals;
    if (finals == 0 && last != pv1::REPORT_STATUS_UNSPECIFIED) ++found_.open;
    if (finals == 0 && last == pv1::REPORT_STATUS_UNSPECIFIED && e.asked) ++found_.asked;
    if (!checks_.settled) return;
    const bool interim = e.asked && e.status != last && finals == 0;  // replayed, and waits for upstream now
    if (last != e.status && !interim) {
      Problem(place, ": ", pv1::ReportStatus_Name(last), ", expected ", pv1::ReportStatus_Name(e.status), " ", e.code);
    } else if (last == e.status && !replies.empty() && replies.back().code() != e.code) {
      Problem(place, ": code ", replies.back().code(), ", expected ", e.code);
    }
  }

  void CheckFacts() {
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
      for (const SeenRecord& record : Once(names_.facts, p)) {
        ++found_.facts;
        TakeFact(p, record);
      }
    }
    for (const auto& [id, family] : families_) CheckFamily(id, family);
    if (!checks_.settled) return;
    for (const auto& [province, model] : models_) {
      for (const auto& [ref, facts] : model.facts) {
        if (!named_.contains({province, ref})) Problem("province ", province, ": no fact of family ", ref);
      }
    }
  }

  struct FamilyFacts {
    std::vector<int> members;
    int64_t version = 0;
    int64_t periods = 0;
    calendar::Day registered;
  };

  void TakeFact(int32_t p, const SeenRecord& record) {
    if (Is<calendar::v1::DayOpened>(record)) {
      days_[p].push_back(DayOf(Parsed<calendar::v1::DayOpened>(record).day()));
      return;
    }
    if (bus::PartitionOf(record.key, bus::kFactPartitions) != p) Problem("a fact of key ", record.key, " in partition ", p);
    if (Is<registry::v1::FamilyRegistered>(record)) {
      const auto fact = Parsed<registry::v1::FamilyRegistered>(record);
      if (fact.info().version() != 1) Problem("family ", fact.info().family_id(), " registered as version ", fact.info().version());
      families_[fact.info().family_id()].registered = DayOf(fact.info().recorded_day());
      TakeMembers(fact.info(), fact.members());
    } else if (Is<registry::v1::FamilyChanged>(record)) {
      const auto fact = Parsed<registry::v1::FamilyChanged>(record);
      TakeMembers(fact.info(), fact.members());
    } else if (Is<registry::v1::ComponentsChanged>(record)) {
      const auto fact = Parsed<registry::v1::ComponentsChanged>(record);
      TakePeriod(fact.info(), fact.components().elderly());
      CheckDayInLog(p, DayOf(fact.info().recorded_day()));
    } else if (Is<registry::v1::ReportRejected>(record)) {
      ++rejected_facts_;
      CheckDayInLog(p, DayOf(Parsed<registry::v1::ReportRejected>(record).recorded_day()));
    } else if (Is<registry::v1::GraduationRequested>(record)) {
      ++asked_facts_;
    } else if (Is<registry::v1::EnrolmentDecided>(record)) {
      const auto fact = Parsed<registry::v1::EnrolmentDecided>(record);
      if (!decisions_.insert(fact.decision_id()).second) Problem("the command ", fact.decision_id(), " had its effect twice");
      if (!decided_.insert(fact.info().family_id()).second) Problem("two commands made the id ", fact.info().family_id());
      if ((fact.info().family_id() >> 59 & 1) != 1) Problem("a command's id outside its range: ", fact.info().family_id());
    } else {
      Problem("an unknown fact: ", record.type);
    }
  }

  FamilyFacts& Next(const type::v1::FactInfo& info) {
    FamilyFacts& family = families_[info.family_id()];
    if (info.version() != ++family.version)
      Problem("family ", info.family_id(), ": version ", info.version(), ", expected ", family.version);
    return family;
  }
  void TakeMembers(const type::v1::FactInfo& info, int members) { Next(info).members.push_back(members); }
  void TakePeriod(const type::v1::FactInfo& info, int64_t period) {
    FamilyFacts& family = Next(info);
    ++family.periods;
    const calendar::Day due = family.registered + family.periods * kTallyPeriodDays;
    if (period != family.periods || DayOf(info.recorded_day()) != due) {
      Problem("family ", info.family_id(), ": period ", period, " on ", DayOf(info.recorded_day()).Format(), ", expected ",
              family.periods, " on ", due.Format());
    }
  }

  // A fact stands behind the day that it is recorded under and before the next, unless that is older than the first day.
  void CheckDayInLog(int32_t p, calendar::Day recorded) {
    const std::vector<calendar::Day>& days = days_[p];
    if (!names_.republish_days || days.size() < 2 || days.back() == recorded) return;
    Problem(names_.facts, "/", p, ": a fact of day ", recorded.Format(), " stands behind day ", days.back().Format());
  }

  void CheckFamily(int64_t id, const FamilyFacts& family) {
    auto ref = refs_.find(id);
    if (ref == refs_.end()) {
      // Its reply may not be in the log yet.
      if (checks_.settled) Problem("facts of family ", id, ", whose registration nobody was told of");
      return;
    }
    if (!named_.insert(ref->second).second) Problem("family ", ref->second.second, " was registered twice");
    const std::vector<int>& expected = models_[ref->second.first].facts[ref->second.second];
    const bool fits =
        family.members.size() <= expected.size() && std::equal(family.members.begin(), family.members.end(), expected.begin());
    if (!fits || (checks_.settled && family.members.size() != expected.size())) {
      Problem("family ", ref->second.second, ": facts ", absl::StrJoin(family.members, ","), ", expected ",
              absl::StrJoin(expected, ","));
    }
    if (checks_.settled && !checks_.last_day.empty() &&
        family.registered + (family.periods + 1) * kTallyPeriodDays <= checks_.last_day) {
      Problem("family ", ref->second.second, ": period ", family.periods + 1, " is over and nobody said so");
    }
  }

  void CheckNotices() {
    for (int province : names_.provinces) {
      for (const SeenRecord& record : Once(bus::NoticesTopic(province), 0)) {
        ++found_.notices;
        const auto notice = Parsed<pv1::GraduationConfirmed>(record);
        auto fact = graduated_.find(notice.case_id());
        if (fact == graduated_.end()) {
          Problem("a notice of case ", notice.case_id(), ", which no fact names");
        } else if (++fact->second > 1) {
          Problem("two notices of case ", notice.case_id());
        }
      }
    }
    if (!checks_.settled || found_.open > 0 || held_ > 0) return;
    for (const auto& [case_id, notices] : graduated_) {
      if (notices == 0) Problem("no notice of case ", case_id);
    }
  }

  void CheckDays() {
    for (const auto& [partition, days] : days_) {
      for (size_t i = 1; i < days.size(); ++i) {
        if (days[i] != days[i - 1] + 1) {
          Problem(names_.facts, "/", partition, ": day ", days[i].Format(), " after ", days[i - 1].Format());
        }
      }
    }
    if (!checks_.settled || !names_.republish_days || checks_.last_day.empty()) return;
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) {
      if (days_[p].empty() || days_[p].back() != checks_.last_day || days_[p] != days_[0])
        Problem(names_.facts, "/", p, ": not all days");
    }
  }

  void CheckCounts() {
    const auto decided = static_cast<int64_t>(decisions_.size());
    if (decided != checks_.commands) Problem(decided, " effects of commands, expected ", checks_.commands);
    if (rejected_facts_ != rejections_) Problem(rejected_facts_, " facts of rejections, expected ", rejections_);
    if (asked_facts_ != asks_) Problem(asked_facts_, " requests passed on, expected ", asks_);
    if (checks_.counts.empty()) return;
    std::map<std::string, int64_t> expected{
        {"graduated", found_.notices}, {"confirmed", checks_.commands}, {"reports", 0}, {"members", 0}};
    for (const auto& [province, model] : models_) {
      expected["reports"] += model.reports;
      expected["members"] += model.members;
    }
    for (const auto& [name, value] : expected) {
      auto counted = checks_.counts.find(name);
      const int64_t got = counted == checks_.counts.end() ? 0 : counted->second;
      if (got != value) Problem("counter ", name, ": ", got, ", expected ", value);
    }
  }

  const Seen& seen_;
  const TallyNames& names_;
  const TallyChecks& checks_;
  TallyFindings found_;
  std::map<int, ProvinceModel> models_;
  std::map<std::pair<int, int64_t>, graduation::v1::ReportOutcome> answers_;
  std::map<int64_t, int> graduated_;  // case to number of notices
  int64_t held_ = 0;
  int64_t asks_ = 0;
  int64_t rejections_ = 0;
  int64_t rejected_facts_ = 0;
  int64_t asked_facts_ = 0;
  std::map<int64_t, std::pair<int, std::string>> refs_;  // of registered families
  std::set<std::pair<int, std::string>> named_;
  std::map<int64_t, FamilyFacts> families_;
  std::map<int32_t, std::vector<calendar::Day>> days_;
  std::set<std::string> decisions_;
  std::set<int64_t> decided_;
};

}  // namespace

std::string TallyFindings::ToString() const { return absl::StrJoin(problems, "\n"); }

TallyFindings CheckTally(const Seen& seen, const TallyNames& names, const TallyChecks& checks) {
  return Checker(seen, names, checks).Run();
}

Seen SeeAll(const bus::MemoryBus& bus, const TallyNames& names) {
  Seen seen;
  for (const bus::TopicSpec& topic : TallyTopics(names)) {
    for (int32_t p = 0; p < topic.partitions; ++p) {
      for (const auto& record : bus.Records({topic.name, p})) {
        seen[{topic.name, p}].push_back({record->offset, record->key, record->value, std::string(record->headers.type),
                                         std::string(record->headers.source), record->headers.epoch, record->headers.sequence});
      }
    }
  }
  return seen;
}

}  // namespace berdaya::flow::testing
