// The URL of a PostgreSQL database: postgresql://user@host:5432/database?options=-csearch_path%3Dregistry
#ifndef BERDAYA_COMMON_STORE_POSTGRES_URL_H_
#define BERDAYA_COMMON_STORE_POSTGRES_URL_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berdaya::store {

// How to reach a database.
struct PostgresAddress {
  std::vector<std::pair<std::string, std::string>> options;  // libpq's keywords and their values, secrets among them
  std::string name;                                          // host, port and database, for messages: no secret
};

// InvalidArgument, naming what is wrong and no part of a password, if the URL cannot be meant. Adds what libpq leaves open: an end
// to waiting for a server that is gone, and that the server must take writes.
absl::StatusOr<PostgresAddress> ParsePostgresUrl(const std::string& url);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_URL_H_
