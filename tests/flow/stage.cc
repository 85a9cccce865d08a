#include "tests/flow/stage.h"

#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <iostream>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "berdaya/graduation/v1/facts.pb.h"
#include "common/bus/testing/bus_helpers.h"
#include "common/calendar/day_proto.h"
#include "common/flow/testing/test_store.h"

namespace berdaya::flow::testing {
namespace {

using bus::testing::Until;

template <class T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << "flow test: " << value.status() << std::endl;
  abort();
}

// The days of a broker, opened by all stages on it.
struct Days {
  std::mutex mutex;
  calendar::Day last = calendar::Day::Of(2014, 6, 30);
};
Days& DaysOf(const std::string& bootstrap) {
  static std::mutex mutex;
  static auto* const kAll = new std::map<std::string, Days>;
  std::lock_guard<std::mutex> held(mutex);
  return (*kAll)[bootstrap];
}

TallyNames NamesOf(const std::vector<int>& provinces) {
  const int province = provinces[0];
  return {.provinces = provinces,
          .facts = absl::StrCat("tally-", province, ".facts.v1"),
          .dead_letters = absl::StrCat("tally-", province, ".dead-letters.v1"),
          .upstream = absl::StrCat("upstream-", province, ".facts.v1")};
}

bus::OutRecord RecordOf(std::string_view topic, int32_t partition, std::string_view key, std::string_view type,
                        std::string_view value) {
  bus::OutRecord record{topic, partition, key, value, {}};
  record.headers.id = "id";
  record.headers.source = "test";
  record.headers.type = type;
  return record;
}

}  // namespace

std::string NewFolder() {
  std::string dir = (std::filesystem::temp_directory_path() / "berdaya-flow.XXXXXX").string();
  if (mkdtemp(dir.data()) == nullptr) abort();
  return dir;
}

Stage::Stage(bus::testing::Broker& broker, const std::vector<int>& provinces, const std::string& db_dir)
    : names(NamesOf(provinces)),
      dir(NewFolder()),
      db(NewTestUrl(absl::StrCat("sqlite:", db_dir.empty() ? dir : db_dir, "/tally.db"))),
      broker_(broker) {
  bus_ = Must(bus::OpenKafka(broker_.Options()));
  const absl::Status status = bus_->CreateTopics(TallyTopics(names));
  if (!status.ok()) std::cerr << "topics: " << status << std::endl;
  producer_ = Must(bus_->NewProducer());
}

Stage::~Stage() {
  service.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir, ignored);
}

std::unique_ptr<Child> Stage::NewProcess(const std::string& test_point, const std::string& database) const {
  std::map<std::string, std::string> environment;
  if (!test_point.empty()) environment["BERDAYA_TEST_POINT"] = test_point;
  return std::make_unique<Child>(
      std::vector<std::string>{FLOW_TEST_SERVICE, "--brokers=" + broker_.bootstrap(), "--db=" + (database.empty() ? db : database),
                               absl::StrCat("--group=tally-", names.provinces[0], "-", lives),
                               "--provinces=" + absl::StrJoin(names.provinces, ","), "--facts=" + names.facts,
                               "--upstream=" + names.upstream, "--letters=" + names.dead_letters},
      environment, dir + "/errors");
}

void Stage::Start(const std::string& test_point) {
  ++lives;          // a killed member would hold its old group up until its session ends
  service.reset();  // first: it holds the database
  service = NewProcess(test_point);
  if (test_point.empty() && service->Await("ready").empty()) std::cerr << "not ready: " << service->Errors() << std::endl;
}

void Stage::StartAgain() {
  service.reset();
  service = NewProcess();
}

bool Stage::StopInOrder() {
  service->Signal(SIGTERM);
  const std::string backlog = service->Await("backlog");
  return service->AwaitEnd() && service->exit_code == 0 && backlog == "backlog 0";
}

void Stage::NewPublisher() {
  producer_.reset();
  producer_ = Must(bus_->NewProducer());
  ends_.clear();
}

int64_t Stage::Publish(const std::vector<bus::OutRecord>& records) {
  const auto acks = bus::testing::SendAll(*producer_, records);
  if (acks.size() != records.size()) std::cerr << "not everything was published" << std::endl;
  for (const bus::Ack& ack : acks) {
    const bus::OutRecord& record = records[ack.token];
    if (!ack.status.ok()) std::cerr << "publish: " << ack.status << std::endl;
    int64_t& end = ends_[{std::string(record.topic), record.partition}];
    end = std::max(end, ack.offset + 1);
  }
  return acks.empty() ? -1 : acks.front().offset;
}

int64_t Stage::Report(const Family& family) { return Reports({family})[0]; }

std::vector<int64_t> Stage::Reports(const std::vector<Family>& families, int nth) {
  const int province = names.provinces[nth];
  const std::string topic = bus::ReportsTopic(province);
  std::vector<std::string> values;
  for (const Family& family : families) values.push_back(FamilyReport(family));
  std::vector<bus::OutRecord> records;
  for (size_t i = 0; i < families.size(); ++i) {
    records.push_back(RecordOf(topic, 0, families[i].ref, province::v1::FamilyReported::descriptor()->full_name(), values[i]));
  }
  const int64_t first = Publish(records);
  std::vector<int64_t> offsets;
  for (size_t i = 0; i < families.size(); ++i) {
    offsets.push_back(first + static_cast<int64_t>(i));
    if (families[i].name != "QUARANTINE") continue;
    Family mended = families[i];
    mended.name = "MENDED";
    mends[{province, offsets.back()}] = FamilyReport(mended);
  }
  return offsets;
}

void Stage::Graduate(const std::string& ref, int64_t case_id, int64_t sequence, int nth) {
  graduation::v1::FamilyGraduated fact;
  fact.mutable_info()->set_village(static_cast<uint64_t>(names.provinces[nth]) * 100'000'000);
  fact.set_case_id(case_id);
  fact.set_rule_version(ref);
  const std::string value = fact.SerializeAsString();
  const int32_t partition = bus::PartitionOf(ref, bus::kFactPartitions);
  bus::OutRecord record = RecordOf(names.upstream, partition, ref, fact.GetDescriptor()->full_name(), value);
  record.headers.epoch = 0;
  record.headers.sequence = sequence > 0 ? sequence : ++upstream_sequence_[partition];
  Publish({record});
}

void Stage::OpenDays(int days) {
  Days& all = DaysOf(broker_.bootstrap());
  std::lock_guard<std::mutex> held(all.mutex);
  all.last = all.last + days;
  calendar::v1::DayOpened opened;
  calendar::ToProto(all.last, *opened.mutable_day());
  const std::string value = opened.SerializeAsString();
  Publish({RecordOf(names.days, 0, {}, opened.GetDescriptor()->full_name(), value)});
}

bool Stage::Await(const std::string& start, absl::Duration patience) {
  last_line_ = service->Await(start, patience);
  if (last_line_.empty() && !service->AwaitEnd(absl::Milliseconds(100))) {
    std::cerr << "flow test: no '" << start << "' within " << patience << "\n" << service->Errors() << std::endl;
  }
  return !last_line_.empty();
}

bool Stage::Settle(absl::Duration patience) {
  std::string line = "settle";
  for (const auto& [place, end] : ends_) absl::StrAppend(&line, " ", place.topic, ":", place.partition, ":", end);
  service->Tell(line);
  return Await("settled", patience);
}

bool Stage::Confirm(const std::string& id) {
  requests_[id];
  for (const absl::Time give_up = absl::Now() + absl::Seconds(30); absl::Now() < give_up;) {
    service->Tell(absl::StrCat("command ", id, " 1"));
    if (!Await(absl::StrCat("answer ", id))) return false;
    if (last_line_.find(" ok ") != std::string::npos) return requests_[id] = true;
  }
  return false;
}

bool Stage::Ask(Child& who, const std::string& id, absl::Duration patience) {
  bool& answered = requests_[id];
  who.Tell(absl::StrCat("command ", id, " 1"));
  const std::string line = who.Await(absl::StrCat("answer ", id), patience);
  answered = answered || absl::StrContains(line, " ok ");
  return answered;
}

bool Stage::Mend() {
  for (int tries = 0; tries < 100; ++tries) {
    for (const auto& [place, value] : mends) {
      service->Tell(absl::StrCat("repair ", place.first, " ", place.second, " ", absl::BytesToHexString(value)));
      if (!Await("repaired")) return false;
    }
    service->Tell("replay");
    if (!Await("replayed")) return false;
    if (absl::StrContains(last_line_, "parked 0")) return true;
  }
  return false;
}

void Stage::DisturbGroup() {
  bus::testing::Reader other;
  other.consumer = Must(bus_->Subscribe(absl::StrCat("tally-", names.provinces[0], "-", lives),
                                        {names.upstream, bus::ReportsTopic(names.provinces[0]), names.days}, &other.listener));
  Until([&] { return service->Ended() || (other.Step(), other.listener.assignments > 0); });
}

Seen Stage::SeeTopics() {
  std::vector<std::string> topics;
  std::vector<bus::TopicPartition> partitions;
  for (const bus::TopicSpec& topic : TallyTopics(names)) {
    topics.push_back(topic.name);
    for (int32_t p = 0; p < topic.partitions; ++p) partitions.push_back({topic.name, p});
  }
  absl::StatusOr<std::vector<bus::PartitionEnd>> tails;
  Until([&] { return !absl::IsUnavailable((tails = bus_->Tails(partitions, "nobody")).status()); });
  const std::vector<bus::PartitionEnd> ends = Must(std::move(tails));
  Seen seen;
  bus::testing::Recorder listener;
  auto consumer = Must(bus_->Subscribe(bus::testing::Unique("checker"), topics, &listener));
  std::map<bus::TopicPartition, int64_t> next;
  const bool all = Until([&] {
    auto batch = consumer->Poll(absl::Milliseconds(50), {});
    if (!batch.ok()) return false;
    for (const bus::Record& record : (*batch)->records()) {
      seen[*record.from].push_back({record.offset, std::string(record.key), std::string(record.value),
                                    std::string(record.headers.type), std::string(record.headers.source), record.headers.epoch,
                                    record.headers.sequence});
      next[*record.from] = record.offset + 1;
    }
    for (size_t i = 0; i < partitions.size(); ++i) {
      if (next[partitions[i]] < ends[i].end_offset) return false;
    }
    return true;
  });
  if (!all) std::cerr << "the topics could not be read to their ends" << std::endl;
  return seen;
}

std::string Stage::Check(bool settled, bool any_order) {
  TallyChecks checks{.settled = settled, .repeats_allowed = true, .any_order = any_order};
  for (const auto& [place, value] : mends) checks.repairs[place] = value;
  for (const auto& [id, answered] : requests_) checks.commands += answered ? 1 : 0;
  if (settled) {
    service->Tell("counts");
    if (!Await("counts")) return "the service did not say its counts";
    for (absl::string_view word : absl::StrSplit(last_line_, ' ')) {
      const std::pair<std::string, std::string> count = absl::StrSplit(word, absl::MaxSplits('=', 1));
      int64_t value = 0;
      if (absl::SimpleAtoi(count.second, &value)) checks.counts[count.first] = value;
    }
  }
  found = CheckTally(SeeTopics(), names, checks);
  return found.ToString();
}

}  // namespace berdaya::flow::testing
