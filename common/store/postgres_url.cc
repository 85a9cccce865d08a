#include "common/store/postgres_url.h"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace berdaya::store {
namespace {

absl::Status Refuse(absl::string_view what) { return absl::InvalidArgumentError(absl::StrCat("url: postgresql: ", what)); }

constexpr char kEncode[] = "write @ : / ? # % in a user or password as %40 %3A %2F %3F %23 %25";

// libpq quotes the part it stumbled over, which may be one of a password that was not encoded.
std::string WithoutQuotes(absl::string_view message) {
  return std::string(absl::StripSuffix(absl::StripAsciiWhitespace(message.substr(0, message.find('"'))), ":"));
}

// An @ that libpq would read as part of a host or database, with a part of the password before it.
bool IsSplitElsewhere(absl::string_view url) {
  absl::string_view rest = url.substr(0, url.find('?'));
  rest.remove_prefix(rest.find("://") + 3);
  const size_t at = rest.find('@');
  return at != absl::string_view::npos && (rest.find('/') < at || rest.find('@', at + 1) != absl::string_view::npos);
}

bool IsPort(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c) || c == ','; });
}

// What libpq leaves open. A URL may say otherwise.
const std::pair<const char*, const char*> kDefaults[] = {
    {"connect_timeout", "5"},                  // seconds, for each host
    {"keepalives_idle", "10"},                 // a server that is gone without a word is noticed after 10 + 3 * 5 seconds
    {"keepalives_interval", "5"},              //
    {"keepalives_count", "3"},                 //
    {"tcp_user_timeout", "25000"},             // milliseconds until what was sent has to be acknowledged
    {"target_session_attrs", "read-write"},    // after a failover the new primary, and no standby
    {"fallback_application_name", "berdaya"},  //
};

}  // namespace

absl::StatusOr<PostgresAddress> ParsePostgresUrl(const std::string& url) {
  if (IsSplitElsewhere(url)) return Refuse(kEncode);
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &message),
                                                                            &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> held(message, &PQfreemem);
  if (parsed == nullptr) return Refuse(absl::StrCat(WithoutQuotes(message == nullptr ? "out of memory" : message), "; ", kEncode));

  std::map<std::string, std::string> given;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') given[option->keyword] = option->val;
  }
  if (!IsPort(given["port"])) return Refuse(absl::StrCat("the port is not a number; ", kEncode));
  if (given["dbname"].empty()) return Refuse("no database is named: postgresql://host/database");
  PostgresAddress address;
  address.name = absl::StrCat("postgresql://", given["host"].empty() ? given["hostaddr"] : given["host"],
                              given["port"].empty() ? "" : ":", given["port"], "/", given["dbname"]);
  for (const auto& [keyword, value] : kDefaults) given.try_emplace(keyword, value);
  given["client_encoding"] = "UTF8";
  for (auto& [keyword, value] : given) {
    if (!value.empty()) address.options.emplace_back(keyword, std::move(value));
  }
  return address;
}

}  // namespace berdaya::store
