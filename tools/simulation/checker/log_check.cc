#include "tools/simulation/checker/log_check.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/province/v1/replies.pb.h"
#include "tools/simulation/kafka.h"

namespace berdaya::simulation {
namespace {

using province::v1::ReportOutcome;
using province::v1::ReportStatus;

constexpr int kPatienceMs = 30'000;

bool IsFinal(ReportStatus status) {
  return status >= province::v1::REPORT_STATUS_REGISTERED && status <= province::v1::REPORT_STATUS_REJECTED;
}

class LogCheck {
 public:
  LogCheck(const Ledger& ledger, const Expected& world, Result& result)
      : ledger_(ledger), world_(world), result_(result), finals_(ledger.records.size()), seen_(ledger.families.size()) {
    for (uint32_t i = 0; i < ledger.records.size(); ++i) {
      const Record& record = ledger.records[i];
      ++result_.provinces[record.province].reported;
      ++result_.injected[static_cast<int>(record.fault)];
      if (record.offset < 0) continue;
      std::vector<uint32_t>& places = places_[record.province];
      if (static_cast<int64_t>(places.size()) <= record.offset) places.resize(record.offset + 1, kNone);
      places[record.offset] = i;
    }
  }

  void Read(const ReadSources& read) {
    std::vector<Source> sources;
    for (const auto& [province, row] : result_.provinces) {
      sources.push_back({RepliesTopic(province)});
      sources.push_back({NoticesTopic(province)});
      province_of_.insert(province_of_.end(), {province, province});
    }
    result_.findings.Unread(read(sources, [this](const Arrived& arrived) { Take(arrived); }));
  }

  void Compare() {
    for (uint32_t i = 0; i < finals_.size(); ++i) {
      if (finals_[i] == 0) result_.findings.Lost(absl::StrCat(Name(i), " has no final outcome"));
      if (finals_[i] > 1)
        result_.findings.Duplicated(finals_[i] - 1, absl::StrCat(Name(i), " has ", finals_[i], " final outcomes"));
    }
    constexpr const char* kNames[kNotices] = {"EnrolmentDecided",  "TimeLimitWarned",     "GraduationProposed",
                                              "ProposalWithdrawn", "GraduationConfirmed", "MentoringOffered"};
    for (uint32_t f = 0; f < seen_.size(); ++f) {
      for (int n = 0; n < kNotices; ++n) {
        const int want = world_.families[f].notices[n];
        const int got = seen_[f][n];
        const std::string what = absl::StrCat("family ", RefOf(ledger_.families[f].province, f), ": ", got, " notices ", kNames[n],
                                              " instead of ", want);
        if (got < want) result_.findings.LostFamily(f, what);
        if (got > want) result_.findings.Duplicated(got - want, what);
      }
    }
  }

 private:
  std::string Name(uint32_t index) const {
    const Record& record = ledger_.records[index];
    return absl::StrCat("record ", index, " (province ", record.province, ", offset ", record.offset, ", ", FaultName(record.fault),
                        ")");
  }

  void Take(const Arrived& arrived) {
    const int province = province_of_[arrived.topic];
    if (arrived.type != province::v1::OutcomesReported::descriptor()->full_name()) return TakeNotice(arrived);
    province::v1::OutcomesReported reported;
    if (!reported.ParseFromArray(arrived.value.data(), static_cast<int>(arrived.value.size())) || reported.province() != province) {
      return result_.findings.Lost(absl::StrCat("a reply of province ", province, " cannot be read or names another province"));
    }
    for (const ReportOutcome& outcome : reported.outcomes()) TakeOutcome(province, outcome);
  }

  void TakeOutcome(int province, const ReportOutcome& outcome) {
    ProvinceRow& row = result_.provinces[province];
    const std::vector<uint32_t>& places = places_[province];
    const bool known = outcome.partition() == 0 && outcome.offset() >= 0 &&
                       outcome.offset() < static_cast<int64_t>(places.size()) && places[outcome.offset()] != kNone;
    if (!known) {
      return result_.findings.Duplicated(
          1, absl::StrCat("an outcome for a record of province ", province, " that nobody published: offset ", outcome.offset()));
    }
    const uint32_t index = places[outcome.offset()];
    if (!IsFinal(outcome.status())) {
      if (outcome.status() == province::v1::REPORT_STATUS_QUARANTINED) ++row.quarantined;
      return;
    }
    row.registered += outcome.status() == province::v1::REPORT_STATUS_REGISTERED;
    row.changed += outcome.status() == province::v1::REPORT_STATUS_CHANGED;
    row.unchanged += outcome.status() == province::v1::REPORT_STATUS_UNCHANGED;
    row.rejected += outcome.status() == province::v1::REPORT_STATUS_REJECTED;
    if (finals_[index]++ == 0) CompareOutcome(index, outcome);
  }

  void CompareOutcome(uint32_t index, const ReportOutcome& outcome) {
    const Record& record = ledger_.records[index];
    const ExpectedOutcome& want = world_.outcomes[index];
    const std::string ce_id = absl::StrCat("dinas-", record.repeats == kNone ? index : record.repeats);
    const bool rejected = want.status == province::v1::REPORT_STATUS_REJECTED;
    const bool same = outcome.status() == want.status && outcome.code() == want.code && outcome.field() == want.field &&
                      outcome.ce_id() == ce_id && (!rejected || (!outcome.message_id().empty() && !outcome.message_en().empty()));
    const bool named = record.fault == Fault::kUndecodable || outcome.local_family_ref() == RefOf(record.province, record.family);
    if (same && named) {
      ++result_.answered[static_cast<int>(record.fault)];
      return;
    }
    result_.findings.Lost(absl::StrCat(Name(index), ": ", province::v1::ReportStatus_Name(outcome.status()), " ", outcome.code(),
                                       " ", outcome.field(), " instead of ", province::v1::ReportStatus_Name(want.status), " ",
                                       want.code, " ", want.field,
                                       named && outcome.ce_id() == ce_id ? "" : ", or it names another record"));
  }

  template <class Message>
  bool TakeIf(const Arrived& arrived, Notice notice) {
    if (arrived.type != Message::descriptor()->full_name()) return false;
    Message message;
    const bool parsed = message.ParseFromArray(arrived.value.data(), static_cast<int>(arrived.value.size()));
    const uint32_t family = parsed ? FamilyOf(message.info().local_family_ref()) : kNone;
    if (family >= seen_.size() || message.info().family_id() != ledger_.families[family].family_id) {
      result_.findings.Duplicated(1, absl::StrCat("a notice ", std::string(arrived.type), " about a family that nobody reported"));
    } else {
      ++seen_[family][notice];
    }
    return true;
  }

  void TakeNotice(const Arrived& arrived) {
    const bool known = TakeIf<province::v1::EnrolmentDecided>(arrived, kEnrolmentDecided) ||
                       TakeIf<province::v1::TimeLimitWarned>(arrived, kTimeLimitWarned) ||
                       TakeIf<province::v1::GraduationProposed>(arrived, kProposed) ||
                       TakeIf<province::v1::ProposalWithdrawn>(arrived, kWithdrawn) ||
                       TakeIf<province::v1::GraduationConfirmed>(arrived, kConfirmed) ||
                       TakeIf<province::v1::MentoringOffered>(arrived, kOffered);
    if (!known) result_.findings.Duplicated(1, absl::StrCat("a notice of a kind that nobody expects: ", std::string(arrived.type)));
  }

  const Ledger& ledger_;
  const Expected& world_;
  Result& result_;
  std::vector<int> finals_;                      // by record
  std::vector<std::array<int, kNotices>> seen_;  // by family
  std::map<int, std::vector<uint32_t>> places_;  // by province and offset: the record
  std::vector<int> province_of_;                 // by topic index
};

}  // namespace

ReadSources FromBrokers(const std::string& brokers) {
  return [brokers](const std::vector<Source>& sources, const std::function<void(const Arrived&)>& visit) -> absl::Status {
    const absl::StatusOr<Ends> ends = EndsOf(brokers, sources);
    if (!ends.ok()) return ends.status();
    absl::StatusOr<std::unique_ptr<Reader>> reader = Reader::Connect(brokers, sources);
    if (!reader.ok()) return reader.status();
    return (*reader)->ReadTo(*ends, kPatienceMs, visit);
  };
}

void CheckLog(const ReadSources& read, const Ledger& ledger, const Expected& world, Result& result) {
  LogCheck check(ledger, world, result);
  check.Read(read);
  check.Compare();
}

}  // namespace berdaya::simulation
