// The service as it is wired, on the engine, an in-memory bus and a database: what only shows when the parts meet.
#include "services/enterprise_mentoring/wiring.h"

#include <map>
#include <optional>

#include "berdaya/calendar/v1/calendar.pb.h"
#include "common/bus/memory.h"
#include "common/bus/topics.h"
#include "common/flow/engine.h"
#include "common/store/typed.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/enterprise_mentoring/testing.h"

namespace berdaya::mentoring {
namespace {

using calendar::Day;

constexpr Day kToday = Day::Of(2020, 3, 1);

class WiringTest : public testing::Test {
 protected:
  WiringTest() : spec_(Wire(env_)), bus_(bus::NewMemoryBus({.now_ms = [] { return int64_t{1'600'000'000'000}; }})) {
    store::Schema schema = spec_.schema;
    for (const store::TableSpec* table : flow::FlowTables()) schema.tables.push_back(table);
    database_ = *store::Open({.url = "sqlite::memory:"});
    EXPECT_TRUE(database_->Migrate(schema).ok());
    EXPECT_TRUE(bus_->CreateTopics(spec_.topics).ok());
    engine_ = std::make_unique<flow::Engine>(
        spec_, *database_, [] { return absl::FromUnixMillis(1'600'000'000'000); },
        [this](const auto& segments) {
          for (const auto& segment : segments) published_ += segment->count;
        });
    EXPECT_TRUE(engine_->Open().ok());
    consumer_ = *bus_->Subscribe(spec_.name, spec_.inputs, engine_.get());
  }

  void Append(std::string_view topic, int32_t partition, std::string_view source, const std::string& key,
              const google::protobuf::Message& message) {
    const std::string value = message.SerializeAsString();
    const std::string type(message.GetDescriptor()->full_name());
    const int64_t sequence = ++sequences_[{std::string(topic), partition}];
    const std::string id = std::string(source) + std::to_string(sequence);
    EXPECT_TRUE(
        bus_->Append({topic, partition, key, value, {.id = id, .source = source, .type = type, .epoch = 0, .sequence = sequence}})
            .ok());
  }
  void Graduate(const graduation::v1::FamilyGraduated& m) {
    const int64_t family = m.info().family_id();
    Append(bus::kGraduationFacts, static_cast<int32_t>(family % bus::kFactPartitions), "berdaya/graduation", std::to_string(family),
           m);
  }
  void Open(Day day) {
    calendar::v1::DayOpened m;
    calendar::ToProto(day, *m.mutable_day());
    for (int32_t p = 0; p < bus::kFactPartitions; ++p) Append(bus::kRegistryFacts, p, "berdaya/registry", "", m);
  }

  // Handles what is in the log, and goes on while a sweep has more to do.
  void Handle() {
    while (true) {
      auto batch = *consumer_->Poll(absl::ZeroDuration(), {});
      const bool idle = batch->records().empty() && !engine_->SweepPending();
      flow::Intake intake = engine_->Decode(std::move(batch));
      const absl::Status status = engine_->Process(intake, {});
      ASSERT_TRUE(status.ok()) << status;
      if (idle) return;
    }
  }

  template <class Response, class Request>
  Response Command(const Request& request, const std::string& request_id) {
    Response response;
    flow::Command command;
    command.request = std::make_unique<Request>(request);
    command.principal = kMinistry;
    command.request_id = request_id;
    command.done = [&](auto answer) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      response = static_cast<const Response&>(**answer);
    };
    flow::Intake none;
    const absl::Status status = engine_->Process(none, {&command, 1});
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  std::optional<CaseRow> Case(int64_t family) { return *store::Get<CaseRow>(**database_->Snapshot(), family); }

  const Env env_{TestRegions(), 2};
  const flow::ServiceSpec spec_;
  std::unique_ptr<bus::MemoryBus> bus_;
  std::unique_ptr<store::Database> database_;
  int64_t published_ = 0;
  std::unique_ptr<flow::Engine> engine_;
  std::unique_ptr<bus::Consumer> consumer_;
  std::map<std::pair<std::string, int32_t>, int64_t> sequences_;
};

// Nothing of the registry is needed before a graduation, not even a day.
TEST_F(WiringTest, AGraduationMayComeBeforeEverythingElse) {
  Graduate(Graduation(7, kToday - 50));
  Handle();
  ASSERT_TRUE(Case(7).has_value());
  EXPECT_EQ(Case(7)->stage, v1::CASE_STAGE_WAITING);
  EXPECT_EQ(Case(7)->opened_on, kToday - 50);
  EXPECT_EQ(published_, 2) << "CaseOpened and CaseQueued";
}

TEST_F(WiringTest, ALongLineIsTakenTransactionAfterTransaction) {
  for (int64_t family = 1; family <= 7; ++family) Graduate(Graduation(family, kToday - 50));
  Open(kToday);
  Handle();
  Command<v1::RegisterPartnerResponse>(Partner(), "r1");
  const auto signed_now = Command<v1::SignMouResponse>(MouOf{.number = "NOW", .capacity = 3}.Request(), "r2");
  const auto later = MouOf{.number = "LATER", .signed_on = kToday + 1, .capacity = 100}.Request();
  EXPECT_EQ(signed_now.matched(), 2);
  EXPECT_EQ(Command<v1::SignMouResponse>(later, "r3").matched(), 0);
  EXPECT_EQ(Command<v1::SignMouResponse>(MouOf{.number = "NOW", .capacity = 3}.Request(), "r2").matched(), 2) << "the same answer";
  Open(kToday + 1);
  Handle();
  for (int64_t family = 1; family <= 7; ++family) {
    EXPECT_EQ(Case(family)->mou_number, family <= 3 ? "NOW" : "LATER") << family;
    EXPECT_EQ(Case(family)->version, 3);
  }
  EXPECT_EQ(published_, 7 * 3 + 3);
}

// A fact that cannot be handled waits for a repair; other families of its village, who would need the same MoU, do not wait with
// it.
TEST_F(WiringTest, AQuarantinedGraduationHoldsUpItsFamilyOnly) {
  graduation::v1::FamilyGraduated broken = Graduation(1, kToday);
  broken.mutable_graduated_on()->set_month(13);
  Graduate(broken);
  Graduate(Graduation(1, kToday));
  Graduate(Graduation(7, kToday));
  Handle();
  EXPECT_EQ(engine_->stats().quarantined, 1);
  EXPECT_EQ(engine_->stats().waiting, 1);
  EXPECT_FALSE(Case(1).has_value());
  EXPECT_TRUE(Case(7).has_value());
  ASSERT_TRUE(engine_->Repair({std::string(bus::kGraduationFacts), 1}, 0, Graduation(1, kToday).SerializeAsString()).ok());
  ASSERT_TRUE(engine_->Replay().ok());
  EXPECT_EQ(engine_->parked(), 0);
  EXPECT_EQ(Case(1)->version, 2);
}

}  // namespace
}  // namespace berdaya::mentoring
