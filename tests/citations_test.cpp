// Citations and links between sources and documents. A citation is the name of a page of docs/, or of a
// standard, with a section sign and a number behind it. A citation or link that leads nowhere fails here.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace papi::documents {
namespace {

namespace fs = std::filesystem;

const std::string sign = "\xC2\xA7";  // the section sign

/// What can be cited of one Markdown page.
struct Page {
  std::set<std::string> numbers;  // "5.3": sections whose heading begins with that number
  std::set<std::string> titles;   // the texts of the headings
  std::set<std::string> anchors;  // "close-codes", as GitHub makes them of headings
};
using Pages = std::map<std::string, Page>;  // by path from the root: "docs/api.md"

/// GitHub's anchor of a heading: lower case, blanks as hyphens, no punctuation. Bytes beyond ASCII stay.
std::string anchor_of(const std::string& title) {
  std::string anchor;
  for (const char c : title) {
    if (c == ' ') {
      anchor += '-';
    } else if (static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) ||
               c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return anchor;
}

/// Calls `on_line` for each line of the page that is not within a fenced block.
template <class OnLine>
void each_line_of_prose(const std::string& text, OnLine on_line) {
  std::istringstream lines(text);
  bool fenced = false;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.rfind("```", 0) == 0) {
      fenced = !fenced;
    } else if (!fenced) {
      on_line(line, number);
    }
  }
}

Page read_page(const std::string& text) {
  static const std::regex heading(R"(^#+ (.*)$)"), numbered(R"(^(\d+(?:\.\d+)*)\.? .*$)");
  Page page;
  std::map<std::string, int> seen;
  each_line_of_prose(text, [&](const std::string& line, std::size_t) {
    std::smatch match;
    if (!std::regex_match(line, match, heading)) return;
    const std::string title = match[1].str();
    page.titles.insert(title);
    const std::string anchor = anchor_of(title);
    const int times = seen[anchor]++;
    page.anchors.insert(times == 0 ? anchor : anchor + "-" + std::to_string(times));
    if (std::regex_match(title, match, numbered)) page.numbers.insert(match[1].str());
  });
  return page;
}

/// Follows the citations of one file, line by line.
class CitationReader {
 public:
  /// `own_page`: sections that are cited without a page are those of this page; empty: there is none.
  CitationReader(const Pages& pages, std::string own_page) : pages_(pages), own_page_(std::move(own_page)) {}

  /// Returns what is wrong with the line's citations.
  std::vector<std::string> faults_of(const std::string& line) {
    std::vector<std::string> faults;
    std::string source = std::move(source_of_line_before_);
    source_of_line_before_.clear();
    if (line.find(sign) == std::string::npos && line.find(".md") == std::string::npos &&
        !std::regex_search(line, standard_))
      return faults;
    for (std::sregex_iterator it(line.begin(), line.end(), token_), end; it != end; ++it) {
      const std::smatch& found = *it;
      if (found[1].matched) {
        source = source_of_line_before_ = found[1].str();
        if (!pages_.count(source)) {
          faults.push_back("there is no page " + source);
        } else if (found[2].matched && !pages_.at(source).titles.count(found[2].str())) {
          faults.push_back(source + " has no heading \"" + found[2].str() + "\"");
        }
      } else if (found[3].matched) {
        source = source_of_line_before_ = found[3].str();
      } else {
        check_section(source.empty() ? own_page_ : source, found[4].str(), faults);
      }
    }
    return faults;
  }

 private:
  void check_section(const std::string& source, const std::string& number, std::vector<std::string>& faults) {
    if (source.empty()) return faults.push_back("section " + number + " of what?");
    const auto page = pages_.find(source);
    if (page == pages_.end()) return;  // a standard, or a page that is missing already
    if (!page->second.numbers.count(number)) faults.push_back(source + " has no section " + number);
  }

  const Pages& pages_;
  const std::string own_page_;
  std::string source_of_line_before_;
  const std::regex standard_{"RFC [0-9]+|WHATWG|CSS Color|GIF89a|PNG|Fetch standard"};
  // A page with the title of a section, a standard, or a section's number.
  const std::regex token_{"(docs/[A-Za-z0-9_/-]+\\.md)(?:,? \\(?\"([^\"]+)\")?|(" +
                          std::string("RFC [0-9]+|WHATWG|CSS Color|GIF89a|PNG|Fetch standard") + ")|" + sign +
                          "([0-9]+(?:\\.[0-9]+)*)"};
};

/// Returns the faulty links of a page. `path` is the page's own; `exists` says whether a file or folder is
/// there.
template <class Exists>
std::vector<std::string> faulty_links(const std::string& path, const std::string& text, const Pages& pages,
                                      Exists exists) {
  static const std::regex link(R"(\]\(([^)\s]+)\))"), foreign(R"(^[a-z]+:.*)");
  std::vector<std::string> faults;
  each_line_of_prose(text, [&](const std::string& line, std::size_t number) {
    for (std::sregex_iterator it(line.begin(), line.end(), link), end; it != end; ++it) {
      const std::string address = (*it)[1].str();
      if (std::regex_match(address, foreign)) continue;
      const auto hash = address.find('#');
      const std::string file = address.substr(0, hash);
      const std::string target =
          file.empty() ? path : (fs::path(path).parent_path() / file).lexically_normal().generic_string();
      const auto page = pages.find(target);
      const bool found =
          hash == std::string::npos
              ? page != pages.end() || exists(target)
              : page != pages.end() && page->second.anchors.count(address.substr(hash + 1)) > 0;
      if (!found) faults.push_back(std::to_string(number) + ": " + address);
    }
  });
  return faults;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Returns the paths of the repository that a page names in backquotes, such as `src/app/main.cpp`.
std::vector<std::string> named_paths(const std::string& text) {
  static const std::regex path("`((?:src|tests|bench|docs|proto|scripts)/[A-Za-z0-9_./-]+)`");
  std::vector<std::string> paths;
  each_line_of_prose(text, [&](const std::string& line, std::size_t) {
    for (std::sregex_iterator it(line.begin(), line.end(), path), end; it != end; ++it)
      paths.push_back((*it)[1].str());
  });
  return paths;
}

/// The repository's own sources and documents, by path from the root.
std::vector<std::string> own_files() {
  const fs::path root = PAPI_SOURCE_DIR;
  const std::set<std::string> endings = {".cpp", ".hpp", ".mjs", ".py", ".sh", ".proto", ".md", ".txt", ""};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_regular_file() && endings.count(entry.path().extension().string()))
      files.push_back(entry.path().filename().string());
  }
  for (const char* folder : {"src", "tests", "bench", "docs", "proto", "scripts"}) {
    for (auto it = fs::recursive_directory_iterator(root / folder); it != fs::recursive_directory_iterator();
         ++it) {
      const std::string name = it->path().filename().string();
      if (it->is_directory() && (name == "node_modules" || name == "corpus")) it.disable_recursion_pending();
      if (it->is_regular_file() && endings.count(it->path().extension().string()))
        files.push_back(fs::relative(it->path(), root).generic_string());
    }
  }
  return files;
}

bool is_page(const std::string& path) { return fs::path(path).extension() == ".md"; }

Pages read_pages(const std::vector<std::string>& files) {
  Pages pages;
  for (const std::string& file : files) {
    if (is_page(file)) pages[file] = read_page(read_file(fs::path(PAPI_SOURCE_DIR) / file));
  }
  return pages;
}

const Pages two_pages = {
    {"docs/a.md",
     read_page("# A\n## 1. One\n### 1.2 More, of `it`\n```\n## 9. Nothing\n```\n## Close codes\n")},
    {"docs/b/c.md", read_page("# C\n## Same\n## Same\n")},
};

struct CitationRow {
  std::string lines;
  std::string fault;  // empty: none
};

std::string first_fault(const std::string& text, const std::string& own_page = "") {
  CitationReader reader(two_pages, own_page);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto faults = reader.faults_of(line);
    if (!faults.empty()) return faults.front();
  }
  return "";
}

}  // namespace

TEST(Citations, a_wrong_one_is_found) {
  const std::string page = "docs/a.md", s = sign;
  const CitationRow rows[] = {
      {page + " " + s + "1", ""},
      {page + " " + s + "1.2, " + s + "1", ""},
      {page + "\n/// " + s + "1.2", ""},
      {page + "\n\n/// " + s + "1.2", "section 1.2 of what?"},
      {page + " " + s + "1.3", "docs/a.md has no section 1.3"},
      {page + " " + s + "1, " + s + "2", "docs/a.md has no section 2"},
      {page + "\n/// " + s + "2", "docs/a.md has no section 2"},
      {page + " " + s + "9", "docs/a.md has no section 9"},
      {"docs/other.md " + s + "1", "there is no page docs/other.md"},
      {"docs/other.md", "there is no page docs/other.md"},
      {page + ", \"Close codes\"", ""},
      {page + " (\"Errors\")", "docs/a.md has no heading \"Errors\""},
      {"RFC 9110 " + s + "5.6.7", ""},
      {"RFC 9110\n" + s + "5.6.7, " + s + "8", ""},
      {"RFC 9110, then " + page + " " + s + "7", "docs/a.md has no section 7"},
      {"see " + s + "5", "section 5 of what?"},
  };
  for (const CitationRow& row : rows) EXPECT_EQ(first_fault(row.lines), row.fault) << row.lines;
  EXPECT_EQ(first_fault("see " + s + "1.2", page), "");
  EXPECT_EQ(first_fault("see " + s + "5", page), "docs/a.md has no section 5");
}

TEST(Citations, a_wrong_link_is_found) {
  const auto exists = [](const std::string& path) { return path == "docs/b" || path == "LICENSE"; };
  const auto faults = [&](const std::string& path, const std::string& text) {
    const auto all = faulty_links(path, text, two_pages, exists);
    return all.empty() ? "" : all.front();
  };
  const std::string good =
      "[x](a.md) [x](a.md#1-one) [x](a.md#12-more-of-it) [x](#close-codes) [x](b/c.md#same-1) [x](b)";
  EXPECT_EQ(faults("docs/a.md", good + " [x](../LICENSE) [x](https://example.org/#y)\n```\n[x](z.md)\n```\n"),
            "");
  EXPECT_EQ(faults("docs/b/c.md", "[x](../a.md#1-one)"), "");
  EXPECT_EQ(faults("docs/a.md", "\n[x](z.md)"), "2: z.md");
  EXPECT_EQ(faults("docs/a.md", "[x](b/c.md#other)"), "1: b/c.md#other");
  EXPECT_EQ(faults("docs/a.md", "[x](#errors)"), "1: #errors");
  EXPECT_EQ(faults("docs/b/c.md", "[x](a.md)"), "1: a.md");
}

TEST(Citations, every_one_in_sources_and_documents_resolves) {
  const auto files = own_files();
  const Pages pages = read_pages(files);
  std::size_t seen = 0;
  for (const std::string& file : files) {
    // The one speaks of what was, the other has wrong citations on purpose.
    if (file == "CHANGELOG.md" || file == "tests/citations_test.cpp") continue;
    CitationReader reader(pages, is_page(file) ? file : "");
    std::ifstream lines(fs::path(PAPI_SOURCE_DIR) / file);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.find(sign) != std::string::npos) ++seen;
      for (const std::string& fault : reader.faults_of(line))
        ADD_FAILURE() << file << ":" << number << ": " << fault;
    }
  }
  EXPECT_GT(seen, 100u) << "the test reads nothing";
}

TEST(Citations, every_link_between_documents_resolves) {
  const auto files = own_files();
  const Pages pages = read_pages(files);
  std::size_t seen = 0;
  for (const std::string& file : files) {
    if (!is_page(file)) continue;
    const std::string text = read_file(fs::path(PAPI_SOURCE_DIR) / file);
    seen += static_cast<std::size_t>(std::count(text.begin(), text.end(), ']'));
    for (const std::string& fault : faulty_links(file, text, pages, [](const std::string& path) {
           return fs::exists(fs::path(PAPI_SOURCE_DIR) / path);
         }))
      ADD_FAILURE() << file << ":" << fault;
  }
  EXPECT_GT(seen, 50u) << "the test reads nothing";
}

TEST(Citations, every_file_that_a_page_names_exists) {
  std::size_t seen = 0;
  for (const std::string& file : own_files()) {
    if (!is_page(file) || file == "CHANGELOG.md") continue;
    for (const std::string& path : named_paths(read_file(fs::path(PAPI_SOURCE_DIR) / file))) {
      ++seen;
      EXPECT_TRUE(fs::exists(fs::path(PAPI_SOURCE_DIR) / path)) << file << " names " << path;
    }
  }
  EXPECT_GT(seen, 50u) << "the test reads nothing";
}

TEST(Citations, the_page_about_threads_names_every_file_with_a_mutex) {
  const std::regex mutex(R"(^\s*(?:mutable )?std::(?:shared_)?mutex \w+;)");
  const auto named = named_paths(read_file(fs::path(PAPI_SOURCE_DIR) / "docs/threads.md"));
  std::size_t seen = 0;
  for (const std::string& file : own_files()) {
    if (file.rfind("src/", 0) != 0 || file.find("_test.cpp") != std::string::npos) continue;
    std::ifstream lines(fs::path(PAPI_SOURCE_DIR) / file);
    bool has_mutex = false;
    for (std::string line; !has_mutex && std::getline(lines, line);)
      has_mutex = line.find("mutex ") != std::string::npos && std::regex_search(line, mutex);
    if (!has_mutex) continue;
    ++seen;
    EXPECT_NE(std::find(named.begin(), named.end(), file), named.end())
        << file << " has a mutex: docs/threads.md must say what it guards and in which order it is taken";
  }
  EXPECT_GT(seen, 10u) << "the test reads nothing";
}

}  // namespace papi::documents
