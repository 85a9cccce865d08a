#include "common/store/child_testing.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <vector>

#include "gmock/gmock.h"

extern char** environ;

namespace berdaya::store {
namespace {

constexpr char kChild[] = "--child";
// File descriptors of the child: what it hears from and says to its parent. Its own standard output stays free for what goes wrong.
constexpr int kFromParent = 30;
constexpr int kToParent = 31;

std::map<std::string, ChildRole::Run>& Roles() {
  static auto* const roles = new std::map<std::string, ChildRole::Run>();
  return *roles;
}

}  // namespace

ChildRole::ChildRole(const std::string& name, Run run) { Roles()[name] = run; }

Child::Child(const std::string& role, const std::string& argument) {
  int up[2];
  int down[2];
  if (pipe2(up, O_CLOEXEC) != 0 || pipe2(down, O_CLOEXEC) != 0) abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, down[0], kFromParent);
  posix_spawn_file_actions_adddup2(&actions, up[1], kToParent);
  std::vector<std::string> arguments = {"store_test", kChild, role, argument};
  std::vector<char*> argv;
  for (std::string& text : arguments) argv.push_back(text.data());
  argv.push_back(nullptr);
  if (posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ) != 0) abort();
  posix_spawn_file_actions_destroy(&actions);
  close(up[1]);
  close(down[0]);
  from_child_ = up[0];
  to_child_ = down[1];
}

Child::~Child() {
  Kill();
  close(from_child_);
  close(to_child_);
}

std::string Child::Hear() {
  size_t end;
  while ((end = heard_.find('\n')) == std::string::npos) {
    char buffer[4096];
    const ssize_t bytes = read(from_child_, buffer, sizeof(buffer));
    if (bytes <= 0) return "";
    heard_.append(buffer, static_cast<size_t>(bytes));
  }
  std::string line = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return line;
}

void Child::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void SayToParent(const std::string& line) {
  const std::string text = line + "\n";
  if (write(kToParent, text.data(), text.size()) < 0) _exit(1);
}

void WaitForParent() {
  char byte;
  while (read(kFromParent, &byte, 1) > 0) {
  }
}

}  // namespace berdaya::store

// In place of the test library's own: a child runs its role and no test.
int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == berdaya::store::kChild) {
    berdaya::store::Roles().at(argv[2])(argv[3]);
    return 0;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
