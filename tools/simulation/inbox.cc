#include "tools/simulation/inbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/province/v1/notices.pb.h"
#include "berdaya/province/v1/replies.pb.h"

namespace berdaya::simulation {
namespace {

constexpr int kRecordsAtOnce = 5000;

bool IsFinal(province::v1::ReportStatus status) {
  return status >= province::v1::REPORT_STATUS_REGISTERED && status <= province::v1::REPORT_STATUS_REJECTED;
}

bool Parse(google::protobuf::Message& message, std::string_view value) {
  return message.ParseFromArray(value.data(), static_cast<int>(value.size()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Inbox>> Inbox::Open(const std::string& brokers, const std::vector<int>& provinces, size_t families) {
  std::unique_ptr<Inbox> inbox(new Inbox);
  std::vector<Source> sources = {{kRegistryFacts, kFactPartitions}, {kMentoringFacts, kFactPartitions}};
  inbox->province_of_ = {0, 0};
  for (int province : provinces) {
    sources.push_back({RepliesTopic(province)});
    sources.push_back({NoticesTopic(province)});
    inbox->province_of_.insert(inbox->province_of_.end(), {province, province});
  }
  absl::StatusOr<std::unique_ptr<Reader>> reader = Reader::Connect(brokers, sources);
  if (!reader.ok()) return reader.status();
  inbox->reader_ = *std::move(reader);
  {
    absl::MutexLock lock(&inbox->mutex_);
    inbox->family_ids_.resize(families);
  }
  inbox->thread_ = std::thread([self = inbox.get()] { self->Read(); });
  return inbox;
}

Inbox::~Inbox() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Inbox::Read() {
  while (true) {
    // The lock is taken once a record: nobody else wants it but a waiting main thread.
    absl::StatusOr<int> count = reader_->Poll(50, kRecordsAtOnce, [this](const Arrived& arrived) {
      absl::MutexLock lock(&mutex_);
      Take(arrived);
    });
    absl::MutexLock lock(&mutex_);
    if (!count.ok()) status_ = count.status();
    if (stopping_ || !status_.ok()) return;
  }
}

void Inbox::Take(const Arrived& arrived) {
  ++seen_.arrivals;
  const int province = province_of_[arrived.topic];
  if (province != 0) {
    if (arrived.type == "berdaya.province.v1.OutcomesReported") return TakeReplies(province, arrived.value);
    return TakeNotice(arrived);
  }
  if (arrived.type == "berdaya.registry.v1.EnrolmentEnded") ++seen_.ended;
  if (arrived.type == "berdaya.enterprise_mentoring.v1.CaseOpened") ++seen_.opened;
  if (arrived.type == "berdaya.calendar.v1.DayOpened") {
    calendar::v1::DayOpened opened;
    if (Parse(opened, arrived.value)) seen_.days[arrived.partition] = DayFrom(opened.day());
  }
}

void Inbox::TakeReplies(int province, std::string_view value) {
  province::v1::OutcomesReported reported;
  if (!Parse(reported, value)) {
    status_ = absl::DataLossError(absl::StrCat("a reply of province ", province, " cannot be decoded"));
    return;
  }
  std::vector<bool>& final = final_[province];
  for (const province::v1::ReportOutcome& outcome : reported.outcomes()) {
    if (!IsFinal(outcome.status())) {
      ++seen_.interims;
      continue;
    }
    const auto offset = static_cast<size_t>(outcome.offset());
    if (final.size() <= offset) final.resize(offset + 1);
    if (!final[offset]) ++seen_.finals;
    final[offset] = true;
    const uint32_t family = FamilyOf(outcome.local_family_ref());
    if (outcome.status() == province::v1::REPORT_STATUS_REGISTERED && family < family_ids_.size())
      family_ids_[family] = outcome.family_id();
  }
}

void Inbox::TakeNotice(const Arrived& arrived) {
  if (arrived.type == "berdaya.province.v1.GraduationConfirmed") ++seen_.confirmed;
  if (arrived.type != "berdaya.province.v1.GraduationProposed") return;
  province::v1::GraduationProposed proposed;
  if (!Parse(proposed, arrived.value)) return;
  const uint32_t family = FamilyOf(proposed.info().local_family_ref());
  if (family >= family_ids_.size()) return;
  ++seen_.proposals;
  proposals_.push_back({family, proposed.case_id()});
}

absl::StatusOr<bool> Inbox::Await(const std::function<bool(const Seen&)>& enough, absl::Duration at_most) {
  absl::MutexLock lock(&mutex_);
  auto done = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !status_.ok() || enough(seen_); };
  const bool held = mutex_.AwaitWithTimeout(absl::Condition(&done), at_most);
  if (!status_.ok()) return status_;
  return held;
}

Seen Inbox::seen() {
  absl::MutexLock lock(&mutex_);
  return seen_;
}

std::vector<int64_t> Inbox::FamilyIds() {
  absl::MutexLock lock(&mutex_);
  return family_ids_;
}

std::vector<Proposal> Inbox::TakeProposals() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(proposals_, {});
}

}  // namespace berdaya::simulation
