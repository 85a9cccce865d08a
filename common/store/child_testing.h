// A second process in a test: one disabled test of the same program, run alone.
#ifndef BERDAYA_COMMON_STORE_CHILD_TESTING_H_
#define BERDAYA_COMMON_STORE_CHILD_TESTING_H_

#include <sys/types.h>

#include <string>

namespace berdaya::store {

class Child {
 public:
  // Starts the test `test` ("Suite.DISABLED_Name"), which finds `argument` by ChildArgument().
  Child(const std::string& test, const std::string& argument);
  // Kills it if it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next line that the child said, waited for; empty after its end.
  std::string Hear();
  // SIGKILL, and waits for the end.
  void Kill();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int from_child_ = -1;
  int to_child_ = -1;
  std::string heard_;
};

// In the child.
std::string ChildArgument();
void SayToParent(const std::string& line);
// Until the parent is gone or kills this process.
void WaitForParent();

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_CHILD_TESTING_H_
