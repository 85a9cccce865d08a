#include "common/service/config.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berdaya::service {
namespace {

constexpr const char* kPrefix = "BERDAYA_";
constexpr const char* kConfigVariable = "BERDAYA_CONFIG";
// Of the test tools, not of the services: never an option and never worth a warning.
constexpr const char* kTestPrefix = "BERDAYA_TEST_";

std::string Trim(const std::string& s) { return std::string(absl::StripAsciiWhitespace(s)); }

std::string VariableOf(const std::string& key) {
  return absl::StrCat(kPrefix, absl::AsciiStrToUpper(absl::StrReplaceAll(key, {{".", "_"}})));
}

bool IsHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string port = text.substr(colon + 1);
  int number = -1;
  if (port.empty() || !std::all_of(port.begin(), port.end(), absl::ascii_isdigit)) return false;
  return absl::SimpleAtoi(port, &number) && number <= 65535;
}

bool ParseBool(const std::string& text, bool* out) {
  if (text == "true" || text == "1" || text == "yes") return *out = true, true;
  if (text == "false" || text == "0" || text == "no") return *out = false, true;
  return false;
}

template <class Int>
bool ParseInt(const std::string& text, Bounds bounds, Int* out) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < bounds.min || number > bounds.max) return false;
  *out = static_cast<Int>(number);
  return true;
}

std::string Describe(Bounds bounds) {
  const Bounds none;
  if (bounds.min == none.min && bounds.max == none.max) return "a whole number";
  if (bounds.max == none.max) return absl::StrCat("a whole number from ", bounds.min);
  return absl::StrCat("a whole number from ", bounds.min, " to ", bounds.max);
}

std::string Describe(DurationBounds bounds) {
  std::string text = "a duration such as 500ms, 30s or 1h30m";
  if (bounds.min > absl::ZeroDuration()) absl::StrAppend(&text, ", from ", absl::FormatDuration(bounds.min));
  if (bounds.max < absl::InfiniteDuration()) absl::StrAppend(&text, ", to ", absl::FormatDuration(bounds.max));
  return text;
}

// The password of scheme://user:password@host and of password=... in a list of parameters.
std::string HidePasswords(const std::string& text) {
  std::string out = text;
  const size_t scheme = out.find("://");
  const size_t at = scheme == std::string::npos ? std::string::npos : out.find('@', scheme);
  const size_t colon = at == std::string::npos ? std::string::npos : out.find(':', scheme + 3);
  if (colon != std::string::npos && colon < at) out.replace(colon + 1, at - colon - 1, "***");
  const std::string parameter = "password=";
  const size_t start = out.find(parameter);
  if (start != std::string::npos) {
    const size_t from = start + parameter.size();
    const size_t end = std::min(out.size(), out.find_first_of(" &", from));
    out.replace(from, end - from, "***");
  }
  return out;
}

// Edits (insert, delete, replace) between two words.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replace = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

void CheckKey(const std::string& key) {
  const bool good = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '_';
  });
  if (good) return;
  std::fprintf(stderr, "option %s: a key is lower-case words with dots between\n", key.c_str());
  std::abort();
}

}  // namespace

TextRule AnyText() { return {"text", nullptr}; }

TextRule NotEmpty() {
  return {"text, not empty", [](const std::string& s) { return !s.empty(); }};
}

TextRule HostPort() { return {"HOST:PORT, port 0 to 65535 (0: the system chooses)", IsHostPort}; }

TextRule HostPortList() {
  return {"HOST:PORT[,HOST:PORT...]", [](const std::string& s) {
            const std::vector<std::string> parts = absl::StrSplit(s, ',');
            return std::all_of(parts.begin(), parts.end(), IsHostPort);
          }};
}

TextRule OneOf(std::vector<std::string> choices) {
  std::string allowed = absl::StrJoin(choices, ", ");
  return {std::move(allowed), [choices = std::move(choices)](const std::string& s) {
            return std::find(choices.begin(), choices.end(), s) != choices.end();
          }};
}

void Options::Declare(Option option) {
  CheckKey(option.key);
  for (const Option& other : options_) {
    if (VariableOf(other.key) != VariableOf(option.key)) continue;
    std::fprintf(stderr, "option %s is declared twice\n", option.key.c_str());
    std::abort();
  }
  option.default_text = option.print();
  options_.push_back(std::move(option));
}

void Options::Add(std::string_view key, std::string* target, std::string_view doc, TextRule rule) {
  Option option{std::string(key), std::string(doc), rule.allowed};
  const auto accepts = [rule = std::move(rule.accepts)](const std::string& text) { return !rule || rule(text); };
  option.set = [target, accepts](const std::string& text) {
    if (!accepts(text)) return false;
    *target = text;
    return true;
  };
  option.holds = [target, accepts] { return accepts(*target); };
  option.print = [target] { return HidePasswords(*target); };
  Declare(std::move(option));
}

void Options::Add(std::string_view key, int64_t* target, std::string_view doc, Bounds bounds) {
  Option option{std::string(key), std::string(doc), Describe(bounds)};
  option.set = [target, bounds](const std::string& text) { return ParseInt(text, bounds, target); };
  option.print = [target] { return absl::StrCat(*target); };
  Declare(std::move(option));
}

void Options::Add(std::string_view key, int* target, std::string_view doc, Bounds bounds) {
  bounds.min = std::max<int64_t>(bounds.min, std::numeric_limits<int>::min());
  bounds.max = std::min<int64_t>(bounds.max, std::numeric_limits<int>::max());
  Option option{std::string(key), std::string(doc), Describe(bounds)};
  option.set = [target, bounds](const std::string& text) { return ParseInt(text, bounds, target); };
  option.print = [target] { return absl::StrCat(*target); };
  Declare(std::move(option));
}

void Options::Add(std::string_view key, bool* target, std::string_view doc) {
  Option option{std::string(key), std::string(doc), "true or false"};
  option.is_bool = true;
  option.set = [target](const std::string& text) { return ParseBool(text, target); };
  option.print = [target] { return std::string(*target ? "true" : "false"); };
  Declare(std::move(option));
}

void Options::Add(std::string_view key, absl::Duration* target, std::string_view doc, DurationBounds bounds) {
  Option option{std::string(key), std::string(doc), Describe(bounds)};
  option.set = [target, bounds](const std::string& text) {
    absl::Duration duration;
    if (!absl::ParseDuration(text, &duration) || duration < bounds.min || duration > bounds.max) return false;
    *target = duration;
    return true;
  };
  option.print = [target] { return absl::FormatDuration(*target); };
  Declare(std::move(option));
}

void Options::AddSecretFile(std::string_view key, std::string* target, std::string_view doc) {
  Option option{std::string(key), std::string(doc), "the path of a readable file"};
  auto path = std::make_shared<std::string>();
  option.set = [target, path](const std::string& text) {
    *path = text;
    target->clear();
    if (text.empty()) return true;
    std::ifstream file(text, std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf())) return false;
    *target = content.str();
    while (!target->empty() && (target->back() == '\n' || target->back() == '\r')) target->pop_back();
    return true;
  };
  option.print = [path] { return *path; };
  // Somebody who sets the secret itself by mistake should not find it in a log.
  option.show_value = false;
  Declare(std::move(option));
}

const Options::Option* Options::Find(std::string_view key) const {
  for (const Option& option : options_) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::string Options::Unknown(const Setting& setting) const {
  const auto nearer = [&](const Option& a, const Option& b) { return Distance(a.key, setting.key) < Distance(b.key, setting.key); };
  const auto nearest = std::min_element(options_.begin(), options_.end(), nearer);
  std::string text = absl::StrCat(setting.where, ": unknown key ", setting.key);
  if (nearest != options_.end()) absl::StrAppend(&text, "; the nearest known key is ", nearest->key);
  return text;
}

void Options::Apply(const Setting& setting, std::vector<std::string>& errors) const {
  const Option* option = Find(setting.key);
  if (option == nullptr) {
    errors.push_back(Unknown(setting));
  } else if (!option->set(setting.value)) {
    const std::string value = option->show_value ? absl::StrCat(" = ", HidePasswords(setting.value)) : "";
    errors.push_back(absl::StrCat(setting.where, ": ", setting.key, value, ": not allowed; allowed is ", option->allowed));
  }
}

void Options::ReadFile(const std::string& path, std::vector<Setting>& settings, std::vector<std::string>& errors) const {
  std::ifstream file(path);
  if (!file) {
    errors.push_back(absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
    return;
  }
  std::map<std::string, int> seen;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string text = Trim(line);
    if (text.empty() || text.front() == '#') continue;
    const std::string where = absl::StrCat(path, ":", number);
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      errors.push_back(absl::StrCat(where, ": not of the form key = value"));
      continue;
    }
    const std::string key = Trim(text.substr(0, equals));
    const auto [first, is_new] = seen.emplace(key, number);
    if (!is_new) {
      errors.push_back(absl::StrCat(where, ": ", key, " is set a second time; first in line ", first->second));
      continue;
    }
    settings.push_back({where, key, Trim(text.substr(equals + 1))});
  }
  if (file.bad()) errors.push_back(absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
}

void Options::ReadEnvironment(const char* const* environment, std::vector<Setting>& settings, Parsed& parsed) const {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::pair<std::string, std::string> entry = absl::StrSplit(*environment, absl::MaxSplits('=', 1));
    const std::string& name = entry.first;
    if (!absl::StartsWith(name, kPrefix) || name == kConfigVariable || absl::StartsWith(name, kTestPrefix)) continue;
    const auto option = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return VariableOf(o.key) == name; });
    if (option != options_.end()) {
      settings.push_back({absl::StrCat("environment ", name), option->key, entry.second});
    } else {
      // Several programs may share one environment, so this is no error.
      parsed.warnings.push_back(absl::StrCat("environment ", name, " is no option of this program"));
    }
  }
}

void Options::ReadCommandLine(int argc, const char* const* argv, std::vector<Setting>& settings, Parsed& parsed,
                              std::vector<std::string>& errors) const {
  for (int i = 1; i < argc; ++i) {
    absl::string_view text = argv[i];
    if (!absl::ConsumePrefix(&text, "--") || text.empty()) {
      errors.push_back(absl::StrCat("command line: ", argv[i], ": not of the form --key=value; --help shows every option"));
      continue;
    }
    if (text == "help") parsed.action = Parsed::Action::kHelp;
    if (text == "version" && parsed.action != Parsed::Action::kHelp) parsed.action = Parsed::Action::kVersion;
    if (text == "print-config" && parsed.action == Parsed::Action::kRun) parsed.action = Parsed::Action::kPrintConfig;
    if (text == "help" || text == "version" || text == "print-config") continue;
    const size_t equals = text.find('=');
    Setting setting{"command line", std::string(text.substr(0, equals)), ""};
    const Option* option = Find(setting.key);
    if (equals != absl::string_view::npos) {
      setting.value = std::string(text.substr(equals + 1));
    } else if (option != nullptr && option->is_bool) {
      setting.value = "true";
    } else if (option == nullptr && setting.key != "config") {
      errors.push_back(Unknown(setting));
      continue;
    } else if (++i < argc) {
      setting.value = argv[i];
    } else {
      errors.push_back(absl::StrCat("command line: --", setting.key, ": a value is missing"));
      continue;
    }
    settings.push_back(std::move(setting));
  }
}

absl::StatusOr<Parsed> Options::Parse(int argc, const char* const* argv, const char* const* environment) {
  Parsed parsed;
  std::vector<std::string> errors;
  std::vector<Setting> command_line;
  ReadCommandLine(argc, argv, command_line, parsed, errors);
  if (parsed.action == Parsed::Action::kHelp || parsed.action == Parsed::Action::kVersion) return parsed;

  std::string file;
  for (const char* const* e = environment; e != nullptr && *e != nullptr; ++e) {
    absl::string_view entry = *e;
    if (absl::ConsumePrefix(&entry, absl::StrCat(kConfigVariable, "="))) file = std::string(entry);
  }
  const auto is_config = [](const Setting& s) { return s.key == "config"; };
  for (const Setting& setting : command_line) {
    if (is_config(setting)) file = setting.value;
  }
  std::erase_if(command_line, is_config);

  std::vector<Setting> settings;
  if (!file.empty()) ReadFile(file, settings, errors);
  ReadEnvironment(environment, settings, parsed);
  settings.insert(settings.end(), command_line.begin(), command_line.end());
  for (const Setting& setting : settings) Apply(setting, errors);
  // A default may be one that has to be replaced, such as an empty path.
  for (const Option& option : options_) {
    const bool was_set = std::any_of(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == option.key; });
    if (was_set || !option.holds || option.holds()) continue;
    errors.push_back(absl::StrCat(option.key, " must be set; allowed is ", option.allowed));
  }
  if (!errors.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
  return parsed;
}

std::string Options::Help() const {
  std::string text =
      "Options, in rising precedence: a line `key = value` in a file, BERDAYA_<KEY> in the environment with _ for ., "
      "--key=value.\n\n"
      "  --config=FILE    reads a configuration file (or BERDAYA_CONFIG)\n"
      "  --print-config   prints the effective configuration and ends\n"
      "  --help           prints this and ends\n"
      "  --version        prints the version and ends\n\n";
  for (const Option& option : options_) {
    absl::StrAppend(&text, "  --", option.key, "=", option.default_text, "\n      ", option.doc,
                    "\n      Allowed: ", option.allowed, ".\n");
  }
  return text;
}

std::string Options::Print() const {
  std::string text;
  for (const Option& option : options_) absl::StrAppend(&text, "# ", option.doc, "\n", option.key, " = ", option.print(), "\n");
  return text;
}

}  // namespace berdaya::service
