// A child process that is spoken to by lines, for tests. Killed with its object.
#ifndef BERDAYA_TESTS_FLOW_CHILD_H_
#define BERDAYA_TESTS_FLOW_CHILD_H_

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace berdaya::flow::testing {

class Child {
 public:
  // Its standard error goes to a file, see Errors.
  Child(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
        const std::string& errors_file);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Tell(const std::string& line);
  // The next line that begins with `start`, others are skipped; empty if the process ended or it took longer than `patience`.
  std::string Await(const std::string& start, absl::Duration patience = absl::Seconds(60));
  // Waits for its end; true if it came. Then exit_code or signal says how.
  bool AwaitEnd(absl::Duration patience = absl::Seconds(60));
  // Whether it has ended, without waiting.
  bool Ended() { return AwaitEnd(absl::ZeroDuration()); }
  void Signal(int number);

  std::string Errors() const;
  // Waits until that is in its errors.
  bool AwaitErrors(const std::string& text, absl::Duration patience = absl::Seconds(60));
  int exit_code = -1;
  int signal = 0;
  bool ended = false;

 private:
  const std::string errors_file_;
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string read_;
};

}  // namespace berdaya::flow::testing

#endif  // BERDAYA_TESTS_FLOW_CHILD_H_
