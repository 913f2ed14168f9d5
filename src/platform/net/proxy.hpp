#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi {

/// The proxy that every outgoing connection must use, if one is set.
struct Proxy {
  enum class Kind { http, https, socks5 };  // https: TLS to the proxy itself
  Kind kind = Kind::http;
  std::string host;  // without brackets
  std::string port;
  std::string user;
  Secret password;
  std::string setting;  // what names the proxy, for messages

  /// `setting` is the name of the setting that holds `url`. Reads `http://`, `https://`, `socks5://` or
  /// `socks5h://`, then `[user[:password]@]host[:port]`. The default ports are 80, 443 and 1080. Fails with
  /// VALIDATION; the message holds neither user nor password.
  static Result<Proxy> parse(std::string_view url, std::string setting);
  /// Returns the URL without user and password, for messages.
  std::string shown() const;
};

/// The client's side of opening a tunnel through a proxy, as a function of bytes: CONNECT (RFC 9110 §9.3.6)
/// or SOCKS5 (RFC 1928; user and password by RFC 1929). The proxy resolves the host name.
class ProxyHandshake {
 public:
  /// SOCKS5 cannot carry a host name longer than 255 bytes: the first feed() then fails. Proxy::parse()
  /// refuses longer credentials.
  ProxyHandshake(const Proxy& proxy, std::string_view host, std::uint16_t port);

  /// Returns the bytes to send now. Empty: wait for the proxy.
  std::string take_output() { return std::exchange(output_, std::string()); }
  /// Takes bytes that the proxy sent. Returns true when the tunnel is open, false while more must be sent or
  /// received. Fails with UPSTREAM_ERROR if the proxy refuses or breaks the protocol.
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
  std::string setting_;
  std::string host_;
  std::uint16_t port_;
  std::string input_;
  std::string output_;
};

}  // namespace papi
