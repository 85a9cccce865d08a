// One life of a tally service, moved by the test, and the world around it.
//
//   World world;                                   // the bus with its topics, and publishers
//   TallyProcess service(world, database);
//   ASSERT_TRUE(service.Open().ok());
//   world.Report(33, family);
//   EXPECT_TRUE(service.Settle().ok());            // everything handled, swept and acknowledged
#ifndef BERDAYA_COMMON_FLOW_TESTING_TALLY_PROCESS_H_
#define BERDAYA_COMMON_FLOW_TESTING_TALLY_PROCESS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "berdaya/province/v1/reports.pb.h"
#include "common/bus/memory.h"
#include "common/flow/engine.h"
#include "common/flow/testing/stepped_service.h"
#include "common/flow/testing/tally_model.h"
#include "common/flow/testing/tally_service.h"

namespace berdaya::flow::testing {

// A report of a family with `members` members; name of the first as given.
struct Family {
  std::string ref;
  int members = 2;
  int64_t reported_at_s = 1;
  std::string report_id;  // empty: made from ref and reported_at_s
  uint64_t kk = 0;
  std::string name = "ADA";
};
std::string FamilyReport(const Family& family);

// The platform around the service: the bus in memory and everybody who publishes.
class World {
 public:
  explicit World(TallyNames names = {}, bus::MemoryOptions options = {});

  // Each returns the offset of the record.
  int64_t Report(int province, const Family& family);
  int64_t ReportBytes(int province, std::string_view key, std::string_view type, std::string_view value);
  int64_t OpenDay(calendar::Day day);
  int64_t Ask(int province, const std::string& ref);  // GraduationRequested
  // A fact of upstream with the next sequence of its partition. A graduation: `case_id` below 0 asks to be held.
  void Graduate(int province, const std::string& ref, int64_t case_id);
  void Upstream(int32_t partition, std::string_view key, const google::protobuf::Message& fact);
  // Upstream answers every request that the service has passed on and that is not answered yet.
  void AnswerAsks();

  std::string CheckedTo(const TallyChecks& checks) const { return CheckTally(SeeAll(*bus, names), names, checks).ToString(); }
  std::vector<province::v1::ReportOutcome> Replies(int province) const;
  // The replies to one record, in order.
  std::vector<province::v1::ReportStatus> StatusesOf(int province, int64_t offset) const;

  const TallyNames names;
  const std::unique_ptr<bus::MemoryBus> bus;
  int64_t now_ms = 1'600'000'000'000;  // 13 September 2020; the clock of the bus and of the service
  std::map<int32_t, int64_t> upstream_sequence;
  std::map<int32_t, size_t> asks_read;  // facts looked at by AnswerAsks
};

class TallyProcess : public SteppedService {
 public:
  // `patience`, `clock`: of the lease; zero where it is the only instance.
  TallyProcess(World& world, store::Database& database, const std::string& group = "tally",
               absl::Duration patience = absl::ZeroDuration(), Lease::Clock clock = &Lease::Steady);

  // Runs one command; its answer.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Confirm(const std::string& request_id, int64_t case_id,
                                                                     const std::string& principal = "tester");

  World& world;
  store::Database& database;
};

// A ConfirmGraduation that puts its answer into `answer`.
Command ConfirmCommand(const std::string& request_id, int64_t case_id,
                       std::function<void(absl::StatusOr<std::unique_ptr<google::protobuf::Message>>)> done,
                       const std::string& principal = "tester");

// A tally database. `url` as in store::Options.
std::unique_ptr<store::Database> TallyDatabase(const std::string& url);

std::map<std::string, int64_t> TallyCounts(store::Database& database);

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_COMMON_FLOW_TESTING_TALLY_PROCESS_H_
