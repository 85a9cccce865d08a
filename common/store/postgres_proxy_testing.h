// A network that fails on order, between a client and a PostgreSQL server.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_PROXY_TESTING_H_
#define BERDAYA_COMMON_STORE_POSTGRES_PROXY_TESTING_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace berdaya::store {

// Listens on a port of loopback and passes on what comes, until a client says the word that a fault waits for.
class PostgresProxy {
 public:
  enum class Fault {
    kNone,
    kCutBefore,  // what holds the word does not reach the server; both sides see the connection end
    kCutAfter,   // it does; its answer does not reach the client, and both sides see the connection end
    kSilence,    // it does; its answer does not reach the client, and neither side hears anything more
  };

  explicit PostgresProxy(int server_port);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  // For the next message that holds `word`, once.
  void FailAt(const std::string& word, Fault fault);
  // From now on: connections are cut at once when they come, or not.
  void Refuse(bool refuse) { refuse_ = refuse; }
  int port() const { return port_; }

 private:
  void Accept();
  void Pass(int client, int server);

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> refuse_ = false;
  std::string word_;  // set before fault_
  std::atomic<Fault> fault_ = Fault::kNone;
  std::thread acceptor_;
  std::vector<std::thread> connections_;  // of the acceptor
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_PROXY_TESTING_H_
