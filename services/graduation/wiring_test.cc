// Graduation as a whole, on the path of an event: a bus in memory, a database in memory, one thread.
#include "services/graduation/wiring.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "common/bus/memory.h"
#include "common/bus/topics.h"
#include "common/flow/engine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/graduation/testing.h"

namespace berdaya::graduation {
namespace {

using calendar::Day;
using testing::ElementsAre;

constexpr int64_t kNowMs = 1'800'000'000'000;  // January 2027: no simulated day lies ahead of it

class WiringTest : public testing::Test {
 protected:
  WiringTest()
      : bus_(bus::NewMemoryBus({.now_ms = [] { return kNowMs; }})),
        database_(*store::Open({.url = "sqlite::memory:"})),
        spec_(Wire(TestEnv())),
        partition_(bus::PartitionOf(std::to_string(kFamily), bus::kFactPartitions)) {
    store::Schema schema = spec_.schema;
    for (const store::TableSpec* table : flow::FlowTables()) schema.tables.push_back(table);
    EXPECT_TRUE(database_->Migrate(schema).ok());
    EXPECT_TRUE(bus_->CreateTopics(bus::AllTopics({33})).ok());
    engine_ = std::make_unique<flow::Engine>(
        spec_, *database_, [] { return absl::FromUnixMillis(kNowMs); },
        [this](std::vector<std::shared_ptr<const flow::Segment>> segments) { Read(segments); });
    EXPECT_TRUE(engine_->Open().ok());
    consumer_ = *bus_->Subscribe("graduation", spec_.inputs, engine_.get());
  }

  // As the registry publishes.
  template <class M>
  void Publish(int32_t partition, const std::string& key, const M& m) {
    const std::string value = m.SerializeAsString();
    const std::string type(M::descriptor()->full_name());
    bus::OutRecord record{.topic = bus::kRegistryFacts, .partition = partition, .key = key, .value = value};
    record.headers.id = "id";
    record.headers.source = "berdaya/registry";
    record.headers.type = type;
    record.headers.epoch = 0;
    record.headers.sequence = ++sequences_[static_cast<size_t>(partition)];
    ASSERT_TRUE(bus_->Append(record).ok());
  }
  template <class M>
  void AboutFamily(M m) {
    m.mutable_info()->set_family_id(kFamily);
    m.mutable_info()->set_version(++version_);
    m.mutable_info()->set_village(kVillage);
    Publish(partition_, std::to_string(kFamily), m);
  }
  void OpenDay(Day day) {
    calendar::v1::DayOpened opened;
    calendar::ToProto(day, *opened.mutable_day());
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) Publish(p, "", opened);
  }
  // Handles what lies in the log, and sweeps until nothing is due.
  void Run() {
    for (int idle = 0; idle < 3;) {
      absl::StatusOr<std::unique_ptr<bus::Batch>> batch = consumer_->Poll(absl::ZeroDuration(), {});
      ASSERT_TRUE(batch.ok()) << batch.status();
      idle = (*batch)->records().empty() && !engine_->SweepPending() ? idle + 1 : 0;
      flow::Intake intake = engine_->Decode(*std::move(batch));
      const absl::Status status = engine_->Process(intake, {});
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  void Read(const std::vector<std::shared_ptr<const flow::Segment>>& segments) {
    for (const auto& segment : segments) {
      flow::SegmentReader reader(segment->payload);
      flow::SegmentRecord record;
      absl::Status status;
      while (reader.Next(record, status)) {
        EXPECT_EQ(segment->topic, bus::kGraduationFacts);
        EXPECT_EQ(segment->partition, partition_) << "our facts about a family lie where the registry's lie";
        published_.push_back(LineOf({.key = std::string(record.key), .type = record.type, .value = std::string(record.value)}));
      }
    }
  }
  absl::StatusOr<v1::ConfirmGraduationResponse> Confirm(const std::string& request_id) {
    auto request = std::make_unique<v1::ConfirmGraduationRequest>();
    request->set_request_id(request_id);
    request->set_case_id(case_id_);
    request->set_letter_number("L-1");
    absl::StatusOr<v1::ConfirmGraduationResponse> response = absl::UnknownError("not answered");
    flow::Command command;
    command.request = std::move(request);
    command.principal = {"direktur", 0};
    command.request_id = request_id;
    command.done = [&response](absl::StatusOr<std::unique_ptr<google::protobuf::Message>> answer) {
      if (!answer.ok()) {
        response = answer.status();
      } else {
        response = static_cast<const v1::ConfirmGraduationResponse&>(**answer);
      }
    };
    flow::Intake none;
    EXPECT_TRUE(engine_->Process(none, {&command, 1}).ok());
    return response;
  }

  std::unique_ptr<bus::MemoryBus> bus_;
  std::unique_ptr<store::Database> database_;
  flow::ServiceSpec spec_;
  const int32_t partition_;
  std::unique_ptr<flow::Engine> engine_;
  std::unique_ptr<bus::Consumer> consumer_;
  std::array<int64_t, bus::kFactPartitions> sequences_{};
  int64_t version_ = 0;
  int64_t case_id_ = 0;
  std::vector<std::string> published_;
};

TEST_F(WiringTest, FactsDaysAndACommandGoThroughTheSameLoop) {
  OpenDay(Day::Of(2014, 7, 1));
  AboutFamily(registry::v1::FamilyRegistered());
  AboutFamily(registry::v1::EnrolmentNominated());
  registry::v1::EnrolmentDecided decided;
  decided.set_programme(type::v1::PROGRAMME_PKH);
  decided.set_enrolled(true);
  calendar::ToProto(Day::Of(2014, 7, 1), *decided.mutable_starts_on());
  *decided.mutable_components() = OneChild();
  AboutFamily(decided);
  Run();
  EXPECT_THAT(published_, ElementsAre("2014-07-01 CaseOpened v1 from 2014-07-01"));
  auto rows = store::ScanRows<CaseRow>(**database_->Snapshot(), {});
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().partition, partition_);
  case_id_ = rows->front().case_id;

  // Three days with a year between, in one batch, and a report at the end of it.
  published_.clear();
  OpenDay(Day::Of(2018, 7, 1));
  OpenDay(Day::Of(2019, 7, 2));
  OpenDay(Day::Of(2020, 7, 3));
  registry::v1::GraduationRequested request;
  calendar::ToProto(Day::Of(2020, 7, 1), *request.mutable_requested_on());
  AboutFamily(request);
  Run();
  EXPECT_THAT(published_, ElementsAre("2019-07-01 TimeLimitWarned v2 12 months to 2020-06-30",
                                      "2020-01-01 TimeLimitWarned v3 6 months to 2020-06-30",
                                      "2020-04-01 TimeLimitWarned v4 3 months to 2020-06-30",
                                      "2020-07-01 GraduationProposed v5 time_limit", "ReportOutcome"));
  EXPECT_EQ(engine_->stats().read_through.load(), 0);

  published_.clear();
  const auto answer = Confirm("request-1");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->case_().state(), v1::CASE_STATE_GRADUATED);
  EXPECT_THAT(published_, ElementsAre("2020-07-03 GraduationConfirmed v6 time_limit by direktur letter L-1 rules pkh-2014",
                                      "2020-07-03 FamilyGraduated v7 time_limit on 2020-07-04"));
  EXPECT_EQ(Confirm("request-1")->SerializeAsString(), answer->SerializeAsString()) << "the same request_id, the same answer";
  EXPECT_EQ(published_.size(), 2u);
}

TEST_F(WiringTest, AHoleInAFamilysVersionsStopsTheService) {
  OpenDay(Day::Of(2014, 7, 1));
  AboutFamily(registry::v1::FamilyRegistered());
  Run();
  ++version_;
  AboutFamily(registry::v1::EnrolmentNominated());
  absl::Status status;
  for (int i = 0; i < 3 && status.ok(); ++i) {
    flow::Intake intake = engine_->Decode(*consumer_->Poll(absl::ZeroDuration(), {}));
    status = engine_->Process(intake, {});
  }
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

}  // namespace
}  // namespace berdaya::graduation
