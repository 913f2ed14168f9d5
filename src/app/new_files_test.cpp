#include "app/new_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "auth/sqlite_audit_store.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::app {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

struct Folder {
  Folder() {
    char name[] = "/tmp/new-files-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  void write(const Names& names) const {
    for (const std::string& name : names) std::ofstream(path + "/" + name) << name;
  }
  Names names() const {
    Names found;
    for (const auto& entry : fs::directory_iterator(path)) found.insert(entry.path().filename());
    return found;
  }
  std::string path;
};

TEST(NewFiles, only_what_came_since_is_deleted_and_never_the_log_of_an_older_database) {
  const Names all = {"db", "db-wal", "db-shm", "db-journal", "db.identity", "db.lock", "other"};
  struct Row {
    Names before;
    Names after;
  };
  for (const Row& row : {Row{{}, {"other"}}, Row{{"db.lock"}, {"other", "db.lock"}},
                         Row{{"db.identity"}, {"other", "db.identity"}},
                         Row{{"db"}, {"other", "db", "db-wal", "db-shm", "db-journal"}}, Row{all, all}}) {
    const Folder folder;
    folder.write(row.before);
    const NewFiles files(folder.path + "/db", NewFiles::lock_is_new(folder.path + "/db"));
    folder.write(all);
    files.remove();
    EXPECT_EQ(folder.names(), row.after);
  }
}

TEST(NewFiles, what_another_owner_made_while_the_lock_was_waited_for_stays) {
  const Folder folder;
  const bool lock_is_new = NewFiles::lock_is_new(folder.path + "/db");
  folder.write({"db", "db.identity", "db.lock"});
  const NewFiles files(folder.path + "/db", lock_is_new);
  folder.write({"db-wal"});
  files.remove();
  EXPECT_EQ(folder.names(), (Names{"db", "db.identity", "db-wal"}));
}

TEST(NewFiles, a_database_in_which_a_command_has_stored_something_stays) {
  for (const char* who : {"(command line)", "ann"}) {
    const Folder folder;
    const NewFiles files(folder.path + "/db", true);
    {
      auto database = sqlite::Database::open(folder.path + "/db");
      ASSERT_TRUE(schema::migrate(*database));
      auth::AuditRecord entry;
      entry.username = who;
      auth::store::add_audit_record(*database, entry);
    }
    files.remove();
    EXPECT_EQ(folder.names().contains("db"), who == std::string("(command line)")) << who;
  }
}

}  // namespace
}  // namespace papi::app
