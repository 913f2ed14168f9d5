#include "events/session_access.hpp"
#include "access/permissions.hpp"

#include <gtest/gtest.h>

#include <set>

namespace papi::events {
namespace {

struct Directory final : ReaderDirectory {
  std::set<std::string> ids;
  std::optional<Reader> find(const std::string&) const override { return std::nullopt; }
  std::optional<Reader> by_id(const std::string& id) const override {
    if (!ids.contains(id)) return std::nullopt;
    return Reader{id, id, id, false};
  }
};

Viewer viewer(std::string user, std::string key, bool all_objects = false) {
  http::Caller caller;
  caller.id = std::move(user);
  caller.key_id = std::move(key);
  caller.all_objects = all_objects;
  return Viewer(caller);
}

struct Credentials final : http::AuthorizationGuard {
  bool good = true;
  Permission asked = Permission::none;
  bool still_valid() const override { return good; }
  std::shared_ptr<const http::AuthorizationGuard> for_permission(Permission permission) const override {
    auto narrowed = std::make_shared<Credentials>();
    narrowed->asked = permission;
    return narrowed;
  }
};

}  // namespace

TEST(SessionAccess, lets_the_owner_admins_and_those_read_with_whom_it_is_shared) {
  Directory directory;
  directory.ids = {"u_ann"};
  const SessionAccess owned("u_ann", {"u_bob", "k_carl"}, &directory), nobodys("", {""}, &directory);
  struct Row {
    Viewer who;
    bool reads, manages, reads_nobodys;
  };
  const Row rows[] = {
      {viewer("u_ann", ""), true, true, false},
      {viewer("u_ann", "k_ann"), true, true, false},
      {viewer("u_eve", "", true), true, true, true},
      {viewer("u_bob", ""), true, false, false},
      {viewer("u_bob", "k_bob"), true, false, false},
      {viewer("u_carl", "k_carl"), true, false, false},
      {viewer("u_carl", ""), false, false, false},
      {viewer("u_carl", "k_other"), false, false, false},
      {viewer("u_dora", "k_dora"), false, false, false},
      {viewer("", ""), false, false, false},
      {Viewer(), false, false, false},
  };
  for (const Row& row : rows) {
    const std::string who = row.who.user_id() + " " + row.who.credential();
    EXPECT_EQ(owned.lets_read(row.who), row.reads) << who;
    EXPECT_EQ(row.who.manages("u_ann"), row.manages) << who;
    EXPECT_EQ(nobodys.lets_read(row.who), row.reads_nobodys) << who;
  }
}

TEST(SessionAccess, a_limited_credential_reads_what_its_maker_reads_and_manages_nothing) {
  Directory directory;
  directory.ids = {"u_ann"};
  const SessionAccess owned("u_ann", {"u_bob", "k_carl"}, &directory);
  const auto limited = [](std::string user, std::string key, bool all_objects) {
    http::Caller caller;
    caller.id = std::move(user);
    caller.key_id = std::move(key);
    caller.all_objects = all_objects;
    caller.scope = std::make_shared<http::CredentialScope>();
    return Viewer(caller);
  };
  const std::pair<Viewer, bool> rows[] = {
      {limited("u_ann", "", false), true},   {limited("u_eve", "", true), true},
      {limited("u_bob", "", false), true},   {limited("u_carl", "k_carl", false), true},
      {limited("u_carl", "", false), false}, {limited("u_zoe", "", false), false}};
  for (const auto& [who, reads] : rows) {
    EXPECT_EQ(owned.lets_read(who), reads) << who.user_id();
    EXPECT_FALSE(who.manages("u_ann")) << who.user_id();
    EXPECT_TRUE(who.only_reads());
  }
  EXPECT_FALSE(viewer("u_ann", "").only_reads());
}

TEST(SessionAccess, a_share_holds_while_it_is_stored_and_the_owner_exists) {
  Directory directory;
  directory.ids = {"u_ann"};
  SessionAccess access("u_ann", {}, &directory);
  const Viewer bob = viewer("u_bob", "");
  EXPECT_FALSE(access.lets_read(bob));
  access.set_readers({"u_bob"});
  EXPECT_TRUE(access.lets_read(bob));
  directory.ids.clear();
  EXPECT_FALSE(access.lets_read(bob)) << "the owner was deleted";
  EXPECT_TRUE(access.lets_read(viewer("u_ann", "")));
  directory.ids = {"u_ann"};
  access.set_readers({"u_carl"});
  EXPECT_FALSE(access.lets_read(bob));
  EXPECT_FALSE(SessionAccess("u_ann", {"u_bob"}, nullptr).lets_read(bob)) << "nobody says that Ann exists";
}

TEST(SessionGuard, ends_with_the_credentials_and_with_the_share_and_says_which) {
  Directory directory;
  directory.ids = {"u_ann"};
  const auto credentials = std::make_shared<Credentials>();
  const auto access = std::make_shared<SessionAccess>("u_ann", std::vector<std::string>{"u_bob"}, &directory);
  SessionGuard guard(credentials, viewer("u_bob", ""));
  EXPECT_TRUE(guard.still_valid()) << "not bound yet";
  guard.bind(access);
  EXPECT_TRUE(guard.still_valid());
  EXPECT_FALSE(guard.only_access_withdrawn());
  access->set_readers({});
  EXPECT_FALSE(guard.still_valid());
  EXPECT_TRUE(guard.only_access_withdrawn());
  credentials->good = false;
  EXPECT_FALSE(guard.still_valid());
  EXPECT_FALSE(guard.only_access_withdrawn()) << "the credentials are gone too";
  access->set_readers({"u_bob"});
  EXPECT_FALSE(guard.still_valid());
  EXPECT_FALSE(guard.only_access_withdrawn());

  credentials->good = true;
  const auto narrowed = guard.for_permission(permission::read);
  EXPECT_TRUE(narrowed->still_valid());
  access->set_readers({});
  EXPECT_FALSE(narrowed->still_valid()) << "it is bound to the same session";
  SessionGuard owners(credentials, viewer("u_ann", ""), access);
  EXPECT_TRUE(owners.still_valid());
}

}  // namespace papi::events
