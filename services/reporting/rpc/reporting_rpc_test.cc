// Reporting on a real gRPC server, over a real database, fed by hand or by the whole path on a bus in memory.
#include "services/reporting/rpc/reporting_rpc.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/bus/memory.h"
#include "common/bus/topics.h"
#include "common/flow/runner.h"
#include "common/flow/tables.h"
#include "common/service/grpc_server.h"
#include "common/service/grpc_status.h"
#include "common/service/metrics.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/reporting/events/count.h"
#include "services/reporting/testing.h"
#include "services/reporting/wiring.h"

namespace berdaya::reporting {
namespace {

using calendar::Day;
using region::RegionCode;

class ReportingRpcTest : public testing::Test {
 protected:
  ReportingRpcTest() {
    database_ = *store::Open({.url = absl::StrCat("sqlite:", testing::TempDir(), "/reporting_rpc_test.", getpid(), ".",
                                                  testing::UnitTest::GetInstance()->current_test_info()->name(), ".db")});
    store::Schema schema = spec_.schema;
    const auto path = flow::FlowTables();
    schema.tables.insert(schema.tables.begin(), path.begin(), path.end());
    EXPECT_TRUE(database_->Migrate(schema).ok());
  }
  ~ReportingRpcTest() override {
    stopping_ = true;
    if (server_ != nullptr) server_->Stop(absl::Seconds(10));
  }

  void Serve(std::function<int64_t()> commits) {
    rpc_ = std::make_unique<ReportingRpc>(*callers_, metrics_, *database_, TestRegions(),
                                          WatchSignals{std::move(commits), [this] { return stopping_.load(); }});
    server_ = *service::GrpcServer::Start({.listen = "127.0.0.1:0"}, {rpc_.get()});
    stub_ = v1::ReportingService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  void Serve() {
    Serve([this] { return commits_.load(); });
  }

  // What a fact would have done.
  void Add(uint64_t region, Day day, int64_t families) {
    flow::Outcome out = flow::Outcome::Done();
    Count(*RegionCode::FromNumber(region), day, v1::INDICATOR_FAMILIES, families, out);
    auto transaction = *database_->Begin();
    flow::View view(nullptr);
    view.Begin(transaction.get(), {});
    out.ApplyTo(view);
    ASSERT_TRUE(view.Flush().ok());
    ASSERT_TRUE(transaction->Commit().ok());
    ++commits_;
  }

  static std::unique_ptr<grpc::ClientContext> As(uint64_t scope) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("x-berdaya-principal", "test");
    context->AddMetadata("x-berdaya-region", std::to_string(scope));
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    return context;
  }
  absl::Status Get(uint64_t scope, const v1::GetFiguresRequest& request, v1::GetFiguresResponse* response) {
    return service::FromGrpc(stub_->GetFigures(As(scope).get(), request, response));
  }
  absl::Status List(uint64_t scope, const v1::ListFiguresRequest& request, v1::ListFiguresResponse* response) {
    return service::FromGrpc(stub_->ListFigures(As(scope).get(), request, response));
  }
  static int64_t Families(const v1::RegionFigures& figures) { return figures.figures(0).value(); }

  flow::ServiceSpec spec_ = Wire();
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<service::CallerSource> callers_ = service::BelievedCallers();
  service::Metrics metrics_;
  std::atomic<int64_t> commits_ = 0;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<ReportingRpc> rpc_;
  std::unique_ptr<service::GrpcServer> server_;
  std::unique_ptr<v1::ReportingService::Stub> stub_;
};

TEST_F(ReportingRpcTest, GetsTheFiguresOfARegionAndMonth) {
  Serve();
  Add(3324050000, Day::Of(2020, 6, 24), 5);
  Add(3324010000, Day::Of(2020, 7, 1), 2);
  v1::GetFiguresRequest request;
  v1::GetFiguresResponse response;
  request.set_region(kKendal);
  ASSERT_TRUE(Get(0, request, &response).ok());
  EXPECT_EQ(Families(response.figures()), 7);
  EXPECT_EQ(response.figures().name(), "Kabupaten Kendal");
  request.set_year(2020);
  request.set_month(6);
  ASSERT_TRUE(Get(3300000000, request, &response).ok());
  EXPECT_EQ(Families(response.figures()), 5);
}

TEST_F(ReportingRpcTest, RefusesWhatHasNotTheForm) {
  Serve();
  struct Case {
    uint64_t region;
    int year, month;
    const char* field;
  };
  const Case cases[] = {
      {99, 0, 0, "region"}, {0, 2020, 13, "month"}, {0, 2020, 0, "month"}, {0, 0, 6, "year"}, {0, 1800, 6, "year"}};
  for (const Case& c : cases) {
    v1::GetFiguresRequest request;
    v1::GetFiguresResponse response;
    request.set_region(c.region);
    request.set_year(c.year);
    request.set_month(c.month);
    const absl::Status status = Get(0, request, &response);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(FieldOf(status), c.field);
  }
}

TEST_F(ReportingRpcTest, PagesStayInTheMonthTheyBeganWith) {
  Serve();
  for (const uint64_t regency : {3301000000, 3302000000, 3324000000}) Add(regency, Day::Of(2020, 6, 1), 1);
  v1::ListFiguresRequest request;
  v1::ListFiguresResponse page;
  request.set_parent(3300000000);
  request.set_page_size(2);
  ASSERT_TRUE(List(3300000000, request, &page).ok());
  ASSERT_EQ(page.figures_size(), 2);
  EXPECT_EQ(page.figures(1).region(), 3302000000u);

  Add(3324000000, Day::Of(2020, 8, 1), 10);  // a new month begins between the two pages
  request.set_page_token(page.next_page_token());
  page.Clear();
  ASSERT_TRUE(List(3300000000, request, &page).ok());
  ASSERT_EQ(page.figures_size(), 1);
  EXPECT_EQ(page.figures(0).month(), 6);
  EXPECT_EQ(Families(page.figures(0)), 1);
  EXPECT_TRUE(page.next_page_token().empty());

  request.set_parent(3100000000);  // the token is of another query
  EXPECT_EQ(FieldOf(List(0, request, &page)), "page_token");
}

TEST_F(ReportingRpcTest, OutsideOfTheScopeIsNotFoundInEveryCall) {
  Serve();
  Add(3324050000, Day::Of(2020, 6, 24), 5);
  v1::GetFiguresRequest get;
  v1::GetFiguresResponse got;
  v1::ListFiguresRequest list;
  v1::ListFiguresResponse listed;
  v1::WatchFiguresRequest watch;
  for (const uint64_t region : {uint64_t{0}, uint64_t{3200000000}, uint64_t{3300000000}, uint64_t{3398000000}}) {
    get.set_region(region);
    list.set_parent(region);
    watch.set_region(region);
    const absl::Status hidden = Get(kKendal, get, &got);
    EXPECT_EQ(hidden.code(), absl::StatusCode::kNotFound) << region;
    EXPECT_EQ(List(kKendal, list, &listed), hidden);
    auto context = As(kKendal);
    v1::WatchFiguresResponse none;
    auto stream = stub_->WatchFigures(context.get(), watch);
    EXPECT_FALSE(stream->Read(&none));
    if (none.has_figures()) context->TryCancel();  // else a failure would last until the deadline
    EXPECT_EQ(service::FromGrpc(stream->Finish()), hidden);
  }
}

TEST_F(ReportingRpcTest, AWatcherHearsAtOnceAndOfEveryChange) {
  Serve();
  v1::WatchFiguresRequest request;
  request.set_region(kKendal);
  auto context = As(3300000000);
  auto stream = stub_->WatchFigures(context.get(), request);
  v1::WatchFiguresResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Families(response.figures()), 0);
  Add(3324050000, Day::Of(2020, 6, 24), 5);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Families(response.figures()), 5);
  // A change elsewhere is none here: the next figures are those of the change after it.
  Add(3201010000, Day::Of(2020, 6, 24), 3);
  Add(3324050000, Day::Of(2020, 6, 24), 1);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Families(response.figures()), 6);

  stopping_ = true;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ReportingRpcTest, AWatcherHearsAtMostFourTimesASecond) {
  Serve();
  std::atomic<bool> enough = false;
  std::thread changes([&] {
    while (!enough) {
      Add(3324050000, Day::Of(2020, 6, 24), 1);
      // Another watcher comes, and is served at once: no reason to send the first one more.
      auto context = As(0);
      auto other = stub_->WatchFigures(context.get(), v1::WatchFiguresRequest());
      v1::WatchFiguresResponse figures;
      EXPECT_TRUE(other->Read(&figures));
      context->TryCancel();
      while (other->Read(&figures)) {
      }
      EXPECT_EQ(other->Finish().error_code(), grpc::StatusCode::CANCELLED);
    }
  });
  auto context = As(0);
  auto stream = stub_->WatchFigures(context.get(), v1::WatchFiguresRequest());
  v1::WatchFiguresResponse response;
  EXPECT_TRUE(stream->Read(&response));
  const absl::Time began = absl::Now();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(stream->Read(&response));
  // A first message may have been read late, never one sent early.
  EXPECT_GE(absl::Now() - began, 3 * FiguresWatch::kPeriod);
  enough = true;
  changes.join();
  context->TryCancel();
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// The whole path: a fact in the log becomes a figure on a stream.
TEST_F(ReportingRpcTest, AFactInTheLogReachesAWatcher) {
  auto bus = bus::NewMemoryBus({.blocking = true});
  ASSERT_TRUE(bus->CreateTopics(spec_.topics).ok());
  flow::Runner runner(spec_, *bus, *database_, {.group = "reporting"});
  Serve([&] { return runner.engine().stats().transactions.load(); });
  ASSERT_TRUE(runner.Start().ok());

  auto context = As(0);
  auto stream = stub_->WatchFigures(context.get(), v1::WatchFiguresRequest());
  v1::WatchFiguresResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.figures().year(), 0);

  auto registered = Fact<registry::v1::FamilyRegistered>(7, 1, kVillage, Day::Of(2020, 6, 24));
  registered.set_members(4);
  const std::string value = registered.SerializeAsString();
  const std::string type = registered.GetDescriptor()->full_name();
  bus::OutRecord record{
      .topic = bus::kRegistryFacts, .partition = bus::PartitionOf("7", bus::kFactPartitions), .key = "7", .value = value};
  record.headers = {.id = "1", .source = "berdaya/registry", .type = type, .epoch = 0, .sequence = 1};
  ASSERT_TRUE(bus->Append(record).ok());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.figures().month(), 6);
  EXPECT_EQ(response.figures().figures(v1::INDICATOR_MEMBERS - 1).value(), 4);
  EXPECT_TRUE(runner.status().ok()) << runner.status();

  stopping_ = true;
  EXPECT_FALSE(stream->Read(&response));
  server_->Stop(absl::Seconds(10));
  server_.reset();
  rpc_.reset();
  runner.Stop(absl::Now() + absl::Seconds(5));
}

}  // namespace
}  // namespace berdaya::reporting
