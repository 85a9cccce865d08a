// What could not be compared is lost: no silence of a service or of the log may look like an agreement.
#include "tools/simulation/checker/check.h"

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>

#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/registry/v1/registry_service.grpc.pb.h"
#include "tools/simulation/checker/figures_check.h"
#include "tools/simulation/checker/log_check.h"
#include "tools/simulation/checker/service_check.h"
#include "tools/simulation/checker/testing.h"

namespace berdaya::simulation {
namespace {

using ::testing::HasSubstr;

constexpr int kFamilies = 3;

// Families that are registered; the first has also graduated.
Ledger TheLedger() {
  Books books(kFamilies);
  for (uint32_t f = 0; f < kFamilies; ++f) books.InPkh(f);
  books.Report(books.Entry(Kind::kFamily, 0, books.House(DayOf(1992, 5, 1))));
  books.Days(DayOf(2014, 8, 1)).Confirm(0);
  for (size_t i = 0; i < books.ledger.records.size(); ++i) books.ledger.records[i].offset = static_cast<int64_t>(i);
  return books.ledger;
}

// A process that answers, but not as the service that is asked.
class DeafServices {
 public:
  DeafServices() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    const std::string address = "127.0.0.1:" + std::to_string(port);
    endpoints = {"", address, address, address, address};
  }

  Endpoints endpoints;

 private:
  registry::v1::RegistryService::Service service_;  // every method is unimplemented
  std::unique_ptr<grpc::Server> server_;
};

TEST(CheckTest, AServiceThatDoesNotAnswerHasLostEveryFamily) {
  const Ledger ledger = TheLedger();
  Expected world = WorkOut(ledger);
  DeafServices deaf;
  const auto lost = [&](auto check) {
    Result result;
    check(result);
    EXPECT_THAT(result.findings.told().at(0), HasSubstr("List")) << "first of all it says what did not answer";
    EXPECT_EQ(result.findings.duplicated(), 0);
    return result.findings.lost();
  };
  EXPECT_EQ(lost([&](Result& r) { CheckRegistry(deaf.endpoints, ledger, world, r); }), 1 + kFamilies);
  EXPECT_EQ(lost([&](Result& r) { CheckGraduation(deaf.endpoints, ledger, world, r); }), 1 + kFamilies);
  EXPECT_EQ(lost([&](Result& r) { CheckMentoring(deaf.endpoints, ledger, world, r); }), 2 + 1) << "cases, partners, a family";
}

TEST(CheckTest, FiguresThatCannotBeReadAreLost) {
  const Ledger ledger = TheLedger();
  DeafServices deaf;
  Result result;
  CheckFigures(deaf.endpoints, ledger, WorkOut(ledger), result);
  EXPECT_GE(result.findings.lost(), 1);
}

// The replies of the books, one a record, of which the first `replies` can be read.
ReadSources RepliesUpTo(const Ledger& ledger, const Expected& world, size_t replies, absl::Status then) {
  return [&ledger, &world, replies, then](const std::vector<Source>& sources, const std::function<void(const Arrived&)>& visit) {
    for (size_t i = 0; i < replies; ++i) {
      province::v1::OutcomesReported reported;
      reported.set_province(33);
      auto& outcome = *reported.add_outcomes();
      outcome.set_offset(static_cast<int64_t>(i));
      outcome.set_ce_id("dinas-" + std::to_string(i));
      outcome.set_local_family_ref(RefOf(33, ledger.records[i].family));
      outcome.set_status(world.outcomes[i].status);
      const std::string value = reported.SerializeAsString();
      Arrived arrived;
      for (size_t s = 0; s < sources.size(); ++s) {
        if (sources[s].topic == RepliesTopic(33)) arrived.topic = static_cast<int>(s);
      }
      arrived.type = province::v1::OutcomesReported::descriptor()->full_name();
      arrived.value = value;
      visit(arrived);
    }
    return then;
  };
}

TEST(CheckTest, RecordsBehindAHoleInTheRepliesAreLost) {
  const Ledger ledger = TheLedger();
  Expected world = WorkOut(ledger);
  for (ExpectedFamily& family : world.families) family.notices = {};  // these replies come without notices
  const auto records = static_cast<int64_t>(ledger.records.size());
  Result result;
  CheckLog(RepliesUpTo(ledger, world, 2, absl::DataLossError("records are missing")), ledger, world, result);
  EXPECT_EQ(result.findings.told().at(0), "records are missing");
  EXPECT_EQ(result.findings.lost(), 1 + records - 2) << "what was read before the hole is compared";
  EXPECT_EQ(result.findings.duplicated(), 0);
}

TEST(CheckTest, ABrokerThatIsNotThereHasLostEveryRecord) {
  const Ledger ledger = TheLedger();
  const Expected world = WorkOut(ledger);
  Result result;
  CheckLog(RepliesUpTo(ledger, world, 0, absl::UnavailableError("no broker")), ledger, world, result);
  EXPECT_EQ(result.findings.lost(), 1 + static_cast<int64_t>(ledger.records.size()) + kFamilies) << "and the families' notices";
}

TEST(FindingsTest, EveryFindingIsCounted) {
  Findings findings;
  EXPECT_TRUE(findings.clean());
  findings.Unread(absl::OkStatus());
  EXPECT_TRUE(findings.clean());
  findings.LostFamily(7, "here");
  findings.LostFamily(7, "and there");
  EXPECT_EQ(findings.lost(), 1) << "a family counts once";
  findings.Lost("places", 3);
  findings.Unread(absl::UnavailableError("silence"));
  EXPECT_EQ(findings.lost(), 5);
  findings.Duplicated(2, "twice");
  EXPECT_EQ(findings.duplicated(), 2);
  EXPECT_FALSE(findings.clean());
}

}  // namespace
}  // namespace berdaya::simulation
