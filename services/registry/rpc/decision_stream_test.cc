#include "services/registry/rpc/decision_stream.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "services/registry/rpc/rpc_test_fixture.h"

namespace berdaya::registry {
namespace {

using Decisions = v1::RecordEnrolmentDecisionsRequest;
using Results = v1::RecordEnrolmentDecisionsResponse;

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

TEST_F(DecisionStreamTest, ACallerOfARegionMayNotEnrol) {
  const std::vector<int64_t> ids = Nominated(1);
  for (const uint64_t scope : {uint64_t{3200000000}, kKendal}) {
    auto context = As(scope);
    auto stream = stub_->RecordEnrolmentDecisions(context.get());
    ASSERT_TRUE(stream->Write(Request(absl::StrCat("r-", scope), ids[0], "d-1")));
    Results results;
    EXPECT_FALSE(stream->Read(&results));
    const absl::Status status = service::FromGrpc(stream->Finish());
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
    EXPECT_EQ(ReasonOf(status), "national_only");
  }
}

class HeldDecisionStreamTest : public RegistryRpcTest {
 protected:
  HeldDecisionStreamTest() : RegistryRpcTest(/*run=*/false) {}
};

// While commands wait, a stream is not read on: what one sender can make the server hold is bounded.
TEST_F(HeldDecisionStreamTest, ASenderFeelsThatItsCommandsWait) {
  constexpr int kTries = 3000;  // far more bytes than the connection's windows take
  Decisions request;
  for (int i = 0; i < 1000; ++i) request.add_decisions()->set_decision_id(std::string(40, 'd'));
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
  bus::testing::Until([&] {  // it has come to a stand, or to its end
    answers_.Step(absl::Milliseconds(20));
    quiet = sent == before && before >= 16 ? quiet + 1 : 0;
    before = sent;
    return quiet == 25 || sent == kTries;
  });
  EXPECT_LT(sent, kTries);
  context->TryCancel();
  sender.join();
  Results results;
  EXPECT_FALSE(stream->Read(&results));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);

  server_->Stop(absl::Seconds(10));  // does not wait for commands under way, whose stream nobody hears any more
  server_.reset();
  ASSERT_TRUE(runner_->Start().ok());
  const std::atomic<int64_t>& commands = runner_->engine().stats().commands;
  bus::testing::Until([&] {
    answers_.Step(absl::Milliseconds(1));
    return commands >= 16;
  });
  EXPECT_EQ(commands, 16);
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
