// Typed configuration: every option is declared once and bound to a field, whose value at that moment is the default.
//
//   Options options;
//   options.Add("store.cache_mib", &config.cache_mib, "Page cache, MiB", Bounds{1, 65536});
//   auto parsed = options.Parse(argc, argv, environ);
//
// A later source wins: default, file (--config=FILE or BERDAYA_CONFIG), environment (BERDAYA_STORE_CACHE_MIB), command line
// (--store.cache_mib=128). A file has lines `key = value`; a line that begins with # is a comment. An unknown key or a value that
// does not fit is an error that says where it stands, why, and what is allowed. One thread, at start; the bound fields must outlive
// Parse.
#ifndef BERDAYA_COMMON_SERVICE_CONFIG_H_
#define BERDAYA_COMMON_SERVICE_CONFIG_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace berdaya::service {

// Bounds of a whole number, both included.
struct Bounds {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
};

// Bounds of a duration, both included.
struct DurationBounds {
  absl::Duration min = absl::ZeroDuration();
  absl::Duration max = absl::InfiniteDuration();
};

// What a text may be.
struct TextRule {
  std::string allowed;                              // for people, such as "HOST:PORT"
  std::function<bool(const std::string&)> accepts;  // empty: anything
};

TextRule AnyText();
TextRule NotEmpty();
// HOST:PORT with a port of 0 to 65535; 0 lets the system choose.
TextRule HostPort();
// One or more HOST:PORT with commas between.
TextRule HostPortList();
TextRule OneOf(std::vector<std::string> choices);

// What the command line asks for.
struct Parsed {
  enum class Action { kRun, kHelp, kVersion, kPrintConfig };
  Action action = Action::kRun;
  // What is odd and no error: variables of the environment that begin with BERDAYA_ and are no option of this program.
  std::vector<std::string> warnings;
};

class Options {
 public:
  // Declares an option. Keys are lower-case words and numbers with dots between: store.url. A key declared twice is a programming
  // error and ends the process.
  void Add(std::string_view key, std::string* target, std::string_view doc, TextRule rule = AnyText());
  void Add(std::string_view key, int64_t* target, std::string_view doc, Bounds bounds = {});
  void Add(std::string_view key, int* target, std::string_view doc, Bounds bounds = {});
  void Add(std::string_view key, bool* target, std::string_view doc);
  // Written as 500ms, 30s, 1h30m.
  void Add(std::string_view key, absl::Duration* target, std::string_view doc, DurationBounds bounds = {});
  // The option is the path of a file that holds the secret; the target gets what is in it, without a newline at the end. The secret
  // is never printed. An empty path leaves the target empty.
  void AddSecretFile(std::string_view key, std::string* target, std::string_view doc);

  // Sets the bound fields from all sources; `environment` is a list of NAME=VALUE ended by nullptr. InvalidArgument: every error
  // found, one a line; the fields are then of no use. With kHelp and kVersion nothing but the command line is read.
  absl::StatusOr<Parsed> Parse(int argc, const char* const* argv, const char* const* environment);

  // Every option with its doc, its default and what is allowed.
  std::string Help() const;

  // The effective values in the form of a configuration file. Passwords in URLs are replaced by ***.
  std::string Print() const;

 private:
  struct Option {
    std::string key;
    std::string doc;
    std::string allowed;
    std::string default_text;
    bool is_bool = false;
    // Sets the target; false: the value does not fit.
    std::function<bool(const std::string&)> set;
    std::function<std::string()> print;
    // Whether the target's value is allowed as it is; empty: always.
    std::function<bool()> holds;
    bool show_value = true;  // in errors
  };

  // A value and where it stands, for errors.
  struct Setting {
    std::string where;
    std::string key;
    std::string value;
  };

  void Declare(Option option);
  const Option* Find(std::string_view key) const;
  std::string Unknown(const Setting& setting) const;
  void Apply(const Setting& setting, std::vector<std::string>& errors) const;
  void ReadFile(const std::string& path, std::vector<Setting>& settings, std::vector<std::string>& errors) const;
  void ReadEnvironment(const char* const* environment, std::vector<Setting>& settings, Parsed& parsed) const;
  void ReadCommandLine(int argc, const char* const* argv, std::vector<Setting>& settings, Parsed& parsed,
                       std::vector<std::string>& errors) const;

  std::vector<Option> options_;
};

}  // namespace berdaya::service

#endif  // BERDAYA_COMMON_SERVICE_CONFIG_H_
