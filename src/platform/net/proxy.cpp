#include "platform/net/proxy.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "platform/base/text.hpp"
#include "platform/net/ip_address.hpp"

namespace papi {
namespace {

constexpr std::size_t max_http_head = 16 * 1024;
constexpr char socks_version = 5;
constexpr char login_version = 1;
constexpr char no_login = 0;
constexpr char with_login = 2;

Error refused(const std::string& why) { return Error(ErrorCode::upstream_error, "the proxy " + why); }

std::string_view socks_reason(unsigned char code) {
  constexpr std::string_view reasons[] = {"",
                                          "failed",
                                          "does not allow this connection",
                                          "cannot reach the network",
                                          "cannot reach the host",
                                          "was refused by the host",
                                          "got no answer from the host in time",
                                          "does not know CONNECT",
                                          "does not know this kind of address"};
  return code < std::size(reasons) ? reasons[code] : reasons[1];
}

/// Returns the length in one byte, then the text, as SOCKS5 writes names. The text must not be longer than
/// 255 bytes.
std::string counted(std::string_view text) {
  return std::string(1, static_cast<char>(text.size())) + std::string(text);
}

}  // namespace

Result<Proxy> Proxy::parse(std::string_view text, std::string setting) {
  const Error fault(ErrorCode::validation,
                    "must be http://, https:// or socks5://, then [user:password@]host[:port]");
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url || url->host().empty() || url->has_query() || url->has_fragment()) return fault;
  if (!url->encoded_path().empty() && url->encoded_path() != "/") return fault;
  Proxy proxy;
  proxy.setting = std::move(setting);
  const std::string scheme = to_lower_ascii(std::string(url->scheme()));
  if (scheme == "http") {
    proxy.kind = Kind::http;
    proxy.port = "80";
  } else if (scheme == "https") {
    proxy.kind = Kind::https;
    proxy.port = "443";
  } else if (scheme == "socks5" || scheme == "socks5h") {
    proxy.kind = Kind::socks5;
    proxy.port = "1080";
  } else {
    return fault;
  }
  if (url->has_port() && !url->port().empty()) {
    if (url->port_number() == 0) return fault;
    proxy.port = std::to_string(url->port_number());
  }
  proxy.host = url->host_address();
  proxy.user = url->user();
  proxy.password = Secret(url->password());
  if (proxy.user.size() > 255 || proxy.password.reveal().size() > 255) return fault;
  for (const std::string& part : {proxy.user, proxy.password.reveal()}) {
    for (const char c : part) {
      if (static_cast<unsigned char>(c) < ' ') return fault;
    }
  }
  return proxy;
}

std::string Proxy::shown() const {
  const std::string_view scheme = kind == Kind::http ? "http" : kind == Kind::https ? "https" : "socks5";
  const bool v6 = host.find(':') != std::string::npos;
  return std::string(scheme) + "://" + (v6 ? "[" + host + "]" : host) + ":" + port;
}

ProxyHandshake::ProxyHandshake(const Proxy& proxy, std::string_view host, std::uint16_t port)
    : step_(proxy.kind == Proxy::Kind::socks5 ? Step::socks_method : Step::http_head),
      user_(proxy.user),
      password_(proxy.password),
      setting_(proxy.setting),
      host_(host),
      port_(port) {
  const bool login = !user_.empty();
  if (step_ == Step::socks_method) {
    output_ = {socks_version, static_cast<char>(login ? 2 : 1), no_login};
    if (login) output_ += with_login;
    return;
  }
  const bool v6 = host.find(':') != std::string_view::npos;
  const std::string authority = (v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port);
  output_ = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (login) output_ += "Proxy-Authorization: Basic " + base64(user_ + ":" + password_.reveal()) + "\r\n";
  output_ += "\r\n";
}

Result<bool> ProxyHandshake::feed(std::string_view bytes) {
  input_ += bytes;
  for (;;) {
    const Step before = step_;
    Result<bool> open = false;
    switch (step_) {
      case Step::http_head:
        open = read_http_head();
        break;
      case Step::socks_method:
        open = read_socks_method();
        break;
      case Step::socks_login:
        open = read_socks_login();
        break;
      case Step::socks_reply:
        open = read_socks_reply();
        break;
    }
    if (!open) return open;
    // The targets of our tunnels send nothing before the client does. So bytes behind the proxy's answer are
    // an error.
    if (*open && !input_.empty()) return refused("sent more than its answer");
    if (*open || step_ == before) return open;
  }
}

Result<bool> ProxyHandshake::read_http_head() {
  const auto end = input_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (input_.size() > max_http_head) return refused("sent too long an answer");
    return false;
  }
  const std::string_view head = std::string_view(input_).substr(0, end);
  const bool http = head.starts_with("HTTP/1.") && head.size() >= 12 && head[8] == ' ';
  const auto status = http ? parse_int(head.substr(9, 3)) : std::nullopt;
  if (!status) return refused("does not speak HTTP");
  if (*status == 407) return refused("wants other credentials (HTTP 407): see " + setting_);
  if (*status < 200 || *status > 299)
    return refused("refused the tunnel (HTTP " + std::to_string(*status) + ")");
  input_.erase(0, end + 4);
  return true;
}

Result<bool> ProxyHandshake::read_socks_method() {
  if (host_.size() > 255) return refused("cannot be asked for so long a host name");
  if (input_.size() < 2) return false;
  if (input_[0] != socks_version) return refused("does not speak SOCKS5");
  const char method = input_[1];
  input_.erase(0, 2);
  if (method == with_login && !user_.empty()) {
    output_ += login_version + counted(user_) + counted(password_.reveal());
    step_ = Step::socks_login;
    return false;
  }
  if (method != no_login) return refused("wants credentials: see " + setting_);
  ask_socks_for_target();
  return false;
}

Result<bool> ProxyHandshake::read_socks_login() {
  if (input_.size() < 2) return false;
  if (input_[0] != login_version || input_[1] != 0)
    return refused("wants other credentials: see " + setting_);
  input_.erase(0, 2);
  ask_socks_for_target();
  return false;
}

void ProxyHandshake::ask_socks_for_target() {
  constexpr char connect = 1, v4 = 1, name = 3, v6 = 4;
  output_ += {socks_version, connect, '\0'};
  const auto address = parse_ip_address(host_);
  if (!address) {
    output_ += name + counted(host_);
  } else if (address->is_v4()) {
    output_ += v4;
    for (const unsigned char byte : address->to_v4().to_bytes()) output_ += static_cast<char>(byte);
  } else {
    output_ += v6;
    for (const unsigned char byte : address->to_v6().to_bytes()) output_ += static_cast<char>(byte);
  }
  output_ += static_cast<char>(port_ >> 8);
  output_ += static_cast<char>(port_ & 0xFF);
  step_ = Step::socks_reply;
}

Result<bool> ProxyHandshake::read_socks_reply() {
  if (input_.size() < 5) return false;
  if (input_[0] != socks_version) return refused("does not speak SOCKS5");
  if (input_[1] != 0) return refused(std::string(socks_reason(static_cast<unsigned char>(input_[1]))));
  std::size_t size = 0;  // of the address that the proxy connects from
  switch (input_[3]) {
    case 1:
      size = 4;
      break;
    case 3:
      size = 1u + static_cast<unsigned char>(input_[4]);
      break;
    case 4:
      size = 16;
      break;
    default:
      return refused("does not speak SOCKS5");
  }
  if (input_.size() < 4 + size + 2) return false;
  input_.erase(0, 4 + size + 2);
  return true;
}

}  // namespace papi
