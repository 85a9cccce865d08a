// The registry on a real gRPC server, over a database file that the whole path fills from a bus in memory.
#ifndef BERDAYA_SERVICES_REGISTRY_RPC_RPC_TEST_FIXTURE_H_
#define BERDAYA_SERVICES_REGISTRY_RPC_RPC_TEST_FIXTURE_H_

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
#include "services/registry/rpc/registry_rpc.h"
#include "services/registry/testing.h"
#include "services/registry/wiring.h"

namespace berdaya::registry {

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

}  // namespace berdaya::registry

#endif  // BERDAYA_SERVICES_REGISTRY_RPC_RPC_TEST_FIXTURE_H_
