// The registry on a real gRPC server, over a database file that the whole path fills from a bus in memory.
#include "services/registry/rpc/registry_rpc.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/calendar/v1/calendar.pb.h"
#include "common/bus/memory.h"
#include "common/bus/testing/bus_helpers.h"
#include "common/bus/topics.h"
#include "common/flow/runner.h"
#include "common/flow/tables.h"
#include "common/service/grpc_server.h"
#include "common/service/grpc_status.h"
#include "common/service/metrics.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/testing.h"
#include "services/registry/wiring.h"

namespace berdaya::registry {
namespace {

using bus::testing::Until;
using Decisions = v1::RecordEnrolmentDecisionsRequest;
using Results = v1::RecordEnrolmentDecisionsResponse;

constexpr int64_t kNowMs = 1'593'100'000'000;  // 25 June 2020

class RegistryRpcTest : public testing::Test {
 protected:
  RegistryRpcTest() : spec_(Wire(TestEnv())) {
    dir_ = absl::StrCat(testing::TempDir(), "/registry_rpc_test.", getpid(), ".",
                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
    database_ = *store::Open({.url = absl::StrCat("sqlite:", dir_, "/registry.db")});
    store::Schema schema = spec_.schema;
    const auto path = flow::FlowTables();
    schema.tables.insert(schema.tables.begin(), path.begin(), path.end());
    EXPECT_TRUE(database_->Migrate(schema).ok());
    EXPECT_TRUE(bus_->CreateTopics(spec_.topics).ok());
    runner_ = std::make_unique<flow::Runner>(spec_, *bus_, *database_, flow::RunnerOptions{.group = "registry"});
    rpc_ = std::make_unique<RegistryRpc>(*callers_, metrics_, *database_, *runner_);
    server_ = *service::GrpcServer::Start({.listen = "127.0.0.1:0"}, {rpc_.get()});
    stub_ = v1::RegistryService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
    answers_.consumer = *bus_->Subscribe("answers", {bus::RepliesTopic(33), std::string(bus::kRegistryFacts)}, &answers_.listener);
    EXPECT_TRUE(runner_->Start().ok());
  }
  ~RegistryRpcTest() override {
    if (server_ != nullptr) server_->Stop(absl::Seconds(10));
    runner_->Stop(absl::Now() + absl::Seconds(5));
    database_.reset();
    std::filesystem::remove_all(dir_);
  }

  template <class Report>
  void Publish(const std::string& topic, const Report& report) {
    const std::string value = report.SerializeAsString();
    const std::string type = report.GetDescriptor()->full_name();
    bus::OutRecord record{.topic = topic, .value = value};
    record.headers = {.id = "test", .source = "dinas", .type = type};
    ASSERT_TRUE(bus_->Append(record).ok());
    if (topic == bus::ReportsTopic(33)) ++reported_;
  }

  // Waits until every report has its answer; returns how many were accepted.
  int Answered() {
    std::vector<province::v1::ReportOutcome> outcomes;
    const bool all = Until([&] {
      outcomes.clear();
      for (const std::string& value : answers_.values[{bus::RepliesTopic(33), 0}]) {
        province::v1::OutcomesReported part;
        part.ParseFromString(value);
        outcomes.insert(outcomes.end(), part.outcomes().begin(), part.outcomes().end());
      }
      if (static_cast<int>(outcomes.size()) >= reported_) return true;
      answers_.Step();
      return false;
    });
    EXPECT_TRUE(all) << outcomes.size() << " of " << reported_ << " answered; " << runner_->status();
    int accepted = 0;
    for (const auto& outcome : outcomes) accepted += outcome.status() != province::v1::REPORT_STATUS_REJECTED;
    return accepted;
  }

  void OpenDay() {
    calendar::v1::DayOpened opened;
    SetDate(2020, 6, 25, *opened.mutable_day());
    Publish(std::string(bus::kCalendarDays), opened);
    ASSERT_TRUE(Until([&] {
      answers_.Step();
      return !answers_.values[{std::string(bus::kRegistryFacts), 0}].empty();
    }));
  }

  // Families 1 to `count` of the village; half of the serials of a second village, where there is one.
  void Register(int count, uint64_t village = kVillage, int first_serial = 1) {
    for (int i = 0; i < count; ++i) {
      province::v1::FamilyReported report = TestFamily(absl::StrCat("ref-", first_serial + i), first_serial + i);
      report.set_village(village);
      Publish(bus::ReportsTopic(33), report);
    }
    ASSERT_EQ(Answered(), reported_);
  }
  void Nominate(int count) {
    for (int i = 1; i <= count; ++i) {
      province::v1::EnrolmentNominated report;
      FillReportInfo(*report.mutable_info());
      report.set_local_family_ref(absl::StrCat("ref-", i));
      report.set_programme(type::v1::PROGRAMME_PKH);
      report.set_round("2020-2");
      Publish(bus::ReportsTopic(33), report);
    }
    ASSERT_EQ(Answered(), reported_);
  }

  // All families by pages of `page_size`, as a caller of `scope`.
  std::vector<v1::Family> ListAll(uint64_t scope, uint64_t region, int page_size) {
    std::vector<v1::Family> all;
    v1::ListFamiliesRequest request;
    request.set_region(region);
    request.set_page_size(page_size);
    do {
      v1::ListFamiliesResponse page;
      const absl::Status status = List(scope, request, &page);
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_LE(page.families_size(), page_size);
      all.insert(all.end(), page.families().begin(), page.families().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty() && all.size() < 10'000);
    return all;
  }

  static std::unique_ptr<grpc::ClientContext> As(uint64_t scope) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("x-berdaya-principal", "test");
    context->AddMetadata("x-berdaya-region", std::to_string(scope));
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    return context;
  }
  absl::Status Get(uint64_t scope, int64_t id, v1::GetFamilyResponse* response) {
    v1::GetFamilyRequest request;
    request.set_family_id(id);
    return service::FromGrpc(stub_->GetFamily(As(scope).get(), request, response));
  }
  absl::Status BatchGet(uint64_t scope, const std::vector<int64_t>& ids, v1::BatchGetFamiliesResponse* response) {
    v1::BatchGetFamiliesRequest request;
    request.mutable_family_ids()->Add(ids.begin(), ids.end());
    return service::FromGrpc(stub_->BatchGetFamilies(As(scope).get(), request, response));
  }
  absl::Status LookUp(uint64_t scope, uint64_t nik, uint64_t kk, v1::LookUpFamilyResponse* response) {
    v1::LookUpFamilyRequest request;
    if (nik != 0) request.set_nik(nik);
    if (kk != 0) request.set_kk_number(kk);
    return service::FromGrpc(stub_->LookUpFamily(As(scope).get(), request, response));
  }
  absl::Status List(uint64_t scope, const v1::ListFamiliesRequest& request, v1::ListFamiliesResponse* response) {
    return service::FromGrpc(stub_->ListFamilies(As(scope).get(), request, response));
  }

  std::string dir_;
  flow::ServiceSpec spec_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<bus::MemoryBus> bus_ = bus::NewMemoryBus({.blocking = true, .now_ms = [] { return kNowMs; }});
  std::unique_ptr<service::CallerSource> callers_ = service::BelievedCallers();
  service::Metrics metrics_;
  std::unique_ptr<flow::Runner> runner_;
  std::unique_ptr<RegistryRpc> rpc_;
  std::unique_ptr<service::GrpcServer> server_;
  std::unique_ptr<v1::RegistryService::Stub> stub_;
  bus::testing::Reader answers_;
  int reported_ = 0;
};

TEST_F(RegistryRpcTest, AFamilyByItsIdByItsCardAndByItsMembers) {
  OpenDay();
  Register(2);
  const v1::Family family = ListAll(0, kVillage, 10).at(0);
  const province::v1::FamilyReported reported = TestFamily("ref-1", 1);
  EXPECT_EQ(family.version(), 1);
  EXPECT_EQ(family.local_family_ref(), "ref-1");
  EXPECT_EQ(family.kk_number(), reported.kk_number());
  EXPECT_EQ(family.village(), kVillage);
  EXPECT_EQ(family.components().early_childhood(), 1);
  EXPECT_EQ(family.enrolments_size(), 0);
  ASSERT_EQ(family.members_size(), 2);
  for (int i = 0; i < 2; ++i) {
    // Word for word what the province reported.
    EXPECT_EQ(family.members(i).member().SerializeAsString(), reported.members(i).SerializeAsString());
    v1::LookUpFamilyResponse found;
    ASSERT_TRUE(LookUp(0, reported.members(i).nik(), 0, &found).ok());
    EXPECT_EQ(found.family().SerializeAsString(), family.SerializeAsString());
  }
  v1::LookUpFamilyResponse by_card;
  ASSERT_TRUE(LookUp(0, 0, reported.kk_number(), &by_card).ok());
  EXPECT_EQ(by_card.family().SerializeAsString(), family.SerializeAsString());
  v1::GetFamilyResponse by_id;
  ASSERT_TRUE(Get(0, family.family_id(), &by_id).ok());
  EXPECT_EQ(by_id.family().SerializeAsString(), family.SerializeAsString());

  EXPECT_EQ(FieldOf(LookUp(0, 0, 0, &by_card)), "key");
}

TEST_F(RegistryRpcTest, AThousandFamiliesInTheOrderAsked) {
  OpenDay();
  Register(300);
  std::vector<int64_t> ids;
  for (const v1::Family& family : ListAll(0, kVillage, 1000)) ids.push_back(family.family_id());
  ASSERT_EQ(ids.size(), 300u);
  std::reverse(ids.begin(), ids.end());
  std::vector<int64_t> asked = ids;
  std::vector<int64_t> unknown;
  while (asked.size() < 1000) unknown.push_back(asked.emplace_back(static_cast<int64_t>(asked.size())));
  std::swap(asked[0], asked[999]);  // one that is not there in front
  v1::BatchGetFamiliesResponse response;
  ASSERT_TRUE(BatchGet(0, asked, &response).ok());
  ASSERT_EQ(response.families_size(), 300);
  EXPECT_EQ(response.families(0).family_id(), ids[1]);
  EXPECT_EQ(response.families(299).family_id(), ids[0]);
  EXPECT_EQ(response.not_found_size(), 700);

  asked.push_back(1);
  EXPECT_EQ(ReasonOf(BatchGet(0, asked, &response)), "family_ids_count");
  EXPECT_EQ(ReasonOf(BatchGet(0, {}, &response)), "family_ids_count");
}

TEST_F(RegistryRpcTest, PagesGoToTheEndWithoutGapsOrRepeats) {
  OpenDay();
  Register(20);
  Register(13, kNextVillage, 101);
  for (const int page_size : {1, 7, 20, 33, 1000}) {
    std::set<int64_t> ids;
    std::pair<uint64_t, int64_t> last;
    for (const v1::Family& family : ListAll(0, 3300000000, page_size)) {
      EXPECT_TRUE(ids.insert(family.family_id()).second) << "twice, by pages of " << page_size;
      EXPECT_LT(last, std::pair(family.village(), family.family_id()));
      last = {family.village(), family.family_id()};
    }
    EXPECT_EQ(ids.size(), 33u) << "by pages of " << page_size;
  }
  EXPECT_EQ(ListAll(0, kNextVillage, 5).size(), 13u);
  EXPECT_EQ(ListAll(0, 0, 1000).size(), 33u);
  EXPECT_EQ(ListAll(0, 3200000000, 1000).size(), 0u);

  v1::ListFamiliesRequest request;
  v1::ListFamiliesResponse page;
  request.set_region(3300000000);
  request.set_page_size(5);
  ASSERT_TRUE(List(0, request, &page).ok());
  request.set_page_token(page.next_page_token());
  request.set_region(kKendal);
  EXPECT_EQ(ReasonOf(List(0, request, &page)), "page_token_query") << "a token belongs to its query";
  request.set_page_token("nonsense");
  EXPECT_EQ(FieldOf(List(0, request, &page)), "page_token");

  request.clear_page_token();
  for (const auto& [region, size, field] :
       {std::tuple(uint64_t{33}, 1, "region"), std::tuple(uint64_t{3324000000}, -1, "page_size"),
        std::tuple(uint64_t{3324000000}, 1001, "page_size")}) {
    request.set_region(region);
    request.set_page_size(size);
    EXPECT_EQ(FieldOf(List(0, request, &page)), field);
  }
}

TEST_F(RegistryRpcTest, AListShowsWhatBothTheQueryAndTheCallersRegionHold) {
  OpenDay();
  Register(4);
  Register(3, kNextVillage, 101);
  struct Case {
    uint64_t scope;
    uint64_t region;
    size_t expected;
  };
  const Case cases[] = {
      {0, 0, 7},
      {0, kVillage, 4},
      {kVillage, 0, 4},
      {kVillage, 3300000000, 4},
      {kVillage, kVillage, 4},
      {kVillage, kNextVillage, 0},
      {kNextVillage, 3324050000, 3},
      {3324050000, kNextVillage, 3},
      {kKendal, 0, 7},
      {3374000000, 0, 0},
      {3374000000, kVillage, 0},
      {3200000000, 3300000000, 0},
  };
  for (const Case& c : cases) {
    for (const int page_size : {2, 1000})
      EXPECT_EQ(ListAll(c.scope, c.region, page_size).size(), c.expected) << c.scope << " " << c.region;
  }
  // A token of somebody who sees more, used by somebody who sees less: nothing outside, nothing left out.
  v1::ListFamiliesRequest request;
  v1::ListFamiliesResponse page;
  request.set_region(3300000000);
  request.set_page_size(2);
  ASSERT_TRUE(List(0, request, &page).ok());
  request.set_page_token(page.next_page_token());
  request.set_page_size(1000);
  page.Clear();
  ASSERT_TRUE(List(kNextVillage, request, &page).ok());
  EXPECT_EQ(page.families_size(), 3);
  for (const v1::Family& family : page.families()) EXPECT_EQ(family.village(), kNextVillage);
}

TEST_F(RegistryRpcTest, OutsideTheCallersRegionIsAnsweredExactlyAsNotFound) {
  OpenDay();
  Register(1);
  const v1::Family family = ListAll(0, 0, 10).at(0);
  const uint64_t nik = family.members(0).member().nik();
  for (const uint64_t inside : {uint64_t{0}, uint64_t{3300000000}, kKendal, uint64_t{3324050000}, kVillage}) {
    v1::GetFamilyResponse got;
    v1::LookUpFamilyResponse found;
    v1::BatchGetFamiliesResponse many;
    EXPECT_TRUE(Get(inside, family.family_id(), &got).ok()) << inside;
    EXPECT_TRUE(LookUp(inside, nik, 0, &found).ok()) << inside;
    EXPECT_TRUE(LookUp(inside, 0, family.kk_number(), &found).ok()) << inside;
    EXPECT_TRUE(BatchGet(inside, {family.family_id()}, &many).ok());
    EXPECT_EQ(many.families_size(), 1) << inside;
  }
  for (const uint64_t outside : {uint64_t{3200000000}, uint64_t{3374000000}, kNextVillage}) {
    v1::GetFamilyResponse got;
    v1::LookUpFamilyResponse found;
    const absl::Status hidden = Get(outside, family.family_id(), &got);
    EXPECT_TRUE(absl::IsNotFound(hidden));
    EXPECT_EQ(hidden, Get(outside, family.family_id() + 256, &got));
    EXPECT_EQ(hidden, LookUp(outside, nik, 0, &found));
    EXPECT_EQ(hidden, LookUp(outside, nik + 1, 0, &found));
    EXPECT_EQ(hidden, LookUp(outside, 0, family.kk_number(), &found));
    EXPECT_EQ(hidden, LookUp(outside, 0, family.kk_number() + 1, &found));
    v1::BatchGetFamiliesResponse many;
    ASSERT_TRUE(BatchGet(outside, {family.family_id(), 1}, &many).ok());
    EXPECT_EQ(many.families_size(), 0);
    EXPECT_EQ(many.not_found_size(), 2);
    EXPECT_EQ(ListAll(outside, kVillage, 10).size(), 0u);
  }
}

// --- RecordEnrolmentDecisions ---

class DecisionStreamTest : public RegistryRpcTest {
 protected:
  static Decisions Request(const std::string& id, int64_t family_id, const std::string& decision_id) {
    Decisions request;
    request.set_request_id(id);
    auto* decision = request.add_decisions();
    decision->set_decision_id(decision_id);
    decision->set_family_id(family_id);
    decision->set_programme(type::v1::PROGRAMME_PKH);
    decision->set_enrolled(true);
    SetDate(2020, 7, 1, *decision->mutable_starts_on());
    return request;
  }
  std::vector<int64_t> Nominated(int count) {
    OpenDay();
    Register(count);
    Nominate(count);
    std::vector<int64_t> ids;
    for (const v1::Family& family : ListAll(0, 0, 1000)) ids.push_back(family.family_id());
    EXPECT_EQ(static_cast<int>(ids.size()), count);
    return ids;
  }
  void ExpectEachEnrolledOnce(const std::vector<int64_t>& ids) {
    v1::BatchGetFamiliesResponse families;
    ASSERT_TRUE(BatchGet(0, ids, &families).ok());
    for (const v1::Family& family : families.families()) {
      EXPECT_EQ(family.version(), 3) << "registered, nominated, decided";
      EXPECT_EQ(family.enrolments(0).state(), v1::ENROLMENT_STATE_ACTIVE);
    }
  }
};

TEST_F(DecisionStreamTest, ManyCommandsEachAnsweredOnce) {
  const std::vector<int64_t> ids = Nominated(100);
  auto context = As(0);
  auto stream = stub_->RecordEnrolmentDecisions(context.get());
  std::thread sender([&] {
    for (size_t i = 0; i < ids.size(); ++i)
      EXPECT_TRUE(stream->Write(Request(absl::StrCat("r-", i), ids[i], absl::StrCat("d-", i))));
    stream->WritesDone();
  });
  std::set<std::string> answered;
  Results results;
  while (stream->Read(&results)) {
    EXPECT_TRUE(answered.insert(results.request_id()).second);
    ASSERT_EQ(results.results_size(), 1);
    EXPECT_EQ(results.results(0).status(), v1::DECISION_STATUS_RECORDED);
  }
  sender.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered.size(), ids.size());
  ExpectEachEnrolledOnce(ids);
}

TEST_F(DecisionStreamTest, CancelledMidwayAndSentAgainRecordsEachDecisionOnce) {
  const std::vector<int64_t> ids = Nominated(60);
  {
    auto context = As(0);
    auto stream = stub_->RecordEnrolmentDecisions(context.get());
    Results results;
    for (int i = 0; i < 40; ++i) {
      if (!stream->Write(Request(absl::StrCat("r-", i), ids[i], absl::StrCat("d-", i)))) break;
      if (i == 10) {
        EXPECT_TRUE(stream->Read(&results));
      }
    }
    context->TryCancel();
    while (stream->Read(&results)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  auto context = As(0);
  auto stream = stub_->RecordEnrolmentDecisions(context.get());
  for (size_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(stream->Write(Request(absl::StrCat("r-", i), ids[i], absl::StrCat("d-", i))));
    Results results;
    ASSERT_TRUE(stream->Read(&results));
    EXPECT_EQ(results.request_id(), absl::StrCat("r-", i));
    EXPECT_EQ(results.results(0).status(), v1::DECISION_STATUS_RECORDED) << "the answer that was not heard";
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  ExpectEachEnrolledOnce(ids);
}

TEST_F(DecisionStreamTest, TheSameRequestIdGivesTheSameAnswerAndNoOtherRequest) {
  const std::vector<int64_t> ids = Nominated(2);
  for (const bool other : {false, true}) {
    auto context = As(0);
    auto stream = stub_->RecordEnrolmentDecisions(context.get());
    Results first;
    Results second;
    ASSERT_TRUE(stream->Write(Request("r-1", ids[0], "d-1")));
    ASSERT_TRUE(stream->Read(&first));
    ASSERT_TRUE(stream->Write(Request("r-1", other ? ids[1] : ids[0], "d-1")));
    if (other) {
      EXPECT_FALSE(stream->Read(&second));
      const absl::Status status = service::FromGrpc(stream->Finish());
      EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
      EXPECT_EQ(ReasonOf(status), "request_id_reused");
    } else {
      ASSERT_TRUE(stream->Read(&second));
      EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
      stream->WritesDone();
      EXPECT_TRUE(stream->Finish().ok());
    }
  }
  ExpectEachEnrolledOnce({ids[0]});
}

TEST_F(DecisionStreamTest, ACommandThatHasNotTheFormEndsTheStreamWithItsReason) {
  OpenDay();
  Decisions none;
  none.set_request_id("r-1");
  for (const auto& [request, reason] : {std::pair(Decisions(), "request_id_invalid"), std::pair(none, "decisions_count")}) {
    auto context = As(0);
    auto stream = stub_->RecordEnrolmentDecisions(context.get());
    ASSERT_TRUE(stream->Write(request));
    Results results;
    EXPECT_FALSE(stream->Read(&results));
    EXPECT_EQ(ReasonOf(service::FromGrpc(stream->Finish())), reason);
  }
}

TEST_F(DecisionStreamTest, AnEmptyStreamIsNoError) {
  auto context = As(0);
  auto stream = stub_->RecordEnrolmentDecisions(context.get());
  stream->WritesDone();
  Results results;
  EXPECT_FALSE(stream->Read(&results));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(DecisionStreamTest, OutsideTheCallersRegionARowIsRefusedAsUnknown) {
  const std::vector<int64_t> ids = Nominated(1);
  auto context = As(3200000000);
  auto stream = stub_->RecordEnrolmentDecisions(context.get());
  Results outside;
  Results unknown;
  ASSERT_TRUE(stream->Write(Request("r-1", ids[0], "d-1")));
  ASSERT_TRUE(stream->Read(&outside));
  ASSERT_TRUE(stream->Write(Request("r-2", 1, "d-1")));
  ASSERT_TRUE(stream->Read(&unknown));
  EXPECT_EQ(outside.results(0).SerializeAsString(), unknown.results(0).SerializeAsString());
  EXPECT_EQ(outside.results(0).code(), "family_unknown");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Who sends and does not read is not read on: what it can make the server hold is bounded.
TEST_F(DecisionStreamTest, AClientThatStopsReadingIsNotReadOn) {
  OpenDay();
  constexpr int kTries = 2000;
  Decisions request;  // about 30 KB, its answer 70 KB
  for (int i = 0; i < 1000; ++i) *request.add_decisions() = Request("", 1, absl::StrCat("decision-", i)).decisions(0);
  auto context = As(0);
  auto stream = stub_->RecordEnrolmentDecisions(context.get());
  std::atomic<int> sent = 0;
  std::thread sender([&] {
    for (int i = 0; i < kTries; ++i) {
      request.set_request_id(absl::StrCat("r-", i));
      if (!stream->Write(request)) break;
      ++sent;
    }
  });
  int before = -1;
  int quiet = 0;
  Until([&] {  // the sender has come to a stand, or to its end
    answers_.Step(absl::Milliseconds(20));
    quiet = sent == before && before > 0 ? quiet + 1 : 0;
    before = sent;
    return quiet == 25 || sent == kTries;
  });
  EXPECT_LT(sent, kTries);
  context->TryCancel();
  sender.join();
  EXPECT_LT(runner_->engine().stats().commands, sent + 1);
  Results results;
  while (stream->Read(&results)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Stop(absl::Seconds(10));  // would wait for a stream that nobody ends
  server_.reset();
}

TEST_F(DecisionStreamTest, WhileTheServiceStopsCommandsAreToBeTriedAgain) {
  const std::vector<int64_t> ids = Nominated(1);
  runner_->Stop(absl::Now() + absl::Seconds(5));
  auto context = As(0);
  auto stream = stub_->RecordEnrolmentDecisions(context.get());
  ASSERT_TRUE(stream->Write(Request("r-1", ids[0], "d-1")));
  Results results;
  EXPECT_FALSE(stream->Read(&results));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace berdaya::registry
