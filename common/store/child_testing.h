// A second process in a test: the same program, which then runs one function instead of its tests.
#ifndef BERDAYA_COMMON_STORE_CHILD_TESTING_H_
#define BERDAYA_COMMON_STORE_CHILD_TESTING_H_

#include <sys/types.h>

#include <string>

namespace berdaya::store {

// What a child runs, under a name: a constant of a test file, so that it is there before main.
class ChildRole {
 public:
  using Run = void (*)(const std::string& argument);
  ChildRole(const std::string& name, Run run);
};

class Child {
 public:
  // Starts a process that runs the role named so with `argument`, and ends.
  Child(const std::string& role, const std::string& argument);
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
void SayToParent(const std::string& line);
// Until the parent is gone or kills this process.
void WaitForParent();

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_CHILD_TESTING_H_
