// A tally service on a real broker with everybody who publishes, and what the topics then say. Each has topics and a database of
// its own.
#ifndef BERDAYA_TESTS_FLOW_STAGE_H_
#define BERDAYA_TESTS_FLOW_STAGE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/bus/testing/broker_fixture.h"
#include "common/flow/testing/tally_process.h"
#include "tests/flow/child.h"

namespace berdaya::flow::testing {

class Stage {
 public:
  // `province`: one that no other stage on this broker has. `db_dir`: where the database is, on SQLite; empty for a folder of its
  // own.
  Stage(bus::testing::Broker& broker, int province, const std::string& db_dir = {})
      : Stage(broker, std::vector{province}, db_dir) {}
  Stage(bus::testing::Broker& broker, const std::vector<int>& provinces, const std::string& db_dir = {});
  ~Stage();

  // Starts the service in a new group, and waits until it is ready unless `test_point` may end it before.
  void Start(const std::string& test_point = {});
  // Starts it in the group of the last life, and does not wait.
  void StartAgain();
  // Another process on the same topics and group; on another database than this stage's if given.
  std::unique_ptr<Child> NewProcess(const std::string& test_point = {}, const std::string& database = {}) const;
  // SIGTERM; true if it ended with exit code 0 and nothing unsent.
  bool StopInOrder();

  // Those who publish begin anew, as after their records were lost.
  void NewPublisher();
  // Each waits for the broker's acknowledgement.
  int64_t Report(const Family& family);
  // `nth`: of which of the provinces.
  std::vector<int64_t> Reports(const std::vector<Family>& families, int nth = 0);
  // `sequence`: of the upstream service's fact, the next one if 0.
  void Graduate(const std::string& ref, int64_t case_id, int64_t sequence = 0, int nth = 0);
  // Days are the same for all stages of a broker: each opens later ones.
  void OpenDays(int days);

  // Each false if the service ended before it answered.
  bool Settle(absl::Duration patience = absl::Seconds(60));
  bool Confirm(const std::string& id);
  // Asks `who` once; false if there was no answer, and then somebody has to be asked again.
  bool Ask(Child& who, const std::string& id, absl::Duration patience);
  // The same for one that was asked for before, if it was.
  bool ConfirmAgain(const std::string& id) { return !requests_.contains(id) || Confirm(id); }
  // Mends every quarantined report that MendWith names, and has all replayed until nothing is left.
  bool Mend();
  // Reports with the name QUARANTINE are noted by Reports; this is what an operator makes of them.
  std::map<std::pair<int, int64_t>, std::string> mends;  // by province and offset

  // The service's group gets a second member for a while: partitions are revoked and assigned again, twice.
  void DisturbGroup();

  // Reads all topics and compares; "" if all is well. `settled` as in TallyChecks.
  std::string Check(bool settled, bool any_order = false);

  const TallyNames names;
  const std::string dir;
  const std::string db;  // as the URL of a store
  std::unique_ptr<Child> service;
  TallyFindings found;  // by the last Check
  int lives = 0;

 private:
  Seen SeeTopics();
  int64_t Publish(const std::vector<bus::OutRecord>& records);
  bool Await(const std::string& start, absl::Duration patience = absl::Seconds(60));

  bus::testing::Broker& broker_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<bus::Producer> producer_;
  std::map<bus::TopicPartition, int64_t> ends_;  // offsets after what was published
  std::map<int32_t, int64_t> upstream_sequence_;
  std::map<std::string, bool> requests_;  // answered
  std::string last_line_;
};

// A folder that goes away with it.
std::string NewFolder();

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_TESTS_FLOW_STAGE_H_
