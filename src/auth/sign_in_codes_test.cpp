#include "auth/sign_in_codes.hpp"

#include "auth/account_fixture.hpp"
#include "auth/bootstrap.hpp"

namespace papi::auth {
namespace {

struct SignInCodesTest : AccountTest {
  IssuedCode code_for(const User& user) {
    const auto issued = run(issue_sign_in_code(*running->changes, clock, nobody(), user));
    EXPECT_TRUE(issued);
    return issued ? *issued : IssuedCode();
  }
  Result<TokenPair> sign_in(const IssuedCode& issued) {
    return run(logins().login_with_code(nobody(), issued.code));
  }
  std::string refusal(const IssuedCode& issued) {
    const auto done = sign_in(issued);
    if (done) return "in";
    EXPECT_EQ(done.error().code, ErrorCode::authentication_failed);
    return done.error().message.substr(0, done.error().message.find(':'));
  }
  std::optional<User> offered(const std::string& admin = "root1") {
    return run(sign_in_user(executor(), *running->store, admin)).value();
  }
};

TEST_F(SignInCodesTest, a_code_signs_its_user_in_once) {
  const User ann = make("ann");
  const IssuedCode one = code_for(ann), two = code_for(ann);
  EXPECT_EQ(one.code.reveal().size(), 22u) << "128 bits";
  EXPECT_NE(one.code.reveal(), two.code.reveal());
  EXPECT_EQ(sign_in_link("http://localhost:3001", one), "http://localhost:3001/#code=" + one.code.reveal());
  const auto pair = sign_in(one);
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->user.username, "ann");
  EXPECT_EQ(pair->user.last_login_at, clock.now_ms());
  EXPECT_TRUE(valid(*pair));
  EXPECT_TRUE(run(tokens().refresh(nobody(), pair->refresh))) << "it is a login as every other";
  EXPECT_EQ(refusal(one), "This sign-in code was used");
  EXPECT_EQ(refusal(two), "in") << "another one is not touched";
  EXPECT_EQ(refusal(IssuedCode{Secret("AAAAAAAAAAAAAAAAAAAAAA"), "", 0}), "Invalid sign-in code");
  const auto entries = record();
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "login ok ann"), 2);
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "token_change ok ann"), 2);
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "authentication no ann"), 1);
}

TEST_F(SignInCodesTest, a_code_works_for_15_minutes) {
  const User ann = make("ann");
  const IssuedCode just = code_for(ann), late = code_for(ann), used = code_for(ann);
  EXPECT_EQ(refusal(used), "in");
  EXPECT_EQ(just.expires_at - clock.now_ms(), 900'000);
  clock.advance(899'999ms);
  EXPECT_EQ(refusal(just), "in");
  clock.advance(1ms);
  EXPECT_EQ(refusal(late), "Invalid sign-in code");
  EXPECT_EQ(refusal(used), "Invalid sign-in code") << "as tickets do";
}

TEST_F(SignInCodesTest, a_code_ends_with_its_user_and_with_a_new_password) {
  const User ann = make("ann"), bob = make("bob"), carl = make("carl");
  const IssuedCode anns = code_for(ann), bobs = code_for(bob), carls = code_for(carl);
  UserChange change;
  change.active = false;
  EXPECT_TRUE(run(users().change(nobody(), ann.id, change)));
  EXPECT_EQ(refusal(anns), "Invalid sign-in code");
  change.active = true;
  EXPECT_TRUE(run(users().change(nobody(), ann.id, change)));
  EXPECT_EQ(refusal(anns), "in") << "it was not used up";
  UserChange password;
  password.password = Secret("another tram 8");
  EXPECT_TRUE(run(users().change(nobody(), bob.id, password)));
  EXPECT_EQ(refusal(bobs), "Invalid sign-in code");
  EXPECT_TRUE(run(users().remove(nobody(), carl.id)));
  EXPECT_EQ(refusal(carls), "Invalid sign-in code");
  EXPECT_EQ(run(issue_sign_in_code(*running->changes, clock, nobody(), carl)).error().code,
            ErrorCode::not_found);
}

TEST_F(SignInCodesTest, a_user_of_the_settings_gets_none) {
  User dev;
  dev.id = "env_dev";
  dev.from_environment = true;
  EXPECT_EQ(run(issue_sign_in_code(*running->changes, clock, nobody(), dev)).error().code,
            ErrorCode::conflict);
}

TEST_F(SignInCodesTest, the_development_admin_signs_in_from_near_only) {
  const FirstAdmin demo{"", Secret(), true};
  EXPECT_TRUE(run(bootstrap_admin(executor(), *running->store, demo, log, clock.now_ms())));
  const std::optional<User> admin = offered();
  ASSERT_TRUE(admin);
  EXPECT_EQ(admin->username, demo_username);
  const IssuedCode issued = code_for(*admin);
  near = false;
  EXPECT_EQ(refusal(issued), "Invalid sign-in code");
  near = true;
  EXPECT_EQ(refusal(issued), "in");
  stop();
  options.demo_may_log_in = false;
  start();
  EXPECT_EQ(refusal(code_for(*admin)), "Invalid sign-in code");
}

TEST_F(SignInCodesTest, a_start_offers_one_for_an_active_admin_only) {
  EXPECT_FALSE(offered());
  make("ann");
  EXPECT_FALSE(offered("ann")) << "no admin";
  const User root = make("root1", Role::admin);
  make("root2", Role::admin);
  EXPECT_EQ(offered()->id, root.id);
  const auto first = [this](const char* admin) {
    return run(issue_first_sign_in_code(*running->changes, clock, nobody(), admin)).value();
  };
  EXPECT_EQ(refusal(first("root1").value()), "in");
  EXPECT_FALSE(first("ann"));
  EXPECT_FALSE(offered("admin"));
  UserChange off;
  off.active = false;
  EXPECT_TRUE(run(users().change(nobody(), root.id, off)));
  EXPECT_FALSE(offered());
}

}  // namespace
}  // namespace papi::auth
