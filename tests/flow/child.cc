#include "tests/flow/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/time/clock.h"

namespace berdaya::flow::testing {
namespace {

int MillisUntil(absl::Time deadline) {
  return static_cast<int>(std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now())));
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
             const std::string& errors_file)
    : errors_file_(errors_file) {
  ::signal(SIGPIPE, SIG_IGN);  // a line to a process that has ended is lost, no more
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> arguments = Pointers(command);
  const std::vector<char*> settings = Pointers(variables);
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) abort();
  const int errors = open(errors_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // of the thread that starts it, which waits for it
    ::signal(SIGPIPE, SIG_DFL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(errors, 2);
    execve(arguments[0], arguments.data(), settings.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  close(errors);
  to_ = in[1];
  from_ = out[0];
}

Child::~Child() {
  if (!ended) {
    Signal(SIGKILL);
    AwaitEnd();
  }
  close(to_);
  close(from_);
}

void Child::Tell(const std::string& line) {
  const std::string text = line + "\n";
  if (write(to_, text.data(), text.size()) < 0) return;  // it has ended; whoever waits for the answer will see that
}

std::string Child::Await(const std::string& start, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (true) {
    for (size_t end; (end = read_.find('\n')) != std::string::npos;) {
      const std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      if (line.rfind(start, 0) == 0) return line;
    }
    pollfd ready{from_, POLLIN, 0};
    if (poll(&ready, 1, MillisUntil(deadline)) <= 0) return {};
    char buffer[4096];
    const ssize_t count = read(from_, buffer, sizeof(buffer));
    if (count <= 0) return {};
    read_.append(buffer, static_cast<size_t>(count));
  }
}

bool Child::AwaitEnd(absl::Duration patience) {
  if (ended) return true;
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd ready{handle, POLLIN, 0};
  const int polled = poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(patience)));
  close(handle);
  if (polled <= 0) return false;
  int status = 0;
  waitpid(pid_, &status, 0);
  ended = true;
  if (WIFEXITED(status)) exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) signal = WTERMSIG(status);
  return true;
}

void Child::Signal(int number) {
  if (!ended && pid_ > 0) kill(pid_, number);
}

bool Child::AwaitErrors(const std::string& text, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Errors().find(text) == std::string::npos) {
    if (absl::Now() > deadline || AwaitEnd(absl::Milliseconds(20))) return Errors().find(text) != std::string::npos;
  }
  return true;
}

std::string Child::Errors() const {
  std::ifstream file(errors_file_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace berdaya::flow::testing
