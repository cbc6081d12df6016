// The properties on the corpus and on mutations of it, the same ones each time.
// The fuzz targets go further.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fuzz/properties.h"

namespace berth::fuzz {
namespace {

constexpr uint32_t kSeed = 20'240'229;
constexpr int kMutations = 20'000;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> Corpus() {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(CORPUS_DIR)) {
    texts.push_back(ReadFile(entry.path()));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

// The words of libFuzzer's dictionary.
std::vector<std::string> Words() {
  std::vector<std::string> words;
  std::ifstream file(WORDS);
  for (std::string line; std::getline(file, line);) {
    if (line.size() < 2 || line.front() != '"') continue;
    std::string word;
    EXPECT_TRUE(absl::CUnescape(line.substr(1, line.size() - 2), &word))
        << line;
    words.push_back(word);
  }
  return words;
}

// A piece of one text, a word or a byte, put into another one or in its place.
class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::vector<std::string> words)
      : corpus_(std::move(corpus)), words_(std::move(words)) {}

  std::string Next() {
    std::string text = OneOf(corpus_);
    for (uint32_t rounds = 1 + Below(6); rounds > 0; --rounds) {
      const size_t at = Below(text.size() + 1);
      const size_t cut = Below(3) == 0 ? Below(text.size() - at + 1) : 0;
      text.replace(at, cut, Piece());
    }
    return text;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  const std::string& OneOf(const std::vector<std::string>& of) {
    return of[Below(of.size())];
  }
  std::string Piece() {
    switch (Below(4)) {
      case 0:
        return std::string(1, static_cast<char>(Below(256)));
      case 1: {
        const std::string& other = OneOf(corpus_);
        const size_t at = Below(other.size() + 1);
        return other.substr(at, Below(24));
      }
      default:
        return " " + OneOf(words_) + " ";
    }
  }

  std::mt19937 random_{kSeed};
  const std::vector<std::string> corpus_;
  const std::vector<std::string> words_;
};

void Check(const std::string& text) {
  EXPECT_EQ(ProblemOfTokens(text), "") << absl::CEscape(text);
  EXPECT_EQ(ProblemOfFragment(text), "") << absl::CEscape(text);
}

TEST(FuzzSmoke, TheCorpusKeepsTheProperties) {
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GE(corpus.size(), 10u);
  for (const std::string& text : corpus) Check(text);
}

TEST(FuzzSmoke, MutationsKeepTheProperties) {
  Mutator mutator(Corpus(), Words());
  for (int i = 0; i < kMutations && !::testing::Test::HasFailure(); ++i) {
    Check(mutator.Next());
  }
}

}  // namespace
}  // namespace berth::fuzz
