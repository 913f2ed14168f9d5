#include "auth/authenticate.hpp"

#include "access/permissions.hpp"
#include "auth/account_fixture.hpp"
#include "auth/bootstrap.hpp"
#include "platform/http/middlewares.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {
namespace {

http::Request request_with(std::string_view header, std::string_view value) {
  http::Request request;
  request.headers.push_back({header, value});
  return request;
}
http::Request request_with_query(std::string_view query) {
  http::Request request;
  request.query = query;
  return request;
}

std::optional<std::uint32_t> bit_of_type(std::string_view name) {
  if (name == "comment") return 1u;
  if (name == "gift") return 4u;
  return std::nullopt;
}

/// Passes requests to the middleware as the pipeline does.
struct AuthenticateTest : AccountTest {
  AuthenticateTest() {
    page.permission = permission::read;
    picture = page;
    picture.query_credentials = true;
    socket = page;
    socket.websocket = true;
    socket.session_scoped = true;
    open.optional_auth = false;
    optional = open;
    optional.optional_auth = true;
  }

  struct Outcome {
    std::optional<Error> refusal;
    http::Caller caller;
    /// The username of the caller, `nobody`, or the message of the refusal.
    std::string text() const {
      if (refusal) return refusal->message;
      return caller.known() ? caller.username : "nobody";
    }
  };
  Outcome ask(const http::Route& route, const http::Request& request, const std::string& session = "") {
    return ask(*running->cache, route, request, session);
  }
  Outcome ask(AccountCache& cache, const http::Route& route, http::Request request,
              const std::string& session = "") {
    const Authenticate authenticate(
        {cache, running->signer, tickets, *running->audit, buckets, failures, log, clock},
        CallerOptions{keys_used, stream_tokens_used, bit_of_type, share_sessions});
    if (request.client_address.empty()) request.client_address = "192.0.2.1";
    http::Exchange exchange(request, executor());
    exchange.route = &route;
    if (!session.empty()) {
      exchange.params.values[0] = session;
      exchange.params.count = 1;
    }
    std::optional<Error> refusal = authenticate.enter(exchange);
    return {std::move(refusal), exchange.caller};
  }
  MadeKey key_of(const User& user) {
    auto made = run(keys().make(actor(user), user, NewKey{"k", std::nullopt, std::nullopt}));
    EXPECT_TRUE(made);
    return made ? *made : MadeKey();
  }
  MadeStreamToken stream_token_of(const User& user, NewStreamToken wanted, const std::string& key_id = "") {
    Actor maker = actor(user);
    maker.key_id = key_id;
    auto made = run(stream_tokens().make(maker, user, std::move(wanted)));
    EXPECT_TRUE(made);
    return made ? *made : MadeStreamToken();
  }
  /// What GET-like requests with the token get: the text of the outcome of both middlewares.
  std::string authorize(const http::Route& route, const http::Request& request, const std::string& session) {
    const Outcome outcome = ask(route, request, session);
    if (outcome.refusal) return outcome.refusal->message;
    http::Exchange exchange(request, executor());
    exchange.route = &route;
    exchange.caller = outcome.caller;
    exchange.params.values[0] = session;
    exchange.params.count = 1;
    const auto refusal = http::Authorize(permission::name_of).enter(exchange);
    return refusal ? refusal->message : "in";
  }
  std::string bearer(const char* username) {
    const auto pair = login(username, good);
    EXPECT_TRUE(pair);
    return pair ? "Bearer " + pair->access.reveal() : "";
  }

  Actor nobody_but_admin() const {
    Actor admin = nobody();
    admin.permissions = every_permission;
    return admin;
  }

  http::Route page, picture, socket, open, optional;
  Tickets tickets{clock};
  TokenBuckets buckets;
  RateLimit failures{3, std::chrono::seconds(60), 0};
  LastUsed keys_used, stream_tokens_used;
  bool share_sessions = false;
};

TEST_F(AuthenticateTest, the_key_counts_before_the_token_and_the_token_before_the_query) {
  const std::string key = key_of(make("ann")).secret.reveal();
  make("bob");
  make("cid");
  const std::string token = bearer("bob"), query = "token=" + bearer("cid").substr(7);
  http::Request request = request_with_query(query);
  EXPECT_EQ(ask(socket, request).text(), "cid");
  request.headers.push_back({"authorization", token});
  EXPECT_EQ(ask(socket, request).text(), "bob");
  request.headers.push_back({"x-api-key", key});
  EXPECT_EQ(ask(socket, request).text(), "ann");
  request.headers[1].value = "pk_wrong";
  EXPECT_EQ(ask(socket, request).text(), "Invalid API key") << "the next one does not help a wrong one";
}

TEST_F(AuthenticateTest, the_query_counts_only_where_the_route_allows_it) {
  const std::string key = key_of(make("ann")).secret.reveal();
  for (const std::string& query : {"api_key=" + key, "token=" + bearer("ann").substr(7)}) {
    EXPECT_EQ(ask(page, request_with_query(query)).text(), "nobody");
    EXPECT_EQ(ask(picture, request_with_query(query)).text(), "ann");
    EXPECT_EQ(ask(socket, request_with_query(query)).text(), "ann");
  }
  EXPECT_EQ(ask(socket, request_with_query("api_key=")).text(), "nobody");
}

TEST_F(AuthenticateTest, credentials_of_another_scheme_are_ignored_and_cost_nothing) {
  make("ann");
  const std::string token = bearer("ann").substr(7);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(ask(page, request_with("Authorization", "Basic YTpi")).text(), "nobody");
  EXPECT_EQ(ask(page, request_with("Authorization", "bEARER  " + token + " ")).text(), "ann");
  EXPECT_EQ(ask(page, request_with("Authorization", token)).text(), "nobody");
  const std::string header = "Bearer " + token;
  http::Request both = request_with("Authorization", "Basic YTpi");
  both.headers.push_back({"Authorization", header});
  EXPECT_EQ(ask(page, both).text(), "ann");
}

TEST_F(AuthenticateTest, a_route_for_everybody_looks_at_credentials_only_if_it_says_so) {
  const std::string key = key_of(make("ann")).secret.reveal();
  EXPECT_EQ(ask(open, request_with("X-API-Key", "pk_wrong")).text(), "nobody");
  EXPECT_EQ(ask(open, request_with("X-API-Key", key)).text(), "nobody");
  EXPECT_EQ(ask(optional, request_with("X-API-Key", "pk_wrong")).text(), "Invalid API key");
  EXPECT_EQ(ask(optional, request_with("X-API-Key", key)).text(), "ann");
  EXPECT_EQ(ask(optional, http::Request()).text(), "nobody");
}

TEST_F(AuthenticateTest, wrong_credentials_are_charged_to_their_address_and_right_ones_are_always_accepted) {
  const std::string key = key_of(make("ann")).secret.reveal();
  const auto wrong = [&](std::string_view from) {
    http::Request request = request_with("X-API-Key", "pk_wrong");
    request.client_address = from;
    return ask(page, request).refusal->code;
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(wrong("192.0.2.1"), ErrorCode::authentication_failed);
  EXPECT_EQ(wrong("192.0.2.1"), ErrorCode::rate_limited);
  EXPECT_EQ(ask(page, request_with("X-API-Key", key)).text(), "ann") << "from the same address";
  EXPECT_EQ(wrong("192.0.2.2"), ErrorCode::authentication_failed);
  clock.advance(20s);  // a third of the window
  EXPECT_EQ(wrong("192.0.2.1"), ErrorCode::authentication_failed);
  EXPECT_EQ(wrong("192.0.2.1"), ErrorCode::rate_limited);
  for (const char* from : {"2001:db8::1", "2001:db8::2", "2001:db8::3"})
    EXPECT_EQ(wrong(from), ErrorCode::authentication_failed);
  EXPECT_EQ(wrong("2001:db8::4"), ErrorCode::rate_limited) << "of one /64";
  failures.requests = 0;
  EXPECT_EQ(wrong("192.0.2.1"), ErrorCode::authentication_failed) << "no limit";
}

TEST_F(AuthenticateTest, a_key_or_token_that_has_ended_gets_the_answer_of_an_unknown_one) {
  const User ann = make("ann"), bob = make("bob");
  failures.requests = 0;
  const MadeKey revoked = key_of(ann), expired = key_of(ann), of_bob = key_of(bob);
  const std::string token = bearer("ann"), of_nobody = bearer("bob");
  const auto refresh = login("ann", good)->refresh.reveal();
  EXPECT_TRUE(run(keys().revoke(actor(ann), revoked.key.id)));
  UserChange off;
  off.active = false;
  EXPECT_TRUE(run(users().change(nobody(), bob.id, off)));
  for (const std::string& key : {std::string("pk_wrong"), revoked.secret.reveal(), of_bob.secret.reveal()})
    EXPECT_EQ(ask(page, request_with("X-API-Key", key)).text(), "Invalid API key");
  EXPECT_EQ(ask(page, request_with("Authorization", of_nobody)).text(), "Invalid or expired token");
  EXPECT_EQ(ask(page, request_with("Authorization", "Bearer " + refresh)).text(), "Invalid or expired token");
  EXPECT_EQ(ask(page, request_with("Authorization", token)).text(), "ann");
  const std::string left = bearer("ann");
  Actor leaving = actor(ann);
  leaving.token_id = ask(page, request_with("Authorization", left)).caller.token_id;
  EXPECT_TRUE(run(tokens().logout(leaving)));
  EXPECT_EQ(ask(page, request_with("Authorization", left)).text(), "Invalid or expired token");
  EXPECT_EQ(ask(page, request_with("Authorization", token)).text(), "ann") << "another login goes on";
  EXPECT_EQ(ask(page, request_with("X-API-Key", expired.secret.reveal())).text(), "ann");
  clock.advance(std::chrono::milliseconds(expired.key.expires_at - clock.now_ms()));
  EXPECT_EQ(ask(page, request_with("Authorization", token)).text(), "Invalid or expired token");
  EXPECT_EQ(ask(page, request_with("X-API-Key", expired.secret.reveal())).text(), "Invalid API key");
}

TEST_F(AuthenticateTest, a_ticket_works_once_within_a_minute_for_a_session_that_it_names) {
  const std::string key = key_of(make("ann")).secret.reveal();
  const http::Caller ann = ask(page, request_with("X-API-Key", key)).caller;
  failures.requests = 0;
  const auto ticket = [&] { return "ticket=" + tickets.issue(ann, {"quiz", "game"}).value(); };
  const auto is_invalid = [](const Outcome& outcome) {
    return outcome.text().starts_with("Invalid ticket: ");
  };
  const std::string one = ticket();
  EXPECT_EQ(ask(socket, request_with_query(one), "game").text(), "ann");
  EXPECT_TRUE(ask(socket, request_with_query(one), "game").text().starts_with("This ticket was used"));
  EXPECT_TRUE(is_invalid(ask(socket, request_with_query(ticket()), "other")));
  EXPECT_EQ(ask(picture, request_with_query(ticket())).text(), "ann") << "a picture has no session";
  EXPECT_EQ(ask(page, request_with_query(ticket()), "quiz").text(), "nobody");
  const std::string late = ticket(), just = ticket();
  clock.advance(59'999ms);
  EXPECT_EQ(ask(socket, request_with_query(just), "quiz").text(), "ann");
  clock.advance(1ms);
  EXPECT_TRUE(is_invalid(ask(socket, request_with_query(late), "quiz")));
}

TEST_F(AuthenticateTest, a_ticket_ends_with_the_key_that_it_was_issued_for) {
  const User ann = make("ann");
  const MadeKey made = key_of(ann);
  const http::Caller caller = ask(page, request_with("X-API-Key", made.secret.reveal())).caller;
  const std::string ticket = "ticket=" + tickets.issue(caller, {"quiz"}).value();
  EXPECT_TRUE(run(keys().revoke(actor(ann), made.key.id)));
  EXPECT_TRUE(ask(socket, request_with_query(ticket), "quiz").text().starts_with("Invalid ticket: "));
}

TEST_F(AuthenticateTest, an_authorization_ends_with_what_the_caller_was_let_in_with) {
  const User root = make("root1", Role::admin), other = make("root2", Role::admin);
  const MadeKey made = key_of(root);
  const http::Request request = request_with("X-API-Key", made.secret.reveal());
  const http::Caller admin = ask(page, request).caller;
  share_sessions = true;
  const http::Caller reader = ask(page, request).caller;
  EXPECT_TRUE(admin.all_objects && reader.all_objects);
  UserChange lower;
  lower.role = Role::user;
  EXPECT_TRUE(run(users().change(actor(other), root.id, lower)));
  EXPECT_FALSE(admin.guard->still_valid()) << "the caller saw the objects of others as an admin";
  EXPECT_TRUE(reader.guard->still_valid()) << "everybody sees them, and may still read";
  EXPECT_TRUE(run(keys().revoke(actor(other), made.key.id)));
  EXPECT_FALSE(reader.guard->still_valid());
}

constexpr std::string_view cannot_call =
    "This credential reads the sessions that it names and cannot call this endpoint";
constexpr std::string_view other_session = "This credential does not name this session";
constexpr std::string_view other_origin =
    "This credential is bound to origins: the request must have the header Origin and name one of them";

TEST_F(AuthenticateTest, a_stream_token_reads_the_sessions_that_it_names_and_calls_nothing_else) {
  const MadeStreamToken made = stream_token_of(make("ann"), {"overlay", {"quiz", "game"}, {}, {}});
  const std::string header = "Bearer " + made.secret.reveal(), query = "token=" + made.secret.reveal();
  http::Route reading = socket;
  reading.scoped_credentials = true;
  const http::Request bearer_request = request_with("Authorization", header);
  EXPECT_EQ(authorize(reading, bearer_request, "quiz"), "in");
  EXPECT_EQ(authorize(reading, request_with_query(query), "game"), "in");
  EXPECT_EQ(authorize(reading, bearer_request, "quiz2"), other_session);
  EXPECT_EQ(authorize(socket, bearer_request, "quiz"), cannot_call);
  http::Route unscoped = reading;
  unscoped.session_scoped = false;
  EXPECT_EQ(authorize(unscoped, bearer_request, ""), "in") << "a picture or a ticket names no session here";
  EXPECT_EQ(authorize(optional, bearer_request, ""), cannot_call)
      << "not even where nobody needs credentials";
  EXPECT_EQ(ask(page, request_with("X-API-Key", made.secret.reveal())).text(), "Invalid API key");
  const http::Caller caller = ask(reading, bearer_request, "quiz").caller;
  EXPECT_EQ(caller.bucket(), made.token.id);
  EXPECT_EQ(caller.permissions, bit_of(permission::read));
  EXPECT_EQ(caller.credential, "stream_token");
  EXPECT_EQ(caller.scope->types, ~0u);
  reading.permission = permission::write;
  EXPECT_EQ(authorize(reading, bearer_request, "quiz"),
            "Insufficient permissions for this endpoint: the permission 'write' is needed");
}

TEST_F(AuthenticateTest, a_stream_token_reads_only_its_event_types) {
  const User ann = make("ann");
  const auto types_of = [&](std::vector<std::string> types) {
    const auto made = stream_token_of(ann, {"overlay", {"quiz"}, std::move(types), {}});
    const std::string header = "Bearer " + made.secret.reveal();
    return ask(page, request_with("Authorization", header)).caller.scope->types;
  };
  EXPECT_EQ(types_of({"comment"}), 1u);
  EXPECT_EQ(types_of({"comment", "gift"}), 5u);
  EXPECT_EQ(types_of({"of a later version"}), 0u) << "nothing, and not everything";
}

TEST_F(AuthenticateTest, a_stream_token_that_is_bound_to_origins_works_from_them_only) {
  NewStreamToken wanted{"overlay", {"quiz"}, {}, {"http://localhost:3001", "https://example.org", "null"}};
  const MadeStreamToken made = stream_token_of(make("ann"), std::move(wanted));
  const std::string header = "Bearer " + made.secret.reveal();
  http::Route reading = page;
  reading.scoped_credentials = true;
  const auto from = [&](std::string_view origin) {
    http::Request request = request_with("Authorization", header);
    if (!origin.empty()) request.headers.push_back({"Origin", origin});
    return authorize(reading, request, "quiz");
  };
  for (const char* one : {"http://localhost:3001", "https://example.org", "https://example.org:443", "null"})
    EXPECT_EQ(from(one), "in") << one;
  for (const char* bad : {"", "http://localhost", "http://example.org", "https://a.example.org", "file://"})
    EXPECT_EQ(from(bad), other_origin) << bad;
}

TEST_F(AuthenticateTest, a_ticket_of_a_stream_token_has_its_limits) {
  const MadeStreamToken made = stream_token_of(make("ann"), {"overlay", {"quiz"}, {"gift"}, {"null"}});
  const std::string header = "Bearer " + made.secret.reveal();
  const http::Caller caller = ask(page, request_with("Authorization", header)).caller;
  const auto ticket = [&] { return "ticket=" + tickets.issue(caller, {"quiz", "other"}).value(); };
  http::Route reading = socket;
  reading.scoped_credentials = true;
  std::string query = ticket();
  http::Request request = request_with_query(query);
  EXPECT_EQ(authorize(reading, request, "quiz"), other_origin);
  request.headers.push_back({"Origin", "null"});
  query = ticket();
  request.query = query;
  EXPECT_EQ(authorize(reading, request, "quiz"), "in");
  query = ticket();
  request.query = query;
  EXPECT_EQ(authorize(reading, request, "other"), other_session);
  query = ticket();
  request.query = query;
  const http::Caller with_ticket = ask(reading, request, "quiz").caller;
  EXPECT_EQ(with_ticket.scope->types, 4u);
  EXPECT_EQ(with_ticket.credential, "ticket");
  query = ticket();
  request.query = query;
  EXPECT_TRUE(run(stream_tokens().revoke(nobody_but_admin(), made.token.id)));
  EXPECT_TRUE(ask(reading, request, "quiz").text().starts_with("Invalid ticket: "));
  EXPECT_FALSE(with_ticket.guard->still_valid());
}

TEST_F(AuthenticateTest, a_stream_token_that_has_ended_gets_the_answer_of_an_unknown_one) {
  const User ann = make("ann"), bob = make("bob");
  failures.requests = 0;
  constexpr std::string_view invalid = "Invalid or expired stream token";
  const auto answer = [&](const MadeStreamToken& made) {
    const std::string header = "Bearer " + made.secret.reveal();
    return ask(page, request_with("Authorization", header)).text();
  };
  EXPECT_EQ(ask(page, request_with("Authorization", "Bearer st_wrong")).text(), invalid);
  const MadeStreamToken revoked = stream_token_of(ann, {"a", {"quiz"}, {}, {}});
  EXPECT_EQ(answer(revoked), "ann");
  EXPECT_TRUE(run(stream_tokens().revoke(actor(ann), revoked.token.id)));
  EXPECT_EQ(answer(revoked), invalid);

  const MadeStreamToken of_bob = stream_token_of(bob, {"b", {"quiz"}, {}, {}});
  const std::string header = "Bearer " + of_bob.secret.reveal();
  const auto guard = ask(page, request_with("Authorization", header)).caller.guard;
  UserChange off;
  off.active = false;
  EXPECT_TRUE(run(users().change(nobody(), bob.id, off)));
  EXPECT_EQ(answer(of_bob), invalid);
  EXPECT_FALSE(guard->still_valid()) << "what is open closes too";

  const MadeStreamToken minute = stream_token_of(ann, {"c", {"quiz"}, {}, {}, 60s});
  clock.advance(59'999ms);
  EXPECT_EQ(answer(minute), "ann");
  clock.advance(1ms);
  EXPECT_EQ(answer(minute), invalid);
}

TEST_F(AuthenticateTest, a_stream_token_of_an_admin_sees_what_the_admin_sees_while_they_are_one) {
  const User root = make("root1", Role::admin), other = make("root2", Role::admin);
  const MadeStreamToken made = stream_token_of(root, {"overlay", {"quiz"}, {}, {}});
  const std::string header = "Bearer " + made.secret.reveal();
  const http::Caller caller = ask(page, request_with("Authorization", header)).caller;
  EXPECT_TRUE(caller.all_objects);
  EXPECT_FALSE(caller.may(permission::admin));
  UserChange lower;
  lower.role = Role::user;
  EXPECT_TRUE(run(users().change(actor(other), root.id, lower)));
  EXPECT_FALSE(caller.guard->still_valid());
  EXPECT_FALSE(ask(page, request_with("Authorization", header)).caller.all_objects);
}

TEST_F(AuthenticateTest, the_use_of_a_stream_token_is_noted_once_a_minute) {
  const MadeStreamToken made = stream_token_of(make("ann"), {"overlay", {"quiz"}, {}, {}});
  const std::string header = "Bearer " + made.secret.reveal();
  const auto use = [&] { ask(page, request_with("Authorization", header)); };
  using Uses = std::vector<std::pair<std::string, UnixMs>>;
  use();
  use();
  EXPECT_EQ(stream_tokens_used.take(), (Uses{{made.token.id, clock.now_ms()}}));
  EXPECT_EQ(keys_used.take(), Uses());
  clock.advance(59'999ms);
  use();
  EXPECT_EQ(stream_tokens_used.take(), Uses());
  clock.advance(1ms);
  use();
  EXPECT_EQ(stream_tokens_used.take(), (Uses{{made.token.id, clock.now_ms()}}));
}

TEST_F(AuthenticateTest, the_known_key_works_from_near_only) {
  AccountCache cache(environment_keys(Secret(std::string(known_key)), Secret(), log), *running->store);
  EXPECT_TRUE(run(cache.refresh(executor())));
  http::Request request = request_with("X-API-Key", known_key);
  EXPECT_TRUE(ask(cache, page, request).text().starts_with("This key is known to everybody"));
  request.from_near = true;
  EXPECT_EQ(ask(cache, page, request).text(), "dev");
}

}  // namespace
}  // namespace papi::auth
