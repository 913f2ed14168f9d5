#include "app/log_level_command.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>

#include "platform/base/json_writer.hpp"
#include "platform/base/run_here.hpp"
#include "platform/net/http_client.hpp"
#include "platform/net/ip_address.hpp"
#include "tester/upstream_target.hpp"

namespace papi::app {
namespace {

constexpr std::int64_t longest_seconds = 86'400;

/// Returns a text of an answer, or an empty text.
std::string text_in(const boost::json::value& answer, std::string_view name) {
  const auto* object = answer.if_object();
  const auto* value =
      object ? object->if_contains(boost::json::string_view(name.data(), name.size())) : nullptr;
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

boost::json::value parsed(const std::string& body) {
  boost::json::error_code ec;
  boost::json::value answer = boost::json::parse(body, ec);
  return ec ? boost::json::value() : answer;
}

int refuse(const Error& error) {
  std::fprintf(stderr, "profile-api log-level: %s\n", visible(to_utf8(error.message)).c_str());
  return error.code == ErrorCode::validation ? 3 : 1;
}

}  // namespace

LogLevelCommand::LogLevelCommand(CLI::App& cli) {
  command_ = cli.add_subcommand("log-level", "Change the log level of a running service for a time");
  command_->add_option("level", level_, "DEBUG, INFO, WARNING, ERROR or CRITICAL; DEFAULT ends the change")
      ->required()
      ->transform(
          CLI::IsMember({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "DEFAULT"}, CLI::ignore_case));
  command_->add_option("--component", component_, "Only of this component, such as live; default: all");
  command_
      ->add_option("--seconds", seconds_,
                   "For how long, at most " + std::to_string(longest_seconds) + "; default: 900")
      ->check(CLI::Range(std::int64_t{1}, longest_seconds));
  command_->add_option("--url", url_, "The service; default: that of HOST, PORT and BASE_PATH here");
}

int LogLevelCommand::run(const Settings& settings) const {
  const Secret& key = settings.command_key.empty() ? settings.auth.admin_api_key : settings.command_key;
  if (key.empty())
    return refuse(Error(ErrorCode::validation, "no key: set PROFILE_API_KEY to the key of an admin"));
  const auto url = address(settings);
  if (!url) return refuse(url.error());
  const auto done = call(*url + "/monitoring/log-level", key.reveal());
  if (!done) return refuse(done.error());
  std::printf("%s\n", visible(to_utf8(*done)).c_str());
  return 0;
}

Result<std::string> LogLevelCommand::address(const Settings& settings) const {
  if (!url_.empty()) {
    const auto target = tester::UpstreamTarget::parse(url_);
    if (!target) return Error(ErrorCode::validation, "--url: " + target.error().message);
    return (target->secure ? "https://" : "http://") + target->authority + target->path;
  }
  if (!settings.auth.tls_cert_file.empty())
    return Error(ErrorCode::validation, "the service has TLS: give its name with --url https://NAME:" +
                                            std::to_string(settings.port));
  return "http://" + local_host_and_port(settings.host, static_cast<std::uint16_t>(settings.port)) +
         settings.base_path;
}

Result<std::string> LogLevelCommand::call(const std::string& url, const std::string& key) const {
  std::string body;
  JsonWriter out(body);
  out.open();
  out.field("level", level_);
  if (!component_.empty()) out.field("component", component_);
  if (level_ != "DEFAULT") out.field("duration_seconds", seconds_);
  out.close();
  RunHere here;  // before the client, whose thread posts to it
  HttpClient client(HttpClient::Options{});
  const RunHere::Make<Result<HttpReply>> ask = [&](Executor executor) {
    HttpCall request;
    request.url = url;
    request.headers = {"Content-Type: application/json", "X-API-Key: " + key};
    request.post_body = body;
    request.max_body = 64 * 1024;
    return client.fetch(executor, std::move(request));
  };
  TRY(const HttpReply reply, here.blocking<Result<HttpReply>>(ask));
  const boost::json::value answer = parsed(reply.body);
  if (reply.status != 200) {
    const std::string why = text_in(answer, "message");
    return Error(ErrorCode::upstream_error,
                 url + " answered " + std::to_string(reply.status) + (why.empty() ? "" : ": " + why));
  }
  const std::string until = text_in(answer, "until");
  return "The log level of " + (component_.empty() ? "the service" : component_) + " is " +
         text_in(answer, "level") + (until.empty() ? ", as configured" : " until " + until);
}

}  // namespace papi::app
