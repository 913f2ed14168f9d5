#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi {

/// The one way out for everything that leaves this machine.
struct Proxy {
  enum class Kind { http, https, socks5 };  // https: the way to the proxy is TLS as well
  Kind kind = Kind::http;
  std::string host;  // without brackets
  std::string port;
  std::string user;
  Secret password;

  /// `http://`, `https://` or `socks5://`, then `[user[:password]@]host[:port]`. Ports default to 80, 443 and
  /// 1080. The Error names neither user nor password.
  static Result<Proxy> parse(std::string_view url);
  /// As it may be shown: without user and password.
  std::string shown() const;
};

/// The client's half of opening a tunnel through a proxy, as a function of bytes: CONNECT (RFC 9110, 9.3.6)
/// or SOCKS5 (RFC 1928; user and password by RFC 1929). Names are resolved by the proxy.
class ProxyHandshake {
 public:
  /// Host names and credentials above 255 bytes do not fit into SOCKS5: the first feed() then is an Error.
  ProxyHandshake(const Proxy& proxy, std::string_view host, std::uint16_t port);

  /// What is to be sent now; empty: wait for the proxy.
  std::string take_output() { return std::exchange(output_, std::string()); }
  /// Takes what the proxy sent. True: the tunnel is open.
  Result<bool> feed(std::string_view bytes);

 private:
  enum class Step { http_head, socks_method, socks_login, socks_reply };
  Result<bool> read_http_head();
  Result<bool> read_socks_method();
  Result<bool> read_socks_login();
  Result<bool> read_socks_reply();
  void ask_socks_for_target();

  Step step_;
  std::string user_;
  Secret password_;
  std::string host_;
  std::uint16_t port_;
  std::string input_;
  std::string output_;
};

}  // namespace papi
