#include "tools/simulation/driver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "tools/simulation/message.h"
#include "tools/simulation/mous.h"

namespace berdaya::simulation {
namespace {

constexpr Day kDayBefore = DayOf(2014, 6, 30);
constexpr int kMouMonth = 67;        // February 2020
constexpr int kSessionMonth = 69;    // April 2020
constexpr int kMilestoneMonth = 73;  // August 2020
constexpr absl::Duration kTellEvery = absl::Seconds(3);
constexpr int kFlushMs = 120'000;
constexpr uint64_t kDayTag = ~uint64_t{0};

std::string Thousands(int64_t number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return digits;
}

std::vector<int> CodesOf(const Regions& regions) {
  std::vector<int> codes;
  for (const Province& province : regions.provinces()) codes.push_back(province.code);
  return codes;
}

}  // namespace

absl::Status Driver::Run() {
  absl::StatusOr<Workload> workload = Workload::Make(regions_, ledger_, options_.seed, options_.families);
  if (!workload.ok()) return workload.status();
  workload_ = std::make_unique<Workload>(*std::move(workload));
  ledger_.mous = TermsOf(partners_);
  if (absl::Status status = Connect(); !status.ok()) return status;
  opened_ = kDayBefore - 1;
  began_ = told_ = absl::Now();
  absl::Status status = OpenDays(FirstOf(0));
  for (int month = 0; month < options_.months && status.ok(); ++month) status = Month(month);
  if (producer_->Flush(kFlushMs).ok() && status.ok()) ledger_.complete = true;
  ledger_.seconds = absl::ToDoubleSeconds(absl::Now() - began_);
  const std::vector<int64_t> ids = inbox_->FamilyIds();
  for (size_t f = 0; f < ids.size(); ++f) ledger_.families[f].family_id = ids[f];
  Tell();
  return status;
}

absl::Status Driver::Connect() {
  if (absl::Status status = CheckThatNothingIsThere(); !status.ok()) return status;
  auto delivered = [this](uint64_t tag, int64_t offset) {
    offset >= 0 ? ++delivered_ : ++failed_;
    if (tag != kDayTag) ledger_.records[tag].offset = offset;
  };
  absl::StatusOr<std::unique_ptr<Producer>> producer = Producer::Connect(options_.endpoints.brokers, delivered);
  if (!producer.ok()) return producer.status();
  producer_ = *std::move(producer);
  absl::StatusOr<std::unique_ptr<Inbox>> inbox =
      Inbox::Open(options_.endpoints.brokers, CodesOf(regions_), ledger_.families.size());
  if (!inbox.ok()) return inbox.status();
  inbox_ = *std::move(inbox);
  ministry_ = std::make_unique<Ministry>(options_.endpoints, ledger_, options_.patience);
  return absl::OkStatus();
}

// The books begin with the first report and the first day, so a platform that has heard others before cannot be checked against
// them.
absl::Status Driver::CheckThatNothingIsThere() {
  std::vector<Source> inputs;
  for (int province : CodesOf(regions_)) inputs.push_back({ReportsTopic(province)});
  inputs.push_back({kDaysTopic});
  const absl::StatusOr<Ends> ends = EndsOf(options_.endpoints.brokers, inputs);
  if (!ends.ok()) return ends.status();
  for (const auto& [partition, end] : *ends) {
    if (end == 0) continue;
    if (partition.first == static_cast<int>(inputs.size()) - 1) {
      return absl::FailedPreconditionError(
          "calendar.days.v1 holds days already, and days never go back to July 2014; the demo opens its own and needs an empty "
          "platform without berdaya-days (in Compose: --env-file deploy/demo.env, on empty volumes)");
    }
    return absl::FailedPreconditionError("these topics hold reports already; the demo needs an empty platform");
  }
  return absl::OkStatus();
}

absl::Status Driver::Month(int month) {
  for (auto phase : {&Driver::Report, &Driver::Enrol, &Driver::CloseMonth, &Driver::Mentor}) {
    if (absl::Status status = (this->*phase)(month); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Driver::Report(int month) {
  const auto begin = static_cast<uint32_t>(ledger_.records.size());
  std::vector<Proposal> read = inbox_->TakeProposals();
  decided_ += static_cast<int64_t>(read.size());
  workload_->AddReports(month, std::move(read));
  const auto end = static_cast<uint32_t>(ledger_.records.size());
  ledger_.steps.push_back({Step::What::kReports, begin, end, 0, 0});
  if (absl::Status status = Publish(begin, end); !status.ok()) return status;
  Trace(month, "published");
  if (absl::Status status = AwaitReplies(); !status.ok()) return status;
  Trace(month, "replied");
  return AwaitConfirmed();
}

absl::Status Driver::Publish(uint32_t begin, uint32_t end) {
  Message message;
  for (uint32_t i = begin; i < end; ++i) {
    BuildMessage(ledger_, i, message);
    const int province = ledger_.records[i].province;
    const std::string topic = ReportsTopic(province);
    const std::string source = absl::StrFormat("dinas.%02d", province);
    absl::Status status = producer_->Send({topic, message.key, message.id, source, message.type, message.value}, i);
    if (!status.ok()) return status;
    if (i % 256 == 0) producer_->Poll();
  }
  return absl::OkStatus();
}

absl::Status Driver::AwaitReplies() {
  const auto published = static_cast<int64_t>(ledger_.records.size());
  absl::Status status = Await("a final reply to every report", [&](const Seen& seen) { return seen.finals >= published; });
  if (!status.ok()) return status;
  if (absl::Status flushed = producer_->Flush(kFlushMs); !flushed.ok()) return flushed;
  return failed_ == 0 ? absl::OkStatus() : absl::UnavailableError("the broker did not take every record");
}

// What a decision does must be done before the next days: an ending is dated by the day on which it is recorded.
absl::Status Driver::AwaitConfirmed() {
  return Await("the end of PKH and a mentoring case for every family that graduated", [this](const Seen& seen) {
    return seen.ended >= decided_ && seen.opened >= decided_ && seen.confirmed >= decided_;
  });
}

absl::Status Driver::Enrol(int month) {
  const std::vector<int64_t> ids = inbox_->FamilyIds();
  for (size_t f = 0; f < ids.size(); ++f) {
    if (ledger_.families[f].family_id == 0 && ids[f] != 0) ++registered_;
    ledger_.families[f].family_id = ids[f];
  }
  const auto begin = static_cast<uint32_t>(ledger_.decisions.size());
  workload_->AddDecisions(month);
  const auto end = static_cast<uint32_t>(ledger_.decisions.size());
  ledger_.steps.push_back({Step::What::kDecisions, begin, end, 0, 0});
  absl::Status status = ministry_->Decide(begin, end);
  Trace(month, "enrolled");
  return status;
}

absl::Status Driver::OpenDays(Day last) {
  const Day first = opened_ + 1;
  calendar::v1::DayOpened opened;
  for (Day day = first; day <= last; ++day) {
    SetDate(day, *opened.mutable_day());
    const std::string id = DayText(day);
    const std::string value = opened.SerializeAsString();
    absl::Status status =
        producer_->Send({kDaysTopic, "", id, "demo", calendar::v1::DayOpened::descriptor()->full_name(), value}, kDayTag);
    if (!status.ok()) return status;
  }
  opened_ = last;
  ledger_.steps.push_back({Step::What::kDays, 0, 0, first, last});
  return Await("the registry to open the days", [last](const Seen& seen) {
    return std::all_of(seen.days.begin(), seen.days.end(), [last](Day day) { return day >= last; });
  });
}

absl::Status Driver::CloseMonth(int month) {
  if (month == kMouMonth) {
    if (absl::Status status = OpenDays(kMouDay); !status.ok()) return status;
    if (absl::Status status = ministry_->SignMous(partners_); !status.ok()) return status;
    ledger_.steps.push_back({Step::What::kMous, 0, static_cast<uint32_t>(ledger_.mous.size()), kMouDay, kMouDay});
  }
  // The next month's first day with this month's last ones; the very last month ends on its own.
  const Day last = month + 1 < kMonths ? FirstOf(month + 1) : FirstOf(kMonths) - 1;
  if (absl::Status status = OpenDays(last); !status.ok()) return status;
  Trace(month, "opened");
  proposals_due_ += static_cast<int64_t>(workload_->ProposalsDue(month).size());
  return Await("the notices of proposals", [this](const Seen& seen) { return seen.proposals >= proposals_due_; });
}

absl::Status Driver::Mentor(int month) {
  if (month != kSessionMonth && month != kMilestoneMonth) return absl::OkStatus();
  const auto begin = static_cast<uint32_t>(ledger_.mentorings.size());
  if (month == kSessionMonth) {
    absl::StatusOr<std::vector<Proposal>> matched = ministry_->MatchedCases(inbox_->FamilyIds());
    if (!matched.ok()) return matched.status();
    workload_->AddSessions(month, *matched);
  } else {
    workload_->AddMilestones(month);
  }
  const auto end = static_cast<uint32_t>(ledger_.mentorings.size());
  ledger_.steps.push_back({Step::What::kMentoring, begin, end, 0, 0});
  return ministry_->RecordMentoring(begin, end);
}

absl::Status Driver::Await(const std::string& what, const std::function<bool(const Seen&)>& enough) {
  int64_t arrivals = -1;
  absl::Time alive = absl::Now();
  while (true) {
    absl::StatusOr<bool> held = inbox_->Await(enough, absl::Milliseconds(arrivals < 0 ? 20 : 500));
    producer_->Poll();
    if (!held.ok()) return held.status();
    if (absl::Now() - told_ >= kTellEvery) Tell();
    if (*held) return absl::OkStatus();
    const int64_t now = inbox_->seen().arrivals;
    if (now != arrivals) alive = absl::Now();
    arrivals = now;
    if (absl::Now() - alive > options_.patience) {
      return absl::DeadlineExceededError(
          absl::StrCat("nothing has come for ", absl::FormatDuration(options_.patience), " while waiting for ", what));
    }
  }
}

void Driver::Tell() {
  if (!options_.say) return;
  const Seen seen = inbox_->seen();
  const absl::Time now = absl::Now();
  const double rate = static_cast<double>(seen.finals - told_messages_) / std::max(0.001, absl::ToDoubleSeconds(now - told_));
  options_.say(absl::StrCat(DayText(opened_), "  families ", Thousands(registered_), "  messages ", Thousands(seen.finals),
                            "  a second ", Thousands(static_cast<int64_t>(rate)), "  graduated ", Thousands(seen.confirmed)));
  told_ = now;
  told_messages_ = seen.finals;
}

void Driver::Trace(int month, const char* phase) {
  if (options_.trace) options_.trace(absl::StrCat(month, " ", phase));
}

}  // namespace berdaya::simulation
